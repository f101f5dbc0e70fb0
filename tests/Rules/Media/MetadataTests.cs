using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using GifShare.ObjectStore.Images;

namespace GifShare.Rules.Tests.Media;

/// <summary>Words in every place that a format has for them: what is kept is what the file without them gives, byte for byte.</summary>
public sealed class MetadataTests
{
    const string Words = "GPS 48.2082 N 16.3738 E, by Ada Name, a comment";

    static byte[] Text => Encoding.ASCII.GetBytes(Words);

    [Theory]
    [InlineData("still.gif")]
    [InlineData("animated.gif")]
    [InlineData("plain.png")]
    [InlineData("palette.png")]
    [InlineData("animated.png")]
    [InlineData("plain.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("cmyk-adobe.jpg")]
    [InlineData("lossy.webp")]
    [InlineData("alpha.webp")]
    [InlineData("lossless.webp")]
    [InlineData("animated.webp")]
    public void No_byte_of_a_place_a_name_or_a_comment_is_left(string name)
    {
        var plain = ImageReader.Read(Sample.Bytes(name))!;
        // From the clean file, so that a sample's own words hide nothing.
        var marked = Mark(plain.Clean.ToArray(), plain.Format);
        Assert.True(Count(marked) >= 6 * 5, $"only {Count(marked)} words are in {name}");
        var read = ImageReader.Read(marked)!;
        var clean = read.Clean.ToArray();
        Assert.Equal(0, Count(clean));
        Assert.Equal(plain.Clean.ToArray(), clean);
        Assert.Equal((plain.Width, plain.Height, plain.Frames), (read.Width, read.Height, read.Frames));
    }

    [Fact]
    public void What_plays_a_gif_stays_and_nothing_that_hides_in_it()
    {
        byte[] loop = [0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 3, 1, 7, 0, 0], control = [0x21, 0xF9, 4, 5, 20, 0, 3, 0], still = Frame(1);
        Assert.True(ImageReader.Read(Gif(loop, control, still))!.Clean.IsWhole(Gif(loop, control, still).Length));
        // A sub-block more than the form has.
        Assert.Equal(Gif(loop, still), Clean(Gif([.. loop[..^1], 4, .. "Name"u8, 0], still)));
        Assert.Equal(Gif(loop, still), Clean(Gif([.. loop[..14], 5, 2, .. "Name"u8, .. loop[14..]], still)));
        Assert.Equal(Gif(control, still), Clean(Gif([.. control[..^1], 4, .. "Name"u8, 0], still)));
        Assert.Equal(Gif(control, still), Clean(Gif([0x21, 0xF9, 8, .. control[3..7], .. "Name"u8, 0], still)));
        // Of two controls the last one counts; one without an image, and one too short to say anything, go.
        Assert.Equal(Gif(control, still, still), Clean(Gif([0x21, 0xF9, 4, .. "Name"u8, 0], control, still, still, control)));
        Assert.Equal(Gif(still), Clean(Gif([0x21, 0xF9, 3, 0, 9, 0, 0], still)));
        // Text that no browser shows takes no image's control with it.
        Assert.Equal(Gif(control, still), Clean(Gif(control, [0x21, 0x01, 12, .. new byte[12], 4, .. "Name"u8, 0], still)));
        // How often it plays may be said after the first frame, by either program's name, and by several.
        byte[] other = [0x21, 0xFF, 11, .. "ANIMEXTS1.0"u8, 3, 1, 0, 0, 0];
        Assert.Equal(Gif(still, other, loop, still), Clean(Gif(still, other, loop, still)));
        Assert.Equal(Gif(still), Clean(Gif([0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 0], still)));
        Assert.Equal(Gif(still), Clean(Gif([0x21, 0xFF, 10, .. "NETSCAPE2."u8, 3, 1, 0, 0, 0], still)));
    }

    [Fact]
    public void A_profile_keeps_its_colours_and_loses_its_name()
    {
        var png = ImageReader.Read(Sample.Bytes("plain.png"))!.Clean.ToArray();
        byte[] With(string name) => [.. png[..33], .. BombMaker.Chunk("iCCP", [.. Encoding.ASCII.GetBytes(name), 0, 0, .. "colours"u8]), .. png[33..]];
        Assert.Equal(With("ICC"), Clean(With("ICC")));
        Assert.Equal(With("ICC"), Clean(With("The screen of Ada Name")));
        Assert.Equal(png, Clean(With("")));
        Assert.Equal(png, Clean(With(new string('x', 80))));
    }

    [Fact]
    public async Task Frames_of_a_gif_and_their_times_are_the_same_for_a_decoder()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/ffmpeg"), "Needs ffmpeg.");
        var folder = Directory.CreateTempSubdirectory("gs-frames-").FullName;
        try
        {
            foreach (var name in Sample.Names().Where(name => name.EndsWith(".gif", StringComparison.Ordinal)))
            {
                var image = ImageReader.Read(Sample.Bytes(name))!;
                var frames = await FramesAsync(folder, name, Sample.Bytes(name));
                Assert.Equal(image.Frames, frames.Length);
                var after = await FramesAsync(folder, name, Clean(Mark(image.Clean.ToArray(), image.Format)));
                Assert.True(frames.SequenceEqual(after), $"{name}: {frames[0]} became {after[0]}");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Time, duration and hash of every frame.</summary>
    static async Task<string[]> FramesAsync(string folder, string name, byte[] bytes)
    {
        var path = Path.Combine(folder, name);
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        using var ffmpeg = Process.Start(new ProcessStartInfo("/usr/bin/ffmpeg", ["-v", "error", "-threads", "1", "-i", path, "-f", "framemd5", "-"])
        {
            RedirectStandardOutput = true,
        })!;
        var frames = await ffmpeg.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await ffmpeg.WaitForExitAsync(TestContext.Current.CancellationToken);
        return [.. frames.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#'))];
    }

    static byte[] Clean(byte[] file) => ImageReader.Read(file)!.Clean.ToArray();

    /// <summary>How many of the words are in a file, none of them left out.</summary>
    static int Count(byte[] file)
    {
        var text = Encoding.Latin1.GetString(file);
        return ((string[])["GPS", "48.2082", "Ada", "Name", "comment"]).Sum(word => text.Split(word).Length - 1);
    }

    static byte[] Mark(byte[] file, ImageFormat format) => format switch
    {
        ImageFormat.Gif => MarkGif(file),
        ImageFormat.Png => MarkPng(file),
        ImageFormat.Jpeg => MarkJpeg(file),
        _ => MarkWebP(file),
    };

    static byte[] Gif(params byte[][] blocks) => [.. "GIF89a"u8, 2, 0, 2, 0, 0x80, 0, 0, 1, 2, 3, 4, 5, 6, .. blocks.SelectMany(block => block), 0x3B];

    static byte[] Frame(byte left) => [0x2C, left, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];

    static byte[] MarkGif(byte[] gif)
    {
        byte[] text = [(byte)Text.Length, .. Text, 0];
        byte[] words =
        [
            0x21, 0xFE, .. text,
            0x21, 0xFF, 11, .. "XMP DataXMP"u8, .. text,
            0x21, 0xFF, 11, .. "ImageMagick"u8, .. text,
            0x21, 0xFF, 11, .. "ICCRGBG1012"u8, .. text,
            0x21, 0x01, 12, .. new byte[12], .. text,
            0x21, 0x42, .. text,
            0x21, 0xFF, 11, .. "NETSCAPE2.1"u8, 3, 1, 0, 0, .. text,
        ];
        List<byte> marked = [.. gif[..HeadLength(gif)]];
        // Before every block: between a control and its image too.
        for (var at = HeadLength(gif); at < gif.Length;)
        {
            var start = at;
            switch (gif[at++])
            {
                case 0x2C:
                    at += 9 + ((gif[at + 8] & 0x80) == 0 ? 0 : 3 << ((gif[at + 8] & 7) + 1)) + 1;
                    SkipBlocks(gif, ref at);
                    break;
                case 0x21:
                    at++;
                    SkipBlocks(gif, ref at);
                    break;
            }
            marked.AddRange([.. words, .. gif[start..at]]);
        }
        return [.. marked];
    }

    static int HeadLength(byte[] gif) => 13 + ((gif[10] & 0x80) == 0 ? 0 : 3 << ((gif[10] & 7) + 1));

    static void SkipBlocks(byte[] gif, ref int at)
    {
        while (gif[at] != 0)
            at += gif[at] + 1;
        at++;
    }

    static byte[] MarkPng(byte[] png)
    {
        byte[] profile = [.. Text, 0, 0, .. "colours"u8];
        byte[] words =
        [
            .. BombMaker.Chunk("tEXt", [.. "Comment\0"u8, .. Text]),
            .. BombMaker.Chunk("zTXt", [.. "Author\0\0"u8, .. Text]),
            .. BombMaker.Chunk("iTXt", [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. Text]),
            .. BombMaker.Chunk("eXIf", [.. "MM\0*\0\0\0\x08\0\0"u8, .. Text]),
            .. BombMaker.Chunk("tIME", Text),
            .. BombMaker.Chunk("prVt", Text),
            .. BombMaker.Chunk("sPLT", [.. Text, 0]),
            .. BombMaker.Chunk("hIST", Text),
        ];
        List<byte> marked = [.. png[..8]];
        for (var at = 8; at < png.Length;)
        {
            var whole = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at)) + 12;
            // Pixels must stand together.
            if (at > 8 && !png.AsSpan(at + 4, 4).SequenceEqual("IDAT"u8))
                marked.AddRange(words);
            marked.AddRange(png[at..(at + whole)]);
            at += whole;
        }
        return [.. marked, .. profile];
    }

    static byte[] MarkJpeg(byte[] jpeg)
    {
        byte[] words =
        [
            .. Segment(0xFE, Text),
            .. Segment(0xE0, [.. "JFXX\0\x10"u8, .. Text]),
            .. Segment(0xE1, [.. "Exif\0\0MM\0*\0\0\0\x08\0\0"u8, .. Text]),
            .. Segment(0xE1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. Text]),
            .. Segment(0xE2, [.. "MPF\0"u8, .. Text]),
            .. Segment(0xED, [.. "Photoshop 3.0\0"u8, .. Text]),
            .. Segment(0xEC, [.. "Ducky"u8, .. Text]),
        ];
        // After the beginning, and between the last scan and the end.
        List<byte> marked = [.. jpeg[..2], .. words, .. jpeg[2..^2], .. words, .. jpeg[^2..], .. Text];
        var adobe = marked.ToArray().AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xEE, 0, 14, (byte)'A']);
        if (adobe >= 0)
        {
            marked[adobe + 3] += (byte)Text.Length;
            marked.InsertRange(adobe + 16, Text);
        }
        return [.. marked];
    }

    static byte[] Segment(byte marker, byte[] payload) => [0xFF, marker, 0, (byte)(payload.Length + 2), .. payload];

    static byte[] MarkWebP(byte[] webp)
    {
        byte[] words = [.. Riff("EXIF", [.. "MM\0*\0\0\0\x08\0\0"u8, .. Text]), .. Riff("XMP ", Text), .. Riff("JUNK", Text), .. Riff("LIST", Text)];
        var isExtended = webp.AsSpan(12, 4).SequenceEqual("VP8X"u8);
        // Flags that promise EXIF and XMP, as such files have them.
        byte[] head = isExtended ? [.. webp[12..20], (byte)(webp[20] | 0x0C), .. webp[21..30]] : [];
        var body = head.ToList();
        for (var at = 12 + head.Length; at < webp.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(webp.AsSpan(at + 4));
            var whole = 8 + length + (length & 1);
            var chunk = webp[at..(at + whole)];
            if (chunk.AsSpan().StartsWith("ANMF"u8))
                chunk = Riff("ANMF", [.. chunk[8..], .. Riff("JUNK", Text)]);
            body.AddRange(isExtended ? [.. words, .. chunk] : chunk);
            at += whole;
        }
        byte[] marked = [.. webp[..12], .. body, .. (isExtended ? words : [])];
        BinaryPrimitives.WriteInt32LittleEndian(marked.AsSpan(4), marked.Length - 8);
        // A simple file has room behind its end only.
        return [.. marked, .. Enumerable.Repeat(Text, 6).SelectMany(text => text)];
    }

    static byte[] Riff(string type, byte[] payload)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, payload.Length);
        return [.. Encoding.ASCII.GetBytes(type), .. length, .. payload, .. (payload.Length & 1) == 1 ? new byte[1] : []];
    }
}
