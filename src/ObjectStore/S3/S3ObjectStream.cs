using Amazon.S3;
using Amazon.S3.Model;

namespace GifShare.ObjectStore;

/// <summary>
/// An object as one running GET, which is followed to its end. Reading elsewhere than it goes on ends it and asks for the rest from there; so does an
/// answer that breaks off. Reads are asynchronous only. It holds a place among those that read (<see cref="S3Connection.BeginReadingAsync"/>).
/// </summary>
sealed class S3ObjectStream(S3Connection connection, string bucket, string key, GetObjectResponse first) : Stream
{
    GetObjectResponse? running = first;
    long runningAt, position;
    bool isClosed;

    public override bool CanRead => !isClosed;

    public override bool CanSeek => !isClosed;

    public override bool CanWrite => false;

    public override long Length { get; } = first.ContentLength;

    public override long Position
    {
        get => position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            position = value;
        }
    }

    /// <exception cref="ObjectStoreUnavailableException">The store went away, or somebody deleted the object before a seek.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(isClosed, this);
        if (position >= Length || buffer.IsEmpty)
            return 0;
        for (var repeated = false; ; repeated = true)
        {
            if (running is null || runningAt != position)
                await AskAgainAsync(cancellationToken);
            try
            {
                var read = await ReadRunningAsync(buffer, cancellationToken);
                if (read == 0)
                    throw new EndOfStreamException("The object store's answer ends early.");
                position += read;
                runningAt = position;
                return read;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && (S3Failure.IsAway(e) || e is OperationCanceledException))
            {
                End();
                if (repeated)
                    throw new ObjectStoreUnavailableException("The object store's answer breaks off.", e);
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Objects are read asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => position,
        _ => Length,
    };

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !isClosed)
        {
            isClosed = true;
            End();
            connection.EndReading();
        }

        base.Dispose(disposing);
    }

    async Task AskAgainAsync(CancellationToken cancel)
    {
        End();
        try
        {
            // The key names the bytes, so no condition is needed.
            running = await connection.AskAsync(
                (s3, token) => s3.GetObjectAsync(new GetObjectRequest { BucketName = bucket, Key = key, ByteRange = new ByteRange($"bytes={position}-") }, token), cancel);
            runningAt = position;
        }
        catch (AmazonS3Exception e) when (S3Failure.IsMissing(e))
        {
            throw new ObjectStoreUnavailableException("The object was deleted while it was read.", e);
        }
    }

    async Task<int> ReadRunningAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(connection.Patience);
        return await running!.ResponseStream.ReadAsync(buffer, limited.Token);
    }

    void End()
    {
        running?.Dispose();
        running = null;
    }
}
