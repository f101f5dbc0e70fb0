using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace GifShare.Grains.Requests;

/// <summary>
/// Unicode Normalization Form C (UAX #15), so that composed and decomposed spellings of é are equal. Replaces <c>string.Normalize</c>, which without
/// ICU (InvariantGlobalization) silently returns the text unchanged. The data is in Nfc.txt.
/// </summary>
public static class Nfc
{
    private const int HangulS = 0xac00, HangulL = 0x1100, HangulV = 0x1161, HangulT = 0x11a7, LCount = 19, VCount = 21, TCount = 28;

    private sealed record Tables(FrozenDictionary<int, (int First, int Second)> Parts, FrozenDictionary<(int, int), int> Composites, FrozenDictionary<int, int> Classes);

    private static readonly Lazy<Tables> Data = new(Load);

    /// <param name="text">Without lone surrogates.</param>
    public static string Normalize(string text)
    {
        // Characters below U+0300, the combining marks, are already normalized; most texts have no others.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02ff'))
            return text;
        var tables = Data.Value;
        List<int> decomposed = new(text.Length);
        foreach (var rune in text.AsSpan().EnumerateRunes())
            Decompose(tables, rune.Value, decomposed);
        Reorder(tables, decomposed);
        return Compose(tables, decomposed);
    }

    private static void Decompose(Tables tables, int code, List<int> output)
    {
        var index = code - HangulS;
        if (index is >= 0 and < LCount * VCount * TCount)
        {
            output.Add(HangulL + (index / (VCount * TCount)));
            output.Add(HangulV + (index % (VCount * TCount) / TCount));
            if (index % TCount > 0)
                output.Add(HangulT + (index % TCount));
        }
        else if (tables.Parts.TryGetValue(code, out var parts))
        {
            Decompose(tables, parts.First, output);
            if (parts.Second > 0)
                output.Add(parts.Second);
        }
        else
        {
            output.Add(code);
        }
    }

    /// <summary>Sorts adjacent marks by their combining class; marks of one class keep their order.</summary>
    private static void Reorder(Tables tables, List<int> codes)
    {
        for (var start = 0; start < codes.Count; start++)
        {
            var end = start;
            while (end < codes.Count && ClassOf(tables, codes[end]) > 0)
                end++;
            if (end - start < 2)
                continue;
            var sorted = codes.GetRange(start, end - start).OrderBy(code => ClassOf(tables, code)).ToArray();
            for (var i = 0; i < sorted.Length; i++)
                codes[start + i] = sorted[i];
            start = end;
        }
    }

    private static string Compose(Tables tables, List<int> codes)
    {
        List<int> output = new(codes.Count);
        var starter = -1;
        var lastClass = 0;
        foreach (var code in codes)
        {
            var codeClass = ClassOf(tables, code);
            // UAX #15: a mark is blocked by one of the same or a higher class between it and the starter; a starter combines only when adjacent.
            if (starter >= 0 && (lastClass == 0 || lastClass < codeClass) && Composite(tables, output[starter], code) is { } composite)
            {
                output[starter] = composite;
                continue;
            }

            if (codeClass == 0)
                starter = output.Count;
            lastClass = codeClass;
            output.Add(code);
        }

        var text = new StringBuilder(output.Count);
        foreach (var code in output)
            text.Append(new Rune(code));
        return text.ToString();
    }

    private static int? Composite(Tables tables, int first, int second)
    {
        if (first is >= HangulL and < HangulL + LCount && second is >= HangulV and < HangulV + VCount)
            return HangulS + ((((first - HangulL) * VCount) + second - HangulV) * TCount);
        if (first is >= HangulS and < HangulS + (LCount * VCount * TCount) && (first - HangulS) % TCount == 0 && second is > HangulT and < HangulT + TCount)
            return first + second - HangulT;
        return tables.Composites.TryGetValue((first, second), out var composite) ? composite : null;
    }

    private static int ClassOf(Tables tables, int code) => code < 0x300 ? 0 : tables.Classes.GetValueOrDefault(code);

    private static Tables Load()
    {
        Dictionary<int, (int, int)> parts = [];
        Dictionary<(int, int), int> composites = [];
        Dictionary<int, int> classes = [];
        using var reader = new StreamReader(typeof(Nfc).Assembly.GetManifestResourceStream("GifShare.Grains.Requests.Nfc.txt")!);
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#')
                continue;
            var words = line.Split(' ');
            if (words[0].Split('-') is [var start, var end])
            {
                for (var code = Hex(start); code <= Hex(end); code++)
                    classes[code] = int.Parse(words[1], CultureInfo.InvariantCulture);
                continue;
            }

            var pair = (Hex(words[1].TrimStart('!')), words.Length > 2 ? Hex(words[2]) : 0);
            parts[Hex(words[0])] = pair;
            if (words[1][0] != '!')
                composites[pair] = Hex(words[0]);
        }

        return new(parts.ToFrozenDictionary(), composites.ToFrozenDictionary(), classes.ToFrozenDictionary());
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
