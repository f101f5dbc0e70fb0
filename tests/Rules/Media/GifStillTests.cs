using System.Diagnostics;
using GifShare.ObjectStore.Images;

namespace GifShare.Rules.Tests.Media;

/// <summary>The first frame, cut out of a GIF without decoding it.</summary>
public sealed class GifStillTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static string Docs => Path.Combine(AppContext.BaseDirectory, "DocsSamples");

    public static TheoryData<string> Gifs => [.. Sample.Names().Where(name => name.EndsWith(".gif", StringComparison.Ordinal))
        .Select(name => Path.Combine(AppContext.BaseDirectory, "Samples", name)).Concat(Directory.GetFiles(Docs, "*.gif"))];

    static async Task<byte[]?> Cut(byte[] gif)
    {
        await using var source = new MemoryStream(gif);
        if (await GifStill.CutAsync(source, Cancel) is not { } still)
        {
            Assert.Equal(0, source.Position);
            return null;
        }
        var result = new MemoryStream();
        await still.CopyToAsync(result, Cancel);
        Assert.Equal(still.Length, result.Length);
        return result.ToArray();
    }

    [Theory]
    [MemberData(nameof(Gifs))]
    public async Task A_still_is_one_whole_frame_and_shows_what_the_first_one_shows(string path)
    {
        var gif = await File.ReadAllBytesAsync(path, Cancel);
        var still = (await Cut(gif))!;
        Assert.True(still.Length <= gif.Length);
        var (whole, cut) = (ImageReader.Read(gif)!, ImageReader.Read(still)!);
        Assert.Equal((ImageFormat.Gif, whole.Width, whole.Height, false), (cut.Format, cut.Width, cut.Height, cut.Animated));
        Assert.Equal(await FirstFrame(gif), await FirstFrame(still));
        Assert.Equal(still, await Cut(still));
    }

    [Fact]
    public async Task Every_byte_may_be_asked_for_by_itself()
    {
        var gif = Sample.Bytes("animated.gif");
        var whole = (await Cut(gif))!;
        await using var still = (await GifStill.CutAsync(new MemoryStream(gif), Cancel))!;
        var one = new byte[1];
        for (var i = whole.Length - 1; i >= 0; i--)
        {
            still.Position = i;
            Assert.Equal(1, await still.ReadAsync(one, Cancel));
            Assert.Equal(whole[i], one[0]);
        }
        still.Position = whole.Length + 5;
        Assert.Equal(0, await still.ReadAsync(one, Cancel));
    }

    [Fact]
    public async Task Every_beginning_of_a_gif_is_either_enough_or_refused()
    {
        var gif = Sample.Bytes("animated.gif");
        var still = (await Cut(gif))!;
        var enough = 0;
        for (var length = 0; length < gif.Length; length++)
        {
            if (await Cut(gif[..length]) is not { } cut)
                continue;
            enough = enough == 0 ? length : enough;
            Assert.Equal(still, cut);
        }
        Assert.InRange(enough, still.Length - 1, gif.Length - 1);
    }

    [Fact]
    public async Task Hostile_bytes_are_refused_or_cut_within_what_is_there()
    {
        var random = new Random(20261120);
        var gif = Sample.Bytes("animated.gif");
        for (var i = 0; i < 20_000; i++)
        {
            var bad = gif.AsSpan(0, random.Next(6, gif.Length)).ToArray();
            for (var flips = random.Next(1, 8); flips > 0; flips--)
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            if (await Cut(bad) is { } cut)
                Assert.InRange(cut.Length, 15, bad.Length + 1);
        }
        byte[][] worse =
        [
            [], "GIF89a"u8.ToArray(), [.. "GIF89a"u8, 0, 0, 0, 0, 0, 0, 0, 0x3B], [.. "GIF89a"u8, 1, 0, 1, 0, 0xFF, 0, 0],
            [.. "GIF89a"u8, 1, 0, 1, 0, 0, 0, 0, 0x21, 0xF9, 255, 255, 255, 255, 255, 255, 255], [.. "GIF89a"u8, 1, 0, 1, 0, 0, 0, 0, 0x2C],
            Sample.Bytes("plain.png"), Sample.Bytes("plain.jpg"), [.. "GIF89a"u8, .. Enumerable.Repeat((byte)0x21, 100_000)],
        ];
        foreach (var bytes in worse)
            Assert.Null(await Cut(bytes));
    }

    [Fact]
    public async Task Blocks_of_a_byte_each_are_not_walked_for_long()
    {
        byte[] start = [.. "GIF89a"u8, 1, 0, 1, 0, 0, 0, 0, 0x21, 0xFE];
        byte[] end = [0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B];
        byte[] Comment(int blocks) => [.. start, .. Enumerable.Repeat((byte)1, 2 * blocks), .. end];
        Assert.NotNull(await Cut(Comment(GifStill.MaxBlocks - 3)));
        Assert.Null(await Cut(Comment(GifStill.MaxBlocks)));
    }

    [Fact]
    public async Task Of_an_endless_first_frame_only_a_bounded_part_is_read()
    {
        await using var source = new Endless();
        Assert.Null(await GifStill.CutAsync(source, Cancel));
        Assert.InRange(source.Total, 1, GifStill.MaxBytes);
    }

    static async Task<string> FirstFrame(byte[] gif)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, gif, Cancel);
            string[] arguments = ["-v", "error", "-f", "gif", "-i", file, "-frames:v", "1", "-pix_fmt", "rgba", "-f", "md5", "-"];
            using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardOutput = true })!;
            var text = await ffmpeg.StandardOutput.ReadToEndAsync(Cancel);
            await ffmpeg.WaitForExitAsync(Cancel);
            Assert.Equal(0, ffmpeg.ExitCode);
            return text;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No ffmpeg on this machine: the rest of the test holds without it.
            return "";
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>A GIF of a gigabyte, all of it one comment.</summary>
    sealed class Endless : Stream
    {
        static readonly byte[] Head = [.. "GIF89a"u8, 1, 0, 1, 0, 0, 0, 0, 0x21, 0xFE];

        public long Total { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => 1L << 30;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (var i = 0; i < count; i++, Position++)
                buffer[offset + i] = Position < Head.Length ? Head[Position] : (byte)255;
            Total += count;
            return count;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
