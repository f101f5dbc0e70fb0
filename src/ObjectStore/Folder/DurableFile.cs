using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace GifShare.ObjectStore;

/// <summary>File operations that .NET lacks: durable renames (fsync of the folder) and create-if-absent by hard link.</summary>
static partial class DurableFile
{
    /// <summary>Bytes. Below the threshold of the large object heap (85,000 bytes), whose memory is returned late after many simultaneous uploads.</summary>
    const int BufferSize = 64 * 1024;

    const int Exists = 17, NotFound = 2;

    /// <summary>Bytes written between two checks of free space.</summary>
    const int LookEvery = 1 << 20;

    /// <summary>Copies a stream to a new file, hashes it and flushes it to disk. Null when it exceeds the limit. The caller deletes the file on failure.</summary>
    /// <param name="checkRoom">Called before the first byte and after each megabyte; throws when too little space is free.</param>
    public static async Task<(byte[] Sha256, long Length)?> WriteAsync(
        string path, Stream content, long limit, Action checkRoom, CancellationToken cancel)
    {
        checkRoom();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using var file = Guard(() => new FileStream(path, NewFile()));
            long length = 0, looked = 0;
            // Exceptions of the sender's stream are not disk errors: only the writes are guarded.
            while (await content.ReadAsync(buffer.AsMemory(0, BufferSize), cancel) is var read and > 0)
            {
                if ((length += read) > limit)
                    return null;
                if (length - looked >= LookEvery)
                {
                    checkRoom();
                    looked = length;
                }
                hash.AppendData(buffer, 0, read);
                await GuardAsync(() => file.WriteAsync(buffer.AsMemory(0, read), cancel));
            }
            var sha256 = hash.GetHashAndReset();
            await Task.Run(() => Guard(() => { file.Flush(flushToDisk: true); return true; }), CancellationToken.None);
            return (sha256, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Renames durably. True: renamed. False: the target exists. Null: the source does not exist.</summary>
    public static bool? MoveIfFree(string source, string target)
    {
        if (File.Exists(target))
            return false;
        if (!OperatingSystem.IsWindows())
        {
            // Not File.Move: it falls back to copying, and a crash would leave a partial copy under the complete file's hash.
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
            // A file system without hard links. A file that is replaced in a race has the same hash, hence the same bytes.
            File.Move(source, target, overwrite: true);
            return true;
        }
        catch (FileNotFoundException)
        {
            return Missing(source, target);
        }
    }

    /// <summary>Flushes a folder's directory entries to disk.</summary>
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
        // EINVAL: the file system does not support fsync on folders.
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

    public static async ValueTask GuardAsync(Func<ValueTask> work)
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

    public static async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
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
