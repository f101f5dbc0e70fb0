using System.Formats.Tar;
using System.Security.Cryptography;
using GifShare.ObjectStore;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Backup;

/// <summary>Writes the entries of a backup to its place, and hashes them.</summary>
internal sealed class BackupWriter : IAsyncDisposable
{
    private readonly BackupPlace place;
    private readonly SHA256 hash = SHA256.Create();
    private readonly CryptoStream hashed;
#pragma warning disable IDISP002, IDISP006 // Never disposed: disposal writes the end of the tar, which BackupFormat.Tail contains.
    private readonly TarWriter tar;
#pragma warning restore IDISP002, IDISP006
    private long objects;

    /// <param name="place">Disposed by the caller, after this.</param>
    public BackupWriter(BackupPlace place)
    {
        this.place = place;
        hashed = new CryptoStream(place.Stream, hash, CryptoStreamMode.Write, leaveOpen: true);
        tar = new TarWriter(hashed, TarEntryFormat.Ustar, leaveOpen: true);
    }

    public long Length => place.Stream.Position;

    public void NeedSpace(long bytes) => place.NeedSpace(bytes);

    public Task AddAsync(string name, byte[] content, DateTimeOffset modified, CancellationToken cancellationToken) =>
        AddAsync(name, new MemoryStream(content, writable: false), modified, cancellationToken);

    public Task AddAsync(string name, Stream content, DateTimeOffset modified, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        NeedSpace(content.Length);
        var end = place.Stream.Position + BackupFormat.Block + content.Length + BackupFormat.Padding(content.Length);
        await tar.WriteEntryAsync(BackupFormat.Entry(name, modified, content), cancellationToken);
        if (place.Stream.Position != end)
            throw new IOException($"{name} changed while it was read.");
    });

    /// <summary>Adds a stored file. False, with nothing added, when its bytes do not match the hash in its name.</summary>
    public async Task<bool> AddAsync(OpenedObject stored, CancellationToken cancellationToken)
    {
        // Read twice, the second time from the page cache, or by another request of the bucket: one corrupt file must not yield a backup that restore refuses.
        if (Convert.ToHexStringLower(await SHA256.HashDataAsync(stored.Content, cancellationToken)) != stored.Key.Sha256)
            return false;
        stored.Content.Position = 0;
        await AddAsync(BackupFormat.Objects + stored.Key, stored.Content, stored.LastModified, cancellationToken);
        objects++;
        return true;
    }

    /// <summary>Writes the end entry and completes the backup.</summary>
    public Task FinishAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await hashed.FlushFinalBlockAsync(cancellationToken);
        await place.Stream.WriteAsync(BackupFormat.Tail(hash.Hash, objects), cancellationToken);
        await place.CompleteAsync(cancellationToken);
    });

    public async ValueTask DisposeAsync()
    {
        try
        {
            await hashed.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or ObjectStoreUnavailableException)
        {
            // The unflushed rest of a backup that is given up.
        }

        hash.Dispose();
    }

    private static async Task GuardAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (IOException e)
        {
            throw new StartFailedException($"The backup could not be written: {e.Message}", ExitCodes.Failure, e);
        }
    }
}
