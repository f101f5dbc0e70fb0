namespace GifShare.Grains.Collections;

/// <summary>
/// Fractional order keys: strings of base-62 digits that sort ordinally (in PostgreSQL: <c>COLLATE "C"</c>). The first four digits are a whole
/// number that appends and prepends count up and down, so that those keys stay short; the rest is a fraction and never ends in '0'.
/// There is always a key between two different keys, so a move writes one row; when a key would exceed <see cref="MaxLength"/>, all
/// keys of the collection are rewritten.
/// </summary>
public static class OrderKeys
{
    public const int MaxLength = 64;
    public const int WholeLength = 4;
    private const int Base = 62;
    private const int Wholes = Base * Base * Base * Base;

    /// <summary>The digits in ordinal order; the SQL function <c>order_key</c> uses the same.</summary>
    public const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>The whole number of a collection's first key.</summary>
    public const int Middle = Wholes / 2;

    public static string Whole(int number) => string.Create(WholeLength, number, static (text, value) =>
    {
        for (var i = WholeLength - 1; i >= 0; i--, value /= Base)
            text[i] = Digits[value % Base];
    });

    /// <summary>
    /// A key between <paramref name="low"/> and <paramref name="high"/> (null: an end of the list). Null when none is short
    /// enough, or when the two are out of order; then all keys must be rewritten.
    /// </summary>
    public static string? Between(string? low, string? high)
    {
        if (low is not null && high is not null && string.CompareOrdinal(low, high) >= 0)
            return null;
        if (low is null && high is null)
            return Whole(Middle);
        if (high is null && WholeOf(low!) + 1 < Wholes)
            return Whole(WholeOf(low!) + 1);
        if (low is null && WholeOf(high!) > 1)
            return Whole(WholeOf(high!) - 1);
        var key = Midpoint(low ?? "", high);
        return key.Length <= MaxLength ? key : null;
    }

    /// <summary><paramref name="count"/> ascending keys between the two, as short as possible; null as for <see cref="Between"/>.</summary>
    public static string[]? Spread(string? low, string? high, int count)
    {
        var keys = new string[count];
        if (high is null || low is null)
        {
            // Towards an open end, each key follows the previous one.
            for (var i = 0; i < count; i++)
            {
                var key = high is null ? Between(i == 0 ? low : keys[i - 1], null) : Between(null, i == 0 ? high : keys[count - i]);
                if (key is null)
                    return null;
                keys[high is null ? i : count - 1 - i] = key;
            }

            return keys;
        }

        return Fill(keys, low, high) ? keys : null;
    }

    private static bool Fill(Span<string> keys, string low, string high)
    {
        if (keys.IsEmpty)
            return true;
        var middle = keys.Length / 2;
        if (Between(low, high) is not { } key)
            return false;
        keys[middle] = key;
        return Fill(keys[..middle], low, key) && Fill(keys[(middle + 1)..], key, high);
    }

    private static int WholeOf(string key)
    {
        var value = 0;
        for (var i = 0; i < WholeLength; i++)
            value = value * Base + (i < key.Length ? DigitOf(key[i]) : 0);
        return value;
    }

    /// <summary>A midpoint of the keys read as fractions of one; <paramref name="high"/> null is one.</summary>
    private static string Midpoint(string low, string? high)
    {
        var digits = new List<char>(low.Length + 1);
        for (var i = 0; ; i++)
        {
            var a = i < low.Length ? DigitOf(low[i]) : 0;
            var b = high is null ? Base : i < high.Length ? DigitOf(high[i]) : 0;
            if (b - a >= 2)
            {
                digits.Add(Digits[(a + b) / 2]);
                while (digits.Count < WholeLength)
                    digits.Add('0');
                return new string([.. digits]);
            }

            digits.Add(Digits[a]);
            if (b == a + 1)
                high = null;
        }
    }

    private static int DigitOf(char c) => c switch
    {
        <= '9' => c - '0',
        <= 'Z' => c - 'A' + 10,
        _ => c - 'a' + 36,
    };
}
