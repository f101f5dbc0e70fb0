using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace GifShare.ObjectStore;

/// <summary>
/// An object store in a folder, for one machine or several that share it: <c>objects/{first two digits}/{key}</c>, <c>staging/{token}</c>, and
/// <c>uploads/{token}</c> for uploads in parts (<see cref="FolderUploads"/>). A commit atomically renames a file that is already flushed, so a crash
/// never leaves a partial object under a key.
/// </summary>
/// <remarks>Replaces an S3 server and AWSSDK.S3: a single machine should need no second server to store files.</remarks>
public sealed class FolderObjectStore : IObjectStore, IStoreSpace
{
    readonly TimeProvider time;
    readonly long minimumFree;
    readonly string objects, staging;
    readonly FolderUploads uploads;

    /// <exception cref="ObjectStoreUnavailableException">The folder cannot be created.</exception>
    public FolderObjectStore(FolderObjectStoreOptions options, TimeProvider time)
    {
        (this.time, minimumFree) = (time, options.MinimumFreeBytes);
        var root = Path.GetFullPath(options.Path);
        (objects, staging) = (Path.Combine(root, "objects"), Path.Combine(root, "staging"));
        var parts = Path.Combine(root, "uploads");
        uploads = new(parts, staging, CheckRoom);
        DurableFile.Guard(() =>
        {
            // All 256 folders are created up front, so that a missing folder later means a missing disk, not a missing object.
            for (var i = 0; i < 256; i++)
                Directory.CreateDirectory(Path.Combine(objects, i.ToString("x2")));
            Directory.CreateDirectory(staging);
            Directory.CreateDirectory(parts);
            DurableFile.SyncFolder(objects);
            DurableFile.SyncFolder(root);
            return true;
        });
    }

    public StoreSpace MeasureSpace() => DurableFile.Guard(() =>
    {
        var disk = new DriveInfo(staging);
        return new StoreSpace(disk.AvailableFreeSpace, disk.TotalSize, minimumFree);
    });

    public async Task<StagedObject?> StageAsync(Stream content, long limit, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var path = Path.Combine(staging, token);
        (byte[] Sha256, long Length)? written = null;
        try
        {
            written = await DurableFile.WriteAsync(path, content, limit, CheckRoom, cancel);
        }
        finally
        {
            if (written is null)
                TryDelete(path);
        }
        return written is { } w ? new StagedObject(token, Convert.ToHexStringLower(w.Sha256), w.Length) : null;
    }

    public Task<Stream?> OpenStagedAsync(string token, CancellationToken cancel) =>
        Task.FromResult<Stream?>(OpenFile(StagedPath(token), staging));

    public Task<bool> DiscardAsync(string token, CancellationToken cancel) =>
        Task.FromResult(DeleteFile(StagedPath(token), staging));

    public long SmallestPart => 0;

    public Task<MultipartUpload> BeginUploadAsync(string contentType, CancellationToken cancel) => uploads.BeginAsync();

    public string? ClientOrigin => null;

    public Uri? AddressOfPart(MultipartUpload upload, PartPlace place, string? contentType, TimeSpan life) => null;

    public Uri? AddressOf(ObjectKey key, TimeSpan life) => null;

    public Task<ReceivedPart?> PutPartAsync(MultipartUpload upload, PartPlace place, Stream content, CancellationToken cancel) =>
        uploads.PutAsync(Checked(upload), place, content, cancel);

    public Task<IReadOnlyList<ReceivedPart>?> ListPartsAsync(MultipartUpload upload, CancellationToken cancel) =>
        Task.FromResult(uploads.List(Checked(upload)));

    public Task<long?> CompleteUploadAsync(MultipartUpload upload, IReadOnlyList<ReceivedPart> parts, CancellationToken cancel) =>
        uploads.CompleteAsync(Checked(upload), parts, cancel);

    public async Task<bool> AbortUploadAsync(MultipartUpload upload, CancellationToken cancel)
    {
        var wasOpen = await uploads.AbortAsync(Checked(upload));
        return await DiscardAsync(upload.Token, cancel) || wasOpen;
    }

    public Task<CommitOutcome> CommitAsync(string token, ObjectKey key, CancellationToken cancel)
    {
        var (source, target) = (StagedPath(token), PathOf(key));
        return Task.Run(() => DurableFile.Guard(() =>
        {
            var moved = DurableFile.MoveIfFree(source, target);
            if (moved is null)
                return CommitOutcome.StagedGone;
            // Also when the target existed: the process that renamed it may have died before it flushed the folder.
            DurableFile.SyncFolder(Path.GetDirectoryName(target)!);
            if (moved is false)
                File.Delete(source);
            return moved is true ? CommitOutcome.Stored : CommitOutcome.AlreadyStored;
        }), CancellationToken.None);
    }

    public Task<OpenedObject?> OpenAsync(ObjectKey key, CancellationToken cancel)
    {
        var path = PathOf(key);
        return Task.FromResult(OpenFile(path, Path.GetDirectoryName(path)!) is { } file
            ? new OpenedObject(key, file, file.Length, $"\"{key.Sha256.AsSpan(0, 32)}\"", File.GetLastWriteTimeUtc(file.SafeFileHandle))
            : null);
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

    public async IAsyncEnumerable<StoredObjectInfo> ListAsync(byte shard, [EnumeratorCancellation] CancellationToken cancel)
    {
        var folder = new DirectoryInfo(Path.Combine(objects, shard.ToString("x2")));
        foreach (var info in await Task.Run(() => DurableFile.Guard(() => List(folder)), cancel))
            yield return info;
    }

    public Task<int> SweepStagingAsync(TimeSpan age, IReadOnlySet<string> kept, CancellationToken cancel)
    {
        var before = time.GetUtcNow().UtcDateTime - age;
        return Task.Run(() => DurableFile.Guard(() =>
        {
            var swept = 0;
            foreach (var file in new DirectoryInfo(staging).EnumerateFiles())
            {
                if (file.LastWriteTimeUtc < before && !kept.Contains(file.Name) && DeleteFile(file.FullName, staging))
                    swept++;
            }
            return swept + uploads.Sweep(before, kept);
        }), cancel);
    }

    void CheckRoom()
    {
        if (MeasureSpace() is { } space && space.Free < space.Reserve)
            throw new ObjectStoreFullException();
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
                // The file was deleted after it was listed.
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

    /// <summary>False when the folder exists (only the file is missing); throws when the folder is missing (the disk is).</summary>
    static bool Absent(string folder) => Directory.Exists(folder) ? false : throw DurableFile.Unavailable(null);

    static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Left for the sweeper.
        }
    }

    /// <summary>The path of an object in a store at <paramref name="root"/>, for filling a store offline (restore of a backup).</summary>
    public static string PathIn(string root, ObjectKey key) => Path.Combine(root, "objects", key.Sha256[..2], key.ToString());

    string PathOf(ObjectKey key) => key.Sha256 is null
        ? throw new ArgumentException("An empty key.", nameof(key))
        : Path.Combine(objects, key.Sha256[..2], key.ToString());

    string StagedPath(string token) => IsToken(token) ? Path.Combine(staging, token) : throw NoToken(nameof(token));

    static string Checked(MultipartUpload upload) => IsToken(upload.Token) ? upload.Token : throw NoToken(nameof(upload));

    static ArgumentException NoToken(string parameter) => new("Not a token of this store.", parameter);

    static bool IsToken(string token) => token.Length == 32 && ObjectKey.IsLowerHex(token);
}
