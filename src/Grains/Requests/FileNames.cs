using System.Text;

namespace GifShare.Grains.Requests;

/// <summary>Names of files, as clients send them.</summary>
public static class FileNames
{
    public const int MaxLength = 200;

    /// <summary>
    /// A sanitized file name: no folders, control or direction characters, or lone surrogates; NFC, at most 200 code points. Invalid characters
    /// are removed rather than refused, because browsers send the name unasked.
    /// </summary>
    public static string? Clean(string? given)
    {
        if (given is null)
            return null;
        Rune[] runes = [.. given.AsSpan(given.LastIndexOfAny(['/', '\\']) + 1).EnumerateRunes()];
        runes = [.. Nfc.Normalize(string.Concat(runes.Where(IsHarmless))).AsSpan().Trim(" .").EnumerateRunes()];
        var name = string.Concat(runes.Take(MaxLength)).TrimEnd(' ', '.');
        return name.Length == 0 ? null : name;

        // EnumerateRunes reads a lone surrogate as U+FFFD.
        static bool IsHarmless(Rune c) => !Rune.IsControl(c)
            && c.Value is not ((>= 0x200e and <= 0x200f) or (>= 0x202a and <= 0x202e) or (>= 0x2066 and <= 0x2069) or 0xfffd or '"');
    }
}
