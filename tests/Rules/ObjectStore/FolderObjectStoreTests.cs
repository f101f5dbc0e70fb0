using System.Diagnostics;
using GifShare.Fixtures.ObjectStore;
using GifShare.ObjectStore;

namespace GifShare.Rules.Tests.ObjectStore;

public sealed class FolderObjectStoreTests : ObjectStoreContract
{
    readonly string root = Directory.CreateTempSubdirectory("gs-store-").FullName;

    public override ValueTask InitializeAsync()
    {
        Store = Open();
        return default;
    }

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(root, recursive: true);
        return base.DisposeAsync();
    }

    FolderObjectStore Open(long minimumFree = 0) =>
        new(new FolderObjectStoreOptions { Path = root, MinimumFreeBytes = minimumFree }, TimeProvider.System);

    protected override Task<int> LeftoversAsync() =>
        Task.FromResult(Directory.GetFiles(Path.Combine(root, "staging")).Length + Directory.GetDirectories(Path.Combine(root, "uploads")).Length);

    protected override IObjectStore Reopened() => Open();

    [Fact]
    public async Task Another_process_sees_the_same_store()
    {
        var bytes = Bytes(100);
        var staged = await StageAsync(bytes);
        Assert.Equal(CommitOutcome.Stored, await Open().CommitAsync(staged.Token, KeyOf(bytes), Cancel));
        Assert.Equal(bytes, await ReadAsync(KeyOf(bytes)));
    }

    [Fact]
    public async Task What_a_crash_between_naming_and_cleaning_leaves_is_taken_up()
    {
        // The commit had linked the object and died before it removed the staged name.
        var bytes = Bytes(100);
        var staged = await StageAsync(bytes);
        var key = KeyOf(bytes);
        File.Copy(Path.Combine(root, "staging", staged.Token), Path.Combine(root, "objects", key.Sha256[..2], key.ToString()));
        Assert.Equal(CommitOutcome.AlreadyStored, await Store.CommitAsync(staged.Token, key, Cancel));
        Assert.Equal(0, await LeftoversAsync());
    }

    [Fact]
    public async Task Parts_that_are_left_out_are_deleted()
    {
        var (upload, parts) = (await Begin(), Parts(100, 10));
        await PutAsync(upload, parts, 1);
        Assert.Equal(100, await Store.CompleteUploadAsync(upload, [(await PutAsync(upload, parts, 0))!], Cancel));
        Assert.Equal(parts[0].Bytes, await StagedAsync(upload));
    }

    [Fact]
    public async Task Foreign_files_are_not_listed_and_do_no_harm()
    {
        var key = await PutAsync(Bytes(100));
        await File.WriteAllTextAsync(Path.Combine(root, "objects", "00", ".DS_Store"), "x", Cancel);
        await File.WriteAllTextAsync(Path.Combine(root, "objects", "00", $"{new string('f', 64)}.gif"), "x", Cancel);
        List<ObjectKey> listed = [];
        await foreach (var info in Store.ListAsync(Cancel))
            listed.Add(info.Key);
        Assert.Equal([key], listed);
    }

    [Fact]
    public async Task A_full_disk_is_unavailable_before_anything_is_read()
    {
        var content = new MemoryStream(Bytes(100));
        await Assert.ThrowsAsync<ObjectStoreFullException>(() => Open(minimumFree: long.MaxValue).StageAsync(content, Limit, Cancel));
        Assert.Equal(0, content.Position);
    }

    [Fact]
    public async Task A_disk_that_fills_up_meanwhile_ends_the_writing_and_keeps_nothing()
    {
        // Others write to this disk as well: the steps are larger than what they do meanwhile.
        const long step = 512L << 20;
        var free = new DriveInfo(root).AvailableFreeSpace;
        Assert.SkipUnless(free > 4 * step, "Needs 2 GB on the disk of temporary files.");
        var filler = Path.Combine(root, "filler");
        await using var content = new Interrupted(new MemoryStream(Bytes(8 << 20)), 2 << 20, () =>
        {
            using var fallocate = Process.Start("fallocate", ["-l", $"{2 * step}", filler]);
            fallocate.WaitForExit();
        });
        await Assert.ThrowsAsync<ObjectStoreFullException>(() => Open(minimumFree: free - step).StageAsync(content, long.MaxValue, Cancel));
        Assert.InRange(content.Position, 2 << 20, 4 << 20);
        Assert.Empty(Directory.GetFiles(Path.Combine(root, "staging")));
        File.Delete(filler);
    }

    /// <summary>Something happens when so much has been read.</summary>
    sealed class Interrupted(MemoryStream bytes, long at, Action happens) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => bytes.Length;

        public override long Position { get => bytes.Position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var before = bytes.Position;
            var read = bytes.Read(buffer, offset, count);
            if (before < at && bytes.Position >= at)
                happens();
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    [Fact]
    public async Task A_folder_that_is_gone_is_unavailable_not_empty()
    {
        var bytes = Bytes(100);
        var staged = await StageAsync(bytes);
        var key = await PutAsync(Bytes(50));
        Directory.Move(Path.Combine(root, "objects"), Path.Combine(root, "away"));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => Store.OpenAsync(key, Cancel));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => Store.ExistsAsync(key, Cancel));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => Store.DeleteAsync(key, Cancel));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => Store.CommitAsync(staged.Token, KeyOf(bytes), Cancel));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(async () =>
        {
            await foreach (var info in Store.ListAsync(Cancel))
                Assert.NotNull(info);
        });
        Directory.Delete(Path.Combine(root, "staging"), recursive: true);
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => StageAsync(bytes));
    }
}
