using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using GifShare.ObjectStore.Images;

namespace GifShare.Rules.Tests.Media;

public sealed class ImageReaderTests
{
    /// <summary>make.sh writes these into the samples' metadata; none may be left.</summary>
    static readonly string[] Secrets = ["Secret", "GPS", "xmp", "XMP ", "tEXt", "zTXt", "iTXt", "tIME", "Photoshop", "8BIM"];

    public static TheoryData<string> Samples => [.. Sample.Names()];

    [Theory]
    [InlineData("animated.gif", ImageFormat.Gif, 48, 32, true)]
    [InlineData("still.gif", ImageFormat.Gif, 48, 32, false)]
    [InlineData("plain.jpg", ImageFormat.Jpeg, 48, 32, false)]
    [InlineData("gps-orientation6.jpg", ImageFormat.Jpeg, 32, 48, false)]
    [InlineData("progressive.jpg", ImageFormat.Jpeg, 48, 32, false)]
    [InlineData("cmyk-adobe.jpg", ImageFormat.Jpeg, 48, 32, false)]
    [InlineData("plain.png", ImageFormat.Png, 48, 32, false)]
    [InlineData("palette.png", ImageFormat.Png, 48, 32, false)]
    [InlineData("text-exif.png", ImageFormat.Png, 32, 48, false)]
    [InlineData("animated.png", ImageFormat.Png, 48, 32, true)]
    [InlineData("lossy.webp", ImageFormat.WebP, 48, 32, false)]
    [InlineData("lossless.webp", ImageFormat.WebP, 48, 32, false)]
    [InlineData("alpha.webp", ImageFormat.WebP, 48, 32, false)]
    [InlineData("exif-xmp.webp", ImageFormat.WebP, 32, 48, false)]
    [InlineData("animated.webp", ImageFormat.WebP, 48, 32, true)]
    public void Real_files_are_read_as_what_they_are(string name, ImageFormat format, int width, int height, bool animated)
    {
        var image = ImageReader.Read(Sample.Bytes(name))!;
        Assert.Equal((format, width, height, animated), (image.Format, image.Width, image.Height, image.Animated));
        Assert.EndsWith(image.Extension, name);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_clean_copy_reads_the_same_and_is_clean(string name)
    {
        var image = ImageReader.Read(Sample.Bytes(name))!;
        var clean = image.Clean.ToArray();
        var again = ImageReader.Read(clean)!;
        Assert.Equal((image.Format, image.Width, image.Height, image.Animated), (again.Format, again.Width, again.Height, again.Animated));
        Assert.Equal(clean, again.Clean.ToArray());
        var text = Encoding.Latin1.GetString(clean);
        Assert.All(Secrets, secret => Assert.DoesNotContain(secret, text));
    }

    [Theory]
    [InlineData("lossy.webp")]
    [InlineData("lossless.webp")]
    [InlineData("progressive.jpg")]
    public void What_has_nothing_to_drop_stays_as_it_is(string name) => Assert.True(ImageReader.Read(Sample.Bytes(name))!.Clean.IsWhole(Sample.Bytes(name).Length));

    [Theory]
    [InlineData("gps-orientation6.jpg", 6)]
    [InlineData("text-exif.png", 8)]
    [InlineData("exif-xmp.webp", 6)]
    public void Orientation_is_all_that_is_left_of_exif(string name, int orientation)
    {
        var clean = ImageReader.Read(Sample.Bytes(name))!.Clean.ToArray();
        var at = clean.AsSpan().IndexOf(Orientation.Write(orientation));
        Assert.True(at > 0);
        Assert.Equal(-1, clean.AsSpan(at + 1).IndexOf("MM\0*"u8));
        Assert.Equal(-1, clean.AsSpan().IndexOf("II*\0"u8));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_file_that_ends_early_is_refused(string name)
    {
        var bytes = Sample.Bytes(name);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Null(ImageReader.Read(bytes.AsMemory(0, length)));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Nothing_after_the_end_survives(string name)
    {
        var bytes = Sample.Bytes(name);
        byte[] polyglot = [.. bytes, .. "<script>alert(1)</script>PK\x03\x04"u8];
        var image = ImageReader.Read(polyglot);
        if (name.EndsWith(".gif", StringComparison.Ordinal))
            Assert.Null(image);
        else
            Assert.Equal(ImageReader.Read(bytes)!.Clean.ToArray(), image!.Clean.ToArray());
    }

    [Fact]
    public void A_gif_may_end_with_a_little_padding()
    {
        var gif = Sample.Bytes("animated.gif");
        Assert.Equal(ImageReader.Read(gif)!.Clean.ToArray(), ImageReader.Read((byte[])[.. gif, 0, 0, 10])!.Clean.ToArray());
        Assert.Null(ImageReader.Read((byte[])[.. gif, .. new byte[65]]));
        Assert.Null(ImageReader.Read((byte[])[.. gif, 1]));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 0)]
    [InlineData(20_001, 10)]
    [InlineData(10, 65_535)]
    public void Impossible_sizes_are_refused(ushort width, ushort height)
    {
        var gif = Sample.Bytes("still.gif");
        BinaryPrimitives.WriteUInt16LittleEndian(gif.AsSpan(6), width);
        BinaryPrimitives.WriteUInt16LittleEndian(gif.AsSpan(8), height);
        Assert.Null(ImageReader.Read(gif));

        var png = Sample.Bytes("plain.png");
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32.HashToUInt32(png.AsSpan(12, 17)));
        Assert.Null(ImageReader.Read(png));

        var jpeg = Sample.Bytes("plain.jpg");
        var frame = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 5), height);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 7), width);
        Assert.Null(ImageReader.Read(jpeg));
    }

    [Theory]
    [InlineData("")]
    [InlineData("GIF89a")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")]
    [InlineData("<html><script>alert(1)</script>")]
    [InlineData("%PDF-1.4")]
    [InlineData("RIFF\x04\0\0\0WEBP")]
    [InlineData("BM")]
    public void What_is_no_image_is_refused(string text) => Assert.Null(ImageReader.Read(Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void A_jfif_thumbnail_goes()
    {
        var jpeg = Sample.Bytes("plain.jpg");
        Assert.Equal([0xFF, 0xE0, 0, 16], jpeg[2..6]);
        byte[] thumbnail = [.. jpeg[..2], 0xFF, 0xE0, 0, 19, .. jpeg[6..18], 1, 1, 9, 9, 9, .. jpeg[20..]];
        Assert.Equal(jpeg, ImageReader.Read(thumbnail)!.Clean.ToArray());
    }

    [Fact]
    public void Unknown_chunks_go_inside_webp_frames_too()
    {
        var webp = ImageReader.Read(Sample.Bytes("animated.webp"))!.Clean.ToArray();
        var frame = webp.AsSpan().IndexOf("ANMF"u8);
        var length = BinaryPrimitives.ReadInt32LittleEndian(webp.AsSpan(frame + 4));
        var end = frame + 8 + length;
        byte[] hidden = [.. webp[..end], .. "JUNK"u8, 4, 0, 0, 0, .. "evil"u8, .. webp[end..]];
        BinaryPrimitives.WriteInt32LittleEndian(hidden.AsSpan(frame + 4), length + 12);
        BinaryPrimitives.WriteInt32LittleEndian(hidden.AsSpan(4), hidden.Length - 8);
        Assert.Equal(webp, ImageReader.Read(hidden)!.Clean.ToArray());
    }

    [Fact]
    public void A_png_with_a_wrong_checksum_is_broken()
    {
        var png = Sample.Bytes("plain.png");
        png[png.AsSpan().IndexOf("IDAT"u8) + 8] ^= 1;
        Assert.Null(ImageReader.Read(png));
    }

    [Theory]
    [InlineData("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0", 6)]
    [InlineData("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0", 3)]
    [InlineData("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x09\0\0", 1)]
    [InlineData("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x02\0\x03\0\0", 1)]
    [InlineData("MM\0*\xFF\xFF\xFF\xFF\0\x01", 1)]
    [InlineData("MM\0*\0\0\0\x08\xFF\xFF\x01", 1)]
    [InlineData("MM\0*\0\0\0\x08", 1)]
    [InlineData("", 1)]
    public void Orientation_is_read_carefully(string tiff, int expected) => Assert.Equal(expected, Orientation.Read(Encoding.Latin1.GetBytes(tiff)));
}
