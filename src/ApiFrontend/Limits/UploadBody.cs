using System.Buffers;
using System.IO.Pipelines;

namespace GifShare.ApiFrontend.Limits;

/// <summary>
/// The body stream of an upload. The first read reserves capacity (after the endpoint's other checks), every read is counted, and a body that arrives
/// too slowly is ended.
/// </summary>
/// <exception cref="RefusedException">No capacity: quota_exceeded, rate_limited, unavailable.</exception>
/// <exception cref="BadHttpRequestException">408: too slow.</exception>
internal sealed class UploadBody(HttpContext context, UserId user, UploadMetadata upload, UploadRoom room, UploadOptions options) : Stream
{
    private const int Megabyte = 1 << 20;

    /// <summary>Where ASP.NET's form reader buffers files.</summary>
    private static readonly string Temp = Environment.GetEnvironmentVariable("ASPNETCORE_TEMP") is { Length: > 0 } folder ? folder : Path.GetTempPath();

    // The pipe, not Request.Body, and never a read that is given up: it would leave a body that the server cannot drain.
    private readonly PipeReader body = context.Request.BodyReader;
    private UploadPlace? place;
    private Timer? slowTimer;
    private long leftOfMegabyte;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (place is null)
            await Enter();
        await using var cancelling = cancellationToken.UnsafeRegister(static body => ((PipeReader)body!).CancelPendingRead(), body);
        var result = await body.ReadAsync(CancellationToken.None);
        var read = (int)Math.Min(buffer.Length, result.Buffer.Length);
        result.Buffer.Slice(0, read).CopyTo(buffer.Span);
        body.AdvanceTo(result.Buffer.GetPosition(read));
        cancellationToken.ThrowIfCancellationRequested();
        if (result.IsCanceled)
            throw new BadHttpRequestException("A body came too slowly.", StatusCodes.Status408RequestTimeout);
        if (read == 0)
            slowTimer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        else if (place!.Arrive(read) is { } refusal)
            throw new RefusedException(refusal);
        else if ((leftOfMegabyte -= read) <= 0)
            StartMegabyte();
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Passes on what was read, during which the client is not the one who is slow; then it does not count as in progress any more.</summary>
    public async Task<T> PassOn<T>(Func<Task<T>> pass)
    {
        slowTimer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var passed = await pass();
        if (place is not null)
        {
            place.Dispose();
            place = room.Open(user, null);
            StartMegabyte();
        }

        return passed;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            place?.Dispose();
            slowTimer?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task Enter()
    {
        long? left = null;
        if (upload.OwnBudget)
        {
            var me = await context.RequestServices.GetRequiredService<IGrainFactory>().User(user).GetMe();
            if (!me.Succeeded(out var profile, out var error))
                throw new RefusedException(error);
            left = profile.StorageQuota - profile.StorageUsed;
        }

        place = room.Open(user, left);
        if (!upload.IsPassedOn && context.Request.ContentLength is > 0 and var length && place.Announce(length) is { } refusal)
            throw new RefusedException(refusal);
        // Releases the capacity before the client can send the next upload: the stored file counts by its row from now on.
        context.Response.OnStarting(static body =>
        {
            ((UploadBody)body).place!.Dispose();
            return Task.CompletedTask;
        }, this);
        slowTimer = new(static body => ((PipeReader)body!).CancelPendingRead(), body, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        StartMegabyte();
    }

    /// <summary>Resets the timeout and checks free space, before each megabyte.</summary>
    private void StartMegabyte()
    {
        leftOfMegabyte = Megabyte;
        slowTimer!.Change(TimeSpan.FromSeconds(options.SecondsPerMegabyte), Timeout.InfiniteTimeSpan);
        if (upload.IsKeptInTemp && new DriveInfo(Temp).AvailableFreeSpace < options.MinimumFreeTempBytes)
            throw new RefusedException(ExceptionMiddleware.StoreFull);
    }
}
