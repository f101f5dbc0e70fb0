namespace GifShare.ApiFrontend.Media.Tus;

/// <summary>
/// Bytes between a client and the object store, which asks for their number first: a temporary file that has no name any more, so that it goes with its
/// handle, however the process ends. Written at its end, taken from its start.
/// </summary>
internal sealed class ChunkSpool : IAsyncDisposable
{
    private readonly FileStream file;
    private long start;

    public ChunkSpool()
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"gifshare-{System.IO.Path.GetRandomFileName()}");
        file = new(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        File.Delete(path);
    }

    /// <summary>Bytes that were written and not dropped.</summary>
    public long Length => file.Length - start;

    /// <exception cref="ObjectStore.ObjectStoreUnavailableException">The disk is full.</exception>
    public async Task Append(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await RandomAccess.WriteAsync(file.SafeFileHandle, bytes, file.Length);
        }
        catch (IOException e)
        {
            throw new ObjectStore.ObjectStoreUnavailableException("The folder for temporary files cannot be written.", e);
        }
    }

    /// <summary>The first bytes, to be read once.</summary>
    public Stream First(long length) => new Slice(file, start, length);

    public void Drop(long length)
    {
        start += length;
        if (start == file.Length)
        {
            file.SetLength(0);
            start = 0;
        }
    }

    public ValueTask DisposeAsync() => file.DisposeAsync();

    private sealed class Slice(FileStream file, long position, long length) : Stream
    {
        private readonly long end = position + length;
        private long at = position;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await RandomAccess.ReadAsync(file.SafeFileHandle, buffer[..(int)Math.Min(buffer.Length, end - at)], at, cancellationToken);
            at += read;
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
            // Nothing is written.
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
