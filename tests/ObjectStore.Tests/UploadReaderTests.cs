using System.Security.Cryptography;

namespace GifShare.ObjectStore.Tests;

public sealed class UploadReaderTests : IDisposable
{
    const long Limit = 25 << 20;
    readonly string _root = Directory.CreateTempSubdirectory("gs-upload-").FullName;
    readonly FolderObjectStore _store;
    readonly UploadReader _reader;

    public UploadReaderTests()
    {
        _store = new FolderObjectStore(new() { Path = _root, MinimumFreeBytes = 0 }, new AddressSigner(new byte[32]), TimeProvider.System);
        _reader = new UploadReader(_store);
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    string[] Staged => Directory.GetFiles(Path.Combine(_root, "staging"));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_gif_is_staged_byte_for_byte()
    {
        var bytes = Sample.Bytes("animated.gif");
        var upload = (await _reader.ReadAsync(new MemoryStream(bytes), Limit, Cancel)).Upload!;
        Assert.Equal((48, 32, true, "image/gif"), (upload.Width, upload.Height, upload.Animated, upload.ContentType));
        Assert.Equal($"{Convert.ToHexStringLower(SHA256.HashData(bytes))}.gif", upload.Key.ToString());
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Assert.Single(Staged), Cancel));
    }

    [Fact]
    public async Task A_photo_is_staged_clean_and_only_once()
    {
        var bytes = Sample.Bytes("gps-orientation6.jpg");
        var upload = (await _reader.ReadAsync(new MemoryStream(bytes), Limit, Cancel)).Upload!;
        var staged = await File.ReadAllBytesAsync(Assert.Single(Staged), Cancel);
        Assert.Equal((32, 48, false, "jpg"), (upload.Width, upload.Height, upload.Animated, upload.Key.Extension));
        Assert.Equal((staged.Length, Convert.ToHexStringLower(SHA256.HashData(staged))), ((int)upload.Staged.Length, upload.Staged.Sha256));
        Assert.True(staged.Length < bytes.Length);
        Assert.Equal(CommitOutcome.Stored, await _store.CommitAsync(upload.Staged, upload.Key, Cancel));
        Assert.Empty(Staged);
    }

    [Fact]
    public async Task What_cannot_be_taken_leaves_nothing_behind()
    {
        var gif = Sample.Bytes("animated.gif");
        async Task<string?> ErrorAsync(byte[] bytes, long limit) => (await _reader.ReadAsync(new MemoryStream(bytes), limit, Cancel)).Error;
        Assert.Equal("unsupported_media", await ErrorAsync([], Limit));
        Assert.Equal("unsupported_media", await ErrorAsync(gif[..^1], Limit));
        Assert.Equal("unsupported_media", await ErrorAsync([.. "<svg/>"u8], Limit));
        Assert.Equal("too_large", await ErrorAsync(gif, gif.Length - 1));
        Assert.Null(await ErrorAsync(gif, gif.Length));
        Assert.Single(Staged);
    }

    [Fact]
    public async Task Many_at_once_are_all_read()
    {
        var names = Sample.Names().ToArray();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 60)
            .Select(i => _reader.ReadAsync(new MemoryStream(Sample.Bytes(names[i % names.Length])), Limit, Cancel)));
        Assert.All(outcomes, o => Assert.NotNull(o.Upload));
        Assert.Equal(names.Length, outcomes.Select(o => o.Upload!.Key).Distinct().Count());
    }
}
