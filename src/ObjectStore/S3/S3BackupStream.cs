using Amazon.S3;
using Amazon.S3.Model;

namespace GifShare.ObjectStore;

/// <summary>
/// Writes an object of unknown length in parts of 64 MB, of which one is in memory: at most 640 GB. Without <see cref="CompleteAsync"/> nothing is left.
/// </summary>
public sealed class S3BackupStream : Stream
{
    const int PartBytes = 64 << 20;
    const int MostParts = 10_000;

    readonly S3Connection connection;
    readonly S3Options options;
    readonly string key, uploadId;
    readonly byte[] part = new byte[PartBytes];
    readonly List<PartETag> parts = [];
    int filled;
    bool isOver;

    internal S3BackupStream(S3Connection connection, S3Options options, string key, string uploadId) =>
        (this.connection, this.options, this.key, this.uploadId) = (connection, options, key, uploadId);

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
        await KnownAsync(connection.CopyAsync(
            (s3, limited) => s3.CompleteMultipartUploadAsync(new() { BucketName = options.Bucket, Key = key, UploadId = uploadId, PartETags = parts }, limited), cancel));
        isOver = true;
    }

    public override async ValueTask DisposeAsync()
    {
        if (!isOver)
        {
            isOver = true;
            try
            {
                await connection.AskAsync((s3, limited) => s3.AbortMultipartUploadAsync(options.Bucket, key, uploadId, limited), CancellationToken.None);
            }
            catch (Exception e) when (e is ObjectStoreUnavailableException or AmazonS3Exception)
            {
                // The bucket's rule for unfinished uploads ends it.
            }
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
        var answer = await KnownAsync(connection.MoveAsync(
            filled,
            async (s3, limited) =>
            {
                using var content = new MemoryStream(part, 0, filled, writable: false);
                return await s3.UploadPartAsync(
                    new()
                    {
                        BucketName = options.Bucket,
                        Key = key,
                        UploadId = uploadId,
                        PartNumber = parts.Count + 1,
                        PartSize = filled,
                        InputStream = content,
                        UseChunkEncoding = false,
                        DisablePayloadSigning = options.IsEncryptedOnTheWay,
                    },
                    limited);
            },
            cancel));
        parts.Add(new(parts.Count + 1, answer.ETag));
        filled = 0;
    }
}
