using System.Collections.Immutable;

namespace GifShare.Grains.Requests;

/// <summary>
/// Validates a request's members and collects all errors for one answer. Texts are normalized (api.md, Text): NFC, trimmed, lengths in code
/// points, no control characters, lone surrogates or bidirectional overrides.
/// </summary>
public sealed class RequestValidator
{
    private readonly Dictionary<string, List<string>> errors = [];

    public bool AreValid => errors.Count == 0;

    public Error Error => new(
        ErrorCode.InvalidRequest,
        "The request has invalid members.",
        errors.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.ToImmutableArray()));

    public void Refuse(string field, string message)
    {
        if (!errors.TryGetValue(field, out var list))
            errors[field] = list = [];
        list.Add(message);
    }

    /// <summary>A required text of <paramref name="min"/> to <paramref name="max"/> code points, normalized; "" when it is invalid.</summary>
    public string Text(string field, string? value, int min, int max, bool multiline = false) =>
        OptionalText(field, value ?? "", max, min, multiline) ?? "";

    /// <summary>An optional text, normalized. A blank text becomes null, unless <paramref name="min"/> is above 0.</summary>
    public string? OptionalText(string field, string? value, int max, int min = 0, bool multiline = false)
    {
        if (value is null)
            return null;
        if (!IsClean(value, multiline))
        {
            Refuse(field, "It has characters that are not allowed (control characters, broken surrogates or text direction overrides).");
            return null;
        }

        var text = Nfc.Normalize(value).Trim();
        var length = CodePoints(text);
        if (length < min || length > max)
            Refuse(field, min > 0 ? $"It must have {min} to {max} characters." : $"It must have at most {max} characters.");
        return text.Length == 0 && min == 0 ? null : text;
    }

    public static int CodePoints(string text)
    {
        var count = text.Length;
        foreach (var c in text)
            if (char.IsLowSurrogate(c))
                count--;
        return count;
    }

    private static bool IsClean(string text, bool multiline)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c < ' ' && !(multiline && c is '\n' or '\r' or '\t'))
                return false;
            if (c is '\u007f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'))
                return false;
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(c))
                return false;
        }

        return true;
    }
}
