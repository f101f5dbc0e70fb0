using System.Globalization;
using System.Text;

namespace GifShare.ApiFrontend.Collections;

/// <summary>Derives file names from user input: letters of all scripts stay, and the result is valid on every operating system.</summary>
public static class FileNames
{
    /// <summary>UTF-8 bytes. File systems allow 255; the rest is for a number, an extension and a download manager's " (2)".</summary>
    private const int MaxBytes = 180;

    private const int ZeroWidthNonJoiner = 0x200c, ZeroWidthJoiner = 0x200d;

    /// <summary>
    /// Turns text into a file name without extension; null when nothing remains. Runs of white space and of characters that Windows forbids become one dash;
    /// control and bidirectional characters are removed, as are leading and trailing dots and dashes; Windows device names get an underscore prefix.
    /// </summary>
    public static string? Of(string? text)
    {
        var clean = new StringBuilder();
        foreach (var c in text.AsSpan().EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(c) || c.Value is '<' or '>' or ':' or '"' or '/' or '\\' or '|' or '?' or '*' or '-')
                clean.Append(clean.Length > 0 && clean[^1] != '-' ? "-" : "");
            else if (IsSeen(c))
                clean.Append(c.ToString());
        }

        var name = Cut(Trim(clean.ToString()));
        return name.Length == 0 ? null : IsDevice(name) ? "_" + name : name;
    }

    /// <summary>As <see cref="Of"/>, for an uploaded file's name; the extension is dropped, since it need not match the content.</summary>
    public static string? OfFile(string? fileName) => Of(Path.GetFileNameWithoutExtension(fileName));

    // Joiners are part of letters in some scripts and of emoji sequences; lone surrogates are read as U+FFFD.
    private static bool IsSeen(Rune c) => c.Value is ZeroWidthJoiner or ZeroWidthNonJoiner
        || (c != Rune.ReplacementChar && Rune.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse));

    private static string Trim(string name) => name.Trim('.', '-', (char)ZeroWidthJoiner, (char)ZeroWidthNonJoiner);

    /// <summary>Truncates at a grapheme boundary, if the first grapheme fits.</summary>
    private static string Cut(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MaxBytes)
            return name;
        var (end, bytes) = (0, 0);
        while (end < name.Length)
        {
            var length = StringInfo.GetNextTextElementLength(name, end);
            bytes += Encoding.UTF8.GetByteCount(name.AsSpan(end, length));
            if (bytes > MaxBytes)
                break;
            end += length;
        }

        if (end > 0)
            return Trim(name[..end]);
        foreach (var c in name.AsSpan().EnumerateRunes())
        {
            if (Encoding.UTF8.GetByteCount(name.AsSpan(0, end + c.Utf16SequenceLength)) > MaxBytes)
                break;
            end += c.Utf16SequenceLength;
        }

        return Trim(name[..end]);
    }

    // Windows opens the device whatever the extension: CON.zip is the console.
    private static bool IsDevice(string name)
    {
        var stem = name.Split('.')[0].TrimEnd().ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$"
            || (stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal)) && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³');
    }
}
