using System.Globalization;
using System.Text;

namespace GifShare.Standalone.Backup;

/// <summary>
/// The one form of tar header that backups have (POSIX ustar, plain files of mode 0600, below 8 GB), so that any tar reads them. Reading is
/// strict: a header is what <see cref="Of"/> writes, byte for byte, or none. That leaves no room for links, long names or other surprises.
/// </summary>
internal static class TarBlock
{
    public const int Size = 512;
    public const long LargestEntry = (1L << 33) - 1;

    private const int SizeAt = 124, ModifiedAt = 136, ChecksumAt = 148;

    public static byte[] Of(TarEntry entry)
    {
        if (entry.Name.Length is 0 or > 100 || !Ascii.IsValid(entry.Name) || entry.Length is < 0 or > LargestEntry || entry.Modified is < 0 or > LargestEntry)
            throw new ArgumentException($"No entry of a backup: {entry}", nameof(entry));
        var block = new byte[Size];
        Put(0, entry.Name);
        Put(100, "0000600");
        Put(108, "0000000");
        Put(116, "0000000");
        Put(SizeAt, Octal(entry.Length, 11));
        Put(ModifiedAt, Octal(entry.Modified, 11));
        Put(ChecksumAt, "        ");
        Put(156, "0");
        Put(257, "ustar\0" + "00");
        var sum = 0;
        foreach (var one in block)
            sum += one;
        Put(ChecksumAt, Octal(sum, 6) + "\0 ");
        return block;

        void Put(int at, string text) => Encoding.ASCII.GetBytes(text, block.AsSpan(at));
    }

    /// <summary>Null: not a header that we write.</summary>
    public static TarEntry? Read(ReadOnlySpan<byte> block)
    {
        var name = block[..100];
        var end = name.IndexOf((byte)0);
        name = end < 0 ? name : name[..end];
        if (name.IsEmpty || !Ascii.IsValid(name) || Number(block.Slice(SizeAt, 11)) is not { } length || Number(block.Slice(ModifiedAt, 11)) is not { } modified)
            return null;
        var entry = new TarEntry(Encoding.ASCII.GetString(name), length, modified);
        return block.SequenceEqual(Of(entry)) ? entry : null;
    }

    /// <summary>Bytes of zeros after a content of this length.</summary>
    public static int Padding(long length) => (int)(-length & (Size - 1));

    private static string Octal(long number, int digits) => Convert.ToString(number, 8).PadLeft(digits, '0');

    private static long? Number(ReadOnlySpan<byte> digits)
    {
        long number = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
                return null;
            number = (number * 8) + (digit - '0');
        }

        return number;
    }
}

/// <param name="Name">At most 100 ASCII characters.</param>
/// <param name="Modified">Seconds since 1970, UTC.</param>
internal sealed record TarEntry(string Name, long Length, long Modified)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({Length} bytes)");
}
