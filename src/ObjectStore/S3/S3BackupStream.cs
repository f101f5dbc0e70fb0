using Amazon.S3;

namespace GifShare.ObjectStore;

/// <summary>
/// Writes an object of unknown length in parts of 64 MB, of which one is in memory: at most 640 GB. Without <see cref="CompleteAsync"/> nothing is left.
/// </summary>
public sealed class S3BackupStream : Stream
{
    const int PartBytes = 64 << 20;
    const int MostParts = 10_000;

    readonly S3Uploads uploads;
    readonly string key, uploadId;
    readonly byte[] part = new byte[PartBytes];
    readonly List<ReceivedPart> parts = [];
    int filled;
    bool isOver;

    internal S3BackupStream(S3Uploads uploads, string key, string uploadId) => (this.uploads, this.key, this.uploadId) = (uploads, key, uploadId);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Position;

    /// <summary>Bytes written.</summary>
    public override long Position
    {
        get => ((long)parts.Count * PartBytes) + filled;
        set => throw new NotSupportedException();
    }

    /// <exception cref="ObjectStoreUnavailableException">The store is away.</exception>
    /// <exception cref="IOException">More than 640 GB.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            if (filled == PartBytes)
                await SendAsync(cancellationToken);
            var some = Math.Min(buffer.Length, PartBytes - filled);
            buffer[..some].CopyTo(part.AsMemory(filled));
            filled += some;
            buffer = buffer[some..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Not supported: parts are sent asynchronously.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write asynchronously.");

    public override void Flush()
    {
    }

    /// <summary>Sends the rest and gives the object its name, atomically.</summary>
    public async Task CompleteAsync(CancellationToken cancel)
    {
        await SendAsync(cancel);
        await KnownAsync(uploads.JoinAsync(key, uploadId, parts, cancel));
        isOver = true;
    }

    public override async ValueTask DisposeAsync()
    {
        if (!isOver)
        {
            isOver = true;
            await uploads.GiveUpAsync(key, uploadId);
        }

        await base.DisposeAsync();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    static async Task<T> KnownAsync<T>(Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (AmazonS3Exception e) when (S3Failure.IsMissing(e))
        {
            throw new ObjectStoreUnavailableException("The unfinished backup is gone from the bucket, or it is complete and the answer was lost; look whether it is there.", e);
        }
    }

    async Task SendAsync(CancellationToken cancel)
    {
        if (parts.Count == MostParts)
            throw new IOException("More than 640 GB, which is the most that a backup in a bucket may have.");
        using var content = new MemoryStream(part, 0, filled, writable: false);
        parts.Add(await KnownAsync(uploads.SendAsync(key, uploadId, parts.Count + 1, content, filled, cancel)));
        filled = 0;
    }
}
