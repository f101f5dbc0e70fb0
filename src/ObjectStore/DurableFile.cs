using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace GifShare.ObjectStore;

/// <summary>What .NET does not offer: names that survive a power cut, and giving a name only when it is free.</summary>
static partial class DurableFile
{
    const int BufferSize = 128 * 1024, Exists = 17, NotFound = 2;

    /// <summary>Length of the hash that <see cref="WriteAsync"/> appends on demand.</summary>
    public const int TrailerLength = 32;

    /// <summary>Copies to a new file, hashing, and flushes it to the disk. Null when longer than the limit. Deletes nothing on failure.</summary>
    public static async Task<(byte[] Sha256, long Length)?> WriteAsync(
        string path, IEnumerable<Stream> contents, long limit, bool trailer, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using var file = Guard(() => new FileStream(path, NewFile()));
            long length = 0;
            foreach (var content in contents)
            {
                // The sender's exceptions are not the disk's: only the writes are guarded.
                while (await content.ReadAsync(buffer.AsMemory(0, BufferSize), cancel) is var read and > 0)
                {
                    if ((length += read) > limit)
                        return null;
                    hash.AppendData(buffer, 0, read);
                    await GuardAsync(() => file.WriteAsync(buffer.AsMemory(0, read), cancel));
                }
            }
            var sha256 = hash.GetHashAndReset();
            if (trailer)
                await GuardAsync(() => file.WriteAsync(sha256, cancel));
            await Task.Run(() => Guard(() => { file.Flush(flushToDisk: true); return true; }), CancellationToken.None);
            return (sha256, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>True: named. False: the name was taken, or null: there is no such source. One of these holds even after a crash.</summary>
    public static bool? MoveIfFree(string source, string target)
    {
        if (File.Exists(target))
            return false;
        if (!OperatingSystem.IsWindows())
        {
            // Not File.Move: without overwriting it copies where it cannot link, and a torn copy under a content hash would be a lie.
            if (Link(source, target) == 0)
            {
                File.Delete(source);
                return true;
            }
            switch (Marshal.GetLastPInvokeError())
            {
                case Exists: return false;
                case NotFound: return Missing(source, target);
            }
        }
        try
        {
            // A disk without hard links. Whatever is replaced in a race has the same hash, so the same bytes.
            File.Move(source, target, overwrite: true);
            return true;
        }
        catch (FileNotFoundException)
        {
            return Missing(source, target);
        }
    }

    /// <summary>Makes the names in a folder durable.</summary>
    public static void SyncFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var handle = Open(path, 0);
        if (handle < 0)
            throw new IOException($"Cannot open the folder {path}: error {Marshal.GetLastPInvokeError()}.");
        var failed = Fsync(handle) != 0;
        var error = Marshal.GetLastPInvokeError();
        _ = Close(handle);
        // EINVAL: a file system whose folders need no flush.
        if (failed && error != 22)
            throw new IOException($"Cannot flush the folder {path}: error {error}.");
    }

    public static T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(e);
        }
    }

    public static ObjectStoreUnavailableException Unavailable(Exception? e) => new("The object store's folder cannot be used now.", e);

    static async ValueTask GuardAsync(Func<ValueTask> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(e);
        }
    }

    static bool? Missing(string source, string target)
    {
        if (File.Exists(target))
            return false;
        if (Directory.Exists(Path.GetDirectoryName(source)) && Directory.Exists(Path.GetDirectoryName(target)))
            return null;
        throw new DirectoryNotFoundException("A folder of the object store is gone.");
    }

    static FileStreamOptions NewFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        return options;
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string source, string target);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
