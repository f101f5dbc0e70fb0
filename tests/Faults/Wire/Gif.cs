using System.Text;

namespace GifShare.Faults;

/// <summary>GIF files of one pixel that differ by their comment.</summary>
internal static class Gif
{
    public static byte[] Of(string comment)
    {
        var text = Encoding.ASCII.GetBytes(comment.Length > 250 ? comment[..250] : comment);
        return
        [
            .. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255,
            0x21, 0xFE, (byte)text.Length, .. text, 0,
            0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B,
        ];
    }
}
