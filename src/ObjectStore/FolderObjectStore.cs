using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace GifShare.ObjectStore;

/// <summary>
/// The store of one machine, or of several that share a folder:
/// <c>objects/{first two digits}/{key}</c>, <c>staging/{token}</c>, <c>uploads/{id}/{number}</c>.
/// An object appears by one atomic naming of a file that is on the disk already, so a crash never leaves half an object under a key.
/// </summary>
public sealed partial class FolderObjectStore : IObjectStore, IPartReceiver, IStoreSpace
{
    readonly AddressSigner _signer;
    readonly TimeProvider _time;
    readonly long _minimumFree;
    readonly string _objects, _staging, _uploads;

    /// <exception cref="ObjectStoreUnavailableException">The folder cannot be created.</exception>
    public FolderObjectStore(FolderObjectStoreOptions options, AddressSigner signer, TimeProvider time)
    {
        (_signer, _time, _minimumFree) = (signer, time, options.MinimumFreeBytes);
        var root = Path.GetFullPath(options.Path);
        (_objects, _staging, _uploads) = (Path.Combine(root, "objects"), Path.Combine(root, "staging"), Path.Combine(root, "uploads"));
        DurableFile.Guard(() =>
        {
            // All 256 at once, so that later a missing one means a missing disk, never a missing object.
            for (var i = 0; i < 256; i++)
                Directory.CreateDirectory(Path.Combine(_objects, i.ToString("x2")));
            Directory.CreateDirectory(_staging);
            Directory.CreateDirectory(_uploads);
            DurableFile.SyncFolder(_objects);
            DurableFile.SyncFolder(root);
            return true;
        });
    }

    public StoreSpace MeasureSpace() => DurableFile.Guard(() =>
    {
        var disk = new DriveInfo(_staging);
        return new StoreSpace(disk.AvailableFreeSpace, disk.TotalSize, _minimumFree);
    });

    public Task<StagedObject?> StageAsync(Stream content, long limit, CancellationToken cancel) =>
        StageAllAsync([content], limit, trailer: false, cancel);

    public Task<Stream?> OpenStagedAsync(StagedObject staged, CancellationToken cancel) =>
        Task.FromResult<Stream?>(OpenFile(StagedPath(staged), _staging));

    public Task<bool> DiscardAsync(StagedObject staged, CancellationToken cancel) =>
        Task.FromResult(DeleteFile(StagedPath(staged), _staging));

    public Task<CommitOutcome> CommitAsync(StagedObject staged, ObjectKey key, CancellationToken cancel)
    {
        var (source, target) = (StagedPath(staged), PathOf(key));
        if (key.Sha256 != staged.Sha256)
            throw new ArgumentException("The key is not that of the staged bytes.", nameof(key));
        return Task.Run(() => DurableFile.Guard(() =>
        {
            var moved = DurableFile.MoveIfFree(source, target);
            if (moved is null)
                return CommitOutcome.StagedGone;
            // Also when it was there: whoever named it may have died before this line.
            DurableFile.SyncFolder(Path.GetDirectoryName(target)!);
            if (moved is false)
                File.Delete(source);
            return moved is true ? CommitOutcome.Stored : CommitOutcome.AlreadyStored;
        }), CancellationToken.None);
    }

    public Task<OpenedObject?> OpenAsync(ObjectKey key, CancellationToken cancel)
    {
        var path = PathOf(key);
        var file = OpenFile(path, Path.GetDirectoryName(path)!);
        return Task.FromResult(file is null ? null : new OpenedObject(
            key, file, file.Length, $"\"{key.Sha256.AsSpan(0, 32)}\"", File.GetLastWriteTimeUtc(file.SafeFileHandle)));
    }

    public Task<bool> ExistsAsync(ObjectKey key, CancellationToken cancel)
    {
        var path = PathOf(key);
        return Task.FromResult(File.Exists(path) || Absent(Path.GetDirectoryName(path)!));
    }

    public Task<bool> DeleteAsync(ObjectKey key, CancellationToken cancel)
    {
        var path = PathOf(key);
        var folder = Path.GetDirectoryName(path)!;
        return Task.Run(() =>
        {
            var deleted = DeleteFile(path, folder);
            if (deleted)
                DurableFile.Guard(() => { DurableFile.SyncFolder(folder); return true; });
            return deleted;
        }, CancellationToken.None);
    }

    public async IAsyncEnumerable<StoredObjectInfo> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        for (var i = 0; i < 256; i++)
        {
            var folder = new DirectoryInfo(Path.Combine(_objects, i.ToString("x2")));
            var found = await Task.Run(() => DurableFile.Guard(() => List(folder)), cancel);
            foreach (var info in found)
                yield return info;
        }
    }

    public Task<int> SweepStagingAsync(TimeSpan age, CancellationToken cancel)
    {
        var before = _time.GetUtcNow().UtcDateTime - age;
        return Task.Run(() => DurableFile.Guard(() =>
        {
            var swept = 0;
            foreach (var file in new DirectoryInfo(_staging).EnumerateFiles())
            {
                if (file.LastWriteTimeUtc < before && DeleteFile(file.FullName, _staging))
                    swept++;
            }
            foreach (var upload in new DirectoryInfo(_uploads).EnumerateDirectories())
            {
                if (upload.LastWriteTimeUtc < before && DeleteUpload(upload.FullName))
                    swept++;
            }
            return swept;
        }), cancel);
    }

    async Task<StagedObject?> StageAllAsync(IEnumerable<Stream> contents, long limit, bool trailer, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        if (DurableFile.Guard(() => new DriveInfo(_staging).AvailableFreeSpace) < _minimumFree)
            throw new ObjectStoreUnavailableException("The object store's disk is almost full.");
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var path = Path.Combine(_staging, token);
        (byte[] Sha256, long Length)? written = null;
        try
        {
            written = await DurableFile.WriteAsync(path, contents, limit, trailer, cancel);
        }
        finally
        {
            if (written is null)
                TryDelete(path);
        }
        return written is { } w ? new StagedObject(token, Convert.ToHexStringLower(w.Sha256), w.Length) : null;
    }

    static List<StoredObjectInfo> List(DirectoryInfo folder)
    {
        List<StoredObjectInfo> found = [];
        foreach (var file in folder.EnumerateFiles())
        {
            if (!ObjectKey.TryParse(file.Name, out var key) || !key.Sha256.StartsWith(folder.Name, StringComparison.Ordinal))
                continue;
            try
            {
                found.Add(new StoredObjectInfo(key, file.Length, file.LastWriteTimeUtc));
            }
            catch (FileNotFoundException)
            {
                // Deleted since it was listed.
            }
        }
        return found;
    }

    static FileStream? OpenFile(string path, string folder)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (FileNotFoundException)
        {
            _ = Absent(folder);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Unavailable(e);
        }
    }

    static bool DeleteFile(string path, string folder) => DurableFile.Guard(() =>
    {
        if (!File.Exists(path))
            return Absent(folder);
        File.Delete(path);
        return true;
    });

    /// <summary>False: absent from a folder that is there. A folder that is gone is a disk that is gone.</summary>
    static bool Absent(string folder) => Directory.Exists(folder) ? false : throw DurableFile.Unavailable(null);

    static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The sweeper takes it.
        }
    }

    /// <summary>Where a store in the folder <paramref name="root"/> has this object: for who fills a store before it is used (a restored backup).</summary>
    public static string PathIn(string root, ObjectKey key) => Path.Combine(root, "objects", key.Sha256[..2], key.ToString());

    string PathOf(ObjectKey key) => key.Sha256 is null
        ? throw new ArgumentException("An empty key.", nameof(key))
        : Path.Combine(_objects, key.Sha256[..2], key.ToString());

    string StagedPath(StagedObject staged) => IsToken(staged.Token)
        ? Path.Combine(_staging, staged.Token)
        : throw new ArgumentException("Not a token of this store.", nameof(staged));

    static bool IsToken(string token) => token.Length == 32 && ObjectKey.IsLowerHex(token);
}
