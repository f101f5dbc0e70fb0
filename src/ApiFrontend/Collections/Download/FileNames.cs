using System.Globalization;
using System.Text;

namespace GifShare.ApiFrontend.Collections;

/// <summary>Names of files made of what people typed: their letters stay, and every system can write them.</summary>
public static class FileNames
{
    /// <summary>In UTF-8. File systems allow 255 for a whole name; this leaves room for a number, an ending and a download manager's " (2)".</summary>
    private const int MaxBytes = 180;

    private const int ZeroWidthNonJoiner = 0x200c, ZeroWidthJoiner = 0x200d;

    /// <summary>
    /// What is left of a text as the name of a file, without ending; null when that is nothing. White space and what Windows refuses become
    /// one dash, control and direction characters go, dots and dashes at both ends too; names of devices get an underscore before them.
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

    /// <summary>The same of a file's name, whose ending says what the bytes need not be.</summary>
    public static string? OfFile(string? fileName) => Of(Path.GetFileNameWithoutExtension(fileName));

    // Both joiners are part of letters and of pictures of families; half of a surrogate pair is read as U+FFFD.
    private static bool IsSeen(Rune c) => c.Value is ZeroWidthJoiner or ZeroWidthNonJoiner
        || (c != Rune.ReplacementChar && Rune.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse));

    private static string Trim(string name) => name.Trim('.', '-', (char)ZeroWidthJoiner, (char)ZeroWidthNonJoiner);

    /// <summary>At the end of a character as people see it, where one is not longer than all of it.</summary>
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

    // Windows opens the device whatever the ending: CON.zip is the console.
    private static bool IsDevice(string name)
    {
        var stem = name.Split('.')[0].TrimEnd().ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$"
            || (stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal)) && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³');
    }
}
