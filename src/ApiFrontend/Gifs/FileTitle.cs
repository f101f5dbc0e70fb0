using System.Text;
using System.Text.RegularExpressions;

namespace GifShare.ApiFrontend.Gifs;

/// <summary>What a file's name says of the picture in it. The names that cameras and download folders give say nothing.</summary>
public static partial class FileTitle
{
    private const int MaxLength = 200;

    public static string? Of(string? fileName)
    {
        var name = fileName ?? "";
        name = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        name = Ending().Replace(name, "");
        Rune[] runes = [.. name.AsSpan().EnumerateRunes()];
        name = Spaces().Replace(string.Concat(runes.Where(IsHarmless).Select(c => c.Value is '_' or '+' || Rune.IsControl(c) ? " " : c.ToString())), " ");
        // Dashes join words where there are no spaces.
        if (!name.Trim().Contains(' ', StringComparison.Ordinal))
            name = name.Replace('-', ' ');
        name = name.Trim(' ', '.', '-');
        if (name.Length == 0 || Nothing().IsMatch(name) || !name.Any(char.IsLetter))
            return null;
        return name.Length <= MaxLength ? name : name[..(char.IsHighSurrogate(name[MaxLength - 1]) ? MaxLength - 1 : MaxLength)].Trim();
    }

    // Direction marks: api.md refuses some of them, and none has a place in a title that nobody typed.
    private static bool IsHarmless(Rune c) =>
        c.Value is not ((>= 0x200e and <= 0x200f) or (>= 0x202a and <= 0x202e) or (>= 0x2066 and <= 0x2069) or 0xfffd);

    [GeneratedRegex(@"\.(gif|png|jpe?g|webp)$", RegexOptions.IgnoreCase)]
    private static partial Regex Ending();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(
        @"^((img|dsc|dscn|pxl|vid|mvi|image|images|picture|photo|giphy|tenor|source|download|unnamed|untitled|screenshot|screen shot|bildschirmfoto)([ \d().:-]|at|am|pm|from|downsized|large)*|(?=[0-9a-f -]*\d)[0-9a-f -]{8,})$",
        RegexOptions.IgnoreCase)]
    private static partial Regex Nothing();
}
