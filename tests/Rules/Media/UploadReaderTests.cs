using System.Security.Cryptography;
using GifShare.ObjectStore;
using GifShare.ObjectStore.Images;
using Microsoft.Extensions.Options;

namespace GifShare.Rules.Tests.Media;

public sealed class UploadReaderTests : IDisposable
{
    const long Limit = 25 << 20;
    readonly string root = Directory.CreateTempSubdirectory("gs-upload-").FullName;
    readonly FolderObjectStore store;
    readonly UploadReader reader;

    public UploadReaderTests()
    {
        store = new FolderObjectStore(new() { Path = root, MinimumFreeBytes = 0 }, TimeProvider.System);
        reader = new UploadReader(store, Options.Create(new ImageOptions()));
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    string[] Staged => Directory.GetFiles(Path.Combine(root, "staging"));

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_gif_without_metadata_is_staged_byte_for_byte()
    {
        var bytes = ImageReader.Read(Sample.Bytes("animated.gif"))!.Clean.ToArray();
        var upload = (await reader.ReadAsync(new MemoryStream(bytes), Limit, Cancel)).Upload!;
        Assert.Equal((48, 32, true, "image/gif"), (upload.Width, upload.Height, upload.Animated, upload.ContentType));
        Assert.Equal($"{Convert.ToHexStringLower(SHA256.HashData(bytes))}.gif", upload.Key.ToString());
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Assert.Single(Staged), Cancel));
    }

    [Fact]
    public async Task A_photo_is_staged_clean_and_only_once()
    {
        var bytes = Sample.Bytes("gps-orientation6.jpg");
        var upload = (await reader.ReadAsync(new MemoryStream(bytes), Limit, Cancel)).Upload!;
        var staged = await File.ReadAllBytesAsync(Assert.Single(Staged), Cancel);
        Assert.Equal((32, 48, false, "jpg"), (upload.Width, upload.Height, upload.Animated, upload.Key.Extension));
        Assert.Equal((staged.Length, Convert.ToHexStringLower(SHA256.HashData(staged))), ((int)upload.Staged.Length, upload.Staged.Sha256));
        Assert.True(staged.Length < bytes.Length);
        Assert.Equal(CommitOutcome.Stored, await store.CommitAsync(upload.Staged.Token, upload.Key, Cancel));
        Assert.Empty(Staged);
    }

    [Theory]
    [InlineData("plain.png")]
    [InlineData("plain.jpg")]
    [InlineData("lossy.webp")]
    [InlineData("animated.webp")]
    public async Task Nothing_that_follows_an_image_is_kept(string name)
    {
        var clean = ImageReader.Read(Sample.Bytes(name))!.Clean.ToArray();
        foreach (var tail in (byte[][])[[.. "EXIF"u8, 8, 0, 0, 0, .. "52.5N13E"u8], [.. "<script>"u8], [.. "PK"u8, 3, 4], clean])
        {
            var upload = (await reader.ReadAsync(new MemoryStream([.. clean, .. tail]), Limit, Cancel)).Upload!;
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(clean)), upload.Key.Sha256);
            Assert.Equal(clean.Length, upload.Staged.Length);
        }
    }

    [Fact]
    public async Task What_cannot_be_taken_leaves_nothing_behind()
    {
        var gif = Sample.Bytes("animated.gif");
        async Task<string?> ErrorAsync(byte[] bytes, long limit) => (await reader.ReadAsync(new MemoryStream(bytes), limit, Cancel)).Error;
        Assert.Equal("unsupported_media", await ErrorAsync([], Limit));
        Assert.Equal("unsupported_media", await ErrorAsync(gif[..^1], Limit));
        Assert.Equal("unsupported_media", await ErrorAsync([.. "<svg/>"u8], Limit));
        Assert.Equal("too_large", await ErrorAsync(gif, gif.Length - 1));
        Assert.Null(await ErrorAsync(gif, gif.Length));
        Assert.Single(Staged);
    }

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task More_pixels_than_the_limits_are_refused_and_said(string name, byte[] bytes, string? detail)
    {
        var outcome = await reader.ReadAsync(new MemoryStream(bytes), Limit, Cancel);
        Assert.Equal((name, detail is null ? null : UploadOutcome.UnsupportedMedia, detail), (name, outcome.Error, outcome.Detail));
        Assert.Equal(detail is null ? 1 : 0, Staged.Length);
    }

    /// <summary>Small files that ask for much, of every format, and those that are just small enough.</summary>
    public static TheoryData<string, byte[], string?> Bombs()
    {
        const string picture = "This picture has 56 megapixels; at most 50 are taken.";
        const string animation = "The 1,001 frames of this animation have 4,004 megapixels together; at most 4,000 are taken.";
        return new()
        {
            { "gif", BombMaker.Gif(8000, 7000, 1), picture },
            { "gif's first frame beyond its screen", BombMaker.Gif(1, 1, 1, 8000, 7000), picture },
            { "gif's frames", BombMaker.Gif(2000, 2000, 1001), animation },
            { "gif", BombMaker.Gif(10_000, 5000, 1), null },
            { "gif's frames", BombMaker.Gif(2000, 2000, 1000), null },
            { "png", BombMaker.Png(8000, 7000, 0), picture },
            { "apng's frames", BombMaker.Png(2000, 2000, 1001), animation },
            { "png", BombMaker.Png(10_000, 5000, 0), null },
            { "apng's frames", BombMaker.Png(2000, 2000, 1000), null },
            { "jpeg", BombMaker.Jpeg(8000, 7000), picture },
            { "jpeg", BombMaker.Jpeg(10_000, 5000), null },
            { "webp, lossless", BombMaker.Lossless(8000, 7000), picture },
            { "webp, lossless", BombMaker.Lossless(10_000, 5000), null },
            { "webp, lossy", BombMaker.Lossy(8000, 7000), picture },
            { "webp, lossy", BombMaker.Lossy(10_000, 5000), null },
            { "webp's canvas", BombMaker.Frames(8000, 7000, 1), picture },
            { "webp's frames", BombMaker.Frames(2000, 2000, 1001), animation },
            { "webp's frames", BombMaker.Frames(2000, 2000, 1000), null },
        };
    }

    [Fact]
    public async Task Limits_are_settings()
    {
        var reader = new UploadReader(store, Options.Create(new ImageOptions { MaxMegapixels = 1, MaxAnimationMegapixels = 2 }));
        Assert.Equal(
            "This picture has 1.44 megapixels; at most 1 are taken.",
            (await reader.ReadAsync(new MemoryStream(BombMaker.Gif(1200, 1200, 1)), Limit, Cancel)).Detail);
        Assert.Equal(
            "The 3 frames of this animation have 3 megapixels together; at most 2 are taken.",
            (await reader.ReadAsync(new MemoryStream(BombMaker.Gif(1000, 1000, 3)), Limit, Cancel)).Detail);
        Assert.NotNull((await reader.ReadAsync(new MemoryStream(BombMaker.Gif(1000, 1000, 2)), Limit, Cancel)).Upload);
    }

    [Fact]
    public async Task Many_at_once_are_all_read()
    {
        var names = Sample.Names().ToArray();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 60)
            .Select(i => reader.ReadAsync(new MemoryStream(Sample.Bytes(names[i % names.Length])), Limit, Cancel)));
        Assert.All(outcomes, o => Assert.NotNull(o.Upload));
        Assert.Equal(names.Length, outcomes.Select(o => o.Upload!.Key).Distinct().Count());
    }
}
