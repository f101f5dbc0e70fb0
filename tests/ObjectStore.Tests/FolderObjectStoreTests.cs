using System.Security.Cryptography;

namespace GifShare.ObjectStore.Tests;

public sealed class FolderObjectStoreTests : ObjectStoreContract
{
    readonly string _root = Directory.CreateTempSubdirectory("gs-store-").FullName;
    readonly AddressSigner _signer = new(RandomNumberGenerator.GetBytes(32));

    public override ValueTask InitializeAsync()
    {
        Store = Open();
        return default;
    }

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return base.DisposeAsync();
    }

    FolderObjectStore Open(long minimumFree = 0) =>
        new(new FolderObjectStoreOptions { Path = _root, MinimumFreeBytes = minimumFree }, _signer, TimeProvider.System);

    protected override int Leftovers() =>
        Directory.GetFiles(Path.Combine(_root, "staging")).Length + Directory.GetDirectories(Path.Combine(_root, "uploads")).Length;

    protected override async Task<UploadedPart?> PutPartAsync(string address, string uploadId, int number, byte[] bytes)
    {
        Assert.StartsWith($"/media/parts/{uploadId}/{number}?a=", address);
        Assert.True(FolderObjectStore.TryVerifyPart(_signer, uploadId, number, address.Split("?a=")[1], DateTimeOffset.UtcNow, out var length));
        Assert.False(FolderObjectStore.TryVerifyPart(_signer, uploadId, number + 1, address.Split("?a=")[1], DateTimeOffset.UtcNow, out _));
        return await ((IPartReceiver)Store).ReceivePartAsync(uploadId, number, length, new MemoryStream(bytes), Cancel);
    }

    [Fact]
    public async Task Another_process_sees_the_same_store()
    {
        var bytes = Bytes(100);
        var staged = await StageAsync(bytes);
        Assert.Equal(CommitOutcome.Stored, await Open().CommitAsync(staged, KeyOf(bytes), Cancel));
        Assert.Equal(bytes, await ReadAsync(KeyOf(bytes)));
    }

    [Fact]
    public async Task What_a_crash_between_naming_and_cleaning_leaves_is_taken_up()
    {
        // The commit had linked the object and died before it removed the staged name.
        var bytes = Bytes(100);
        var staged = await StageAsync(bytes);
        var key = KeyOf(bytes);
        File.Copy(Path.Combine(_root, "staging", staged.Token), Path.Combine(_root, "objects", key.Sha256[..2], key.ToString()));
        Assert.Equal(CommitOutcome.AlreadyStored, await Store.CommitAsync(staged, key, Cancel));
        Assert.Equal(0, Leftovers());
    }

    [Fact]
    public async Task Foreign_files_are_not_listed_and_do_no_harm()
    {
        var key = await PutAsync(Bytes(100));
        await File.WriteAllTextAsync(Path.Combine(_root, "objects", "00", ".DS_Store"), "x", Cancel);
        await File.WriteAllTextAsync(Path.Combine(_root, "objects", "00", $"{new string('f', 64)}.gif"), "x", Cancel);
        List<ObjectKey> listed = [];
        await foreach (var info in Store.ListAsync(Cancel))
            listed.Add(info.Key);
        Assert.Equal([key], listed);
    }

    [Fact]
    public async Task A_full_disk_is_unavailable_before_anything_is_read()
    {
        var content = new MemoryStream(Bytes(100));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => Open(minimumFree: long.MaxValue).StageAsync(content, Limit, Cancel));
        Assert.Equal(0, content.Position);
    }

    [Fact]
    public async Task A_folder_that_is_gone_is_unavailable_not_empty()
    {
        var bytes = Bytes(100);
        var staged = await StageAsync(bytes);
        var key = await PutAsync(Bytes(50));
        Directory.Move(Path.Combine(_root, "objects"), Path.Combine(_root, "away"));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => Store.OpenAsync(key, Cancel));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => Store.ExistsAsync(key, Cancel));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => Store.DeleteAsync(key, Cancel));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => Store.CommitAsync(staged, KeyOf(bytes), Cancel));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(async () =>
        {
            await foreach (var info in Store.ListAsync(Cancel))
                Assert.NotNull(info);
        });
        Directory.Delete(Path.Combine(_root, "staging"), recursive: true);
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => StageAsync(bytes));
    }
}
