using System.Text;

namespace GifShare.Faults.Tests;

/// <summary>GIF files of one pixel that differ by their colours, which spell a text.</summary>
internal static class Gif
{
    private const int Colours = 256 * 3;

    public static byte[] Of(string text)
    {
        var colours = new byte[Colours];
        Encoding.ASCII.GetBytes(text.Length > Colours ? text[..Colours] : text).CopyTo(colours, 0);
        return
        [
            .. "GIF89a"u8, 1, 0, 1, 0, 0x87, 0, 0, .. colours,
            0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B,
        ];
    }
}
