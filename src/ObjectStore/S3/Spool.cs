using System.Buffers;
using System.Security.Cryptography;

namespace GifShare.ObjectStore;

/// <summary>
/// Content on its way to a store that asks for its length first and may have to be sent it twice: a temporary file that has no name any more, so
/// that it goes with its handle, however the process ends.
/// </summary>
sealed class Spool : IAsyncDisposable
{
    const int BufferSize = 64 * 1024;
    const int LookEvery = 1 << 20;

    Spool(FileStream file, string sha256) => (File, Sha256) = (file, sha256);

    /// <summary>At position 0.</summary>
    public FileStream File { get; }

    public string Sha256 { get; }

    public long Length => File.Length;

    /// <summary>All of the content; null when it is longer than <paramref name="limit"/>.</summary>
    /// <param name="minimumFree">Bytes that stay free on the disk of temporary files.</param>
    /// <exception cref="ObjectStoreUnavailableException">That disk is almost full, or cannot be written.</exception>
    public static Task<Spool?> ReadAllAsync(Stream content, long limit, long minimumFree, CancellationToken cancel) =>
        FillAsync(content, limit, ends: false, minimumFree, cancel);

    /// <summary>The content's next <paramref name="length"/> bytes.</summary>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    public static async Task<Spool> ReadExactlyAsync(Stream content, long length, long minimumFree, CancellationToken cancel) =>
        (await FillAsync(content, length, ends: true, minimumFree, cancel))!;

    public ValueTask DisposeAsync() => File.DisposeAsync();

    static async Task<Spool?> FillAsync(Stream content, long limit, bool ends, long minimumFree, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        var file = Guard(() => Open(minimumFree));
        Spool? filled = null;
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long length = 0, looked = 0;
            // Exceptions of the sender's stream are not ours: only the writes are guarded.
            while (!(ends && length == limit)
                && await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(BufferSize, ends ? limit - length : BufferSize)), cancel) is var read and > 0)
            {
                if ((length += read) > limit)
                    return null;
                if (length - looked >= LookEvery)
                {
                    Guard(() => CheckRoom(minimumFree));
                    looked = length;
                }

                hash.AppendData(buffer, 0, read);
                await WriteAsync(file, buffer.AsMemory(0, read), cancel);
            }

            if (ends && length < limit)
                throw new EndOfStreamException("The part is shorter than announced.");
            file.Position = 0;
            return filled = new(file, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (filled is null)
                await file.DisposeAsync();
        }
    }

    static FileStream Open(long minimumFree)
    {
        CheckRoom(minimumFree);
        var path = Path.Combine(Path.GetTempPath(), $"gifshare-{Path.GetRandomFileName()}");
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        System.IO.File.Delete(path);
        return file;
    }

    static bool CheckRoom(long minimumFree) => new DriveInfo(Path.GetTempPath()).AvailableFreeSpace >= minimumFree ? true
        : throw new ObjectStoreUnavailableException("The disk for temporary files is almost full.");

    static async ValueTask WriteAsync(FileStream file, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            await file.WriteAsync(bytes, cancel);
        }
        catch (IOException e)
        {
            throw Unusable(e);
        }
    }

    static T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
    }

    static ObjectStoreUnavailableException Unusable(Exception e) => new("The folder for temporary files cannot be used now.", e);
}
