using System.Buffers;
using System.IO.Pipelines;

namespace GifShare.ApiFrontend.Limits;

/// <summary>
/// The body of an upload as it arrives. Its first read takes room for it (so that an endpoint has looked at everything else before), every read
/// counts, and one that comes too slowly ends.
/// </summary>
/// <exception cref="RefusedException">There is no room: quota_exceeded, rate_limited, unavailable.</exception>
/// <exception cref="BadHttpRequestException">408.</exception>
internal sealed class UploadBody(HttpContext context, CurrentUser user, UploadMetadata upload, UploadRoom room, UploadOptions options) : Stream
{
    private const int Megabyte = 1 << 20;

    /// <summary>Where ASP.NET's reader of forms keeps them.</summary>
    private static readonly string Temp = Environment.GetEnvironmentVariable("ASPNETCORE_TEMP") is { Length: > 0 } folder ? folder : Path.GetTempPath();

    // Not its stream: a read of that which is given up leaves a body that the server can no longer finish.
    private readonly PipeReader body = context.Request.BodyReader;
    private UploadPlace? place;
    private Timer? patience;
    private long untilLook;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (place is null)
            await Enter();
        var result = await body.ReadAsync(cancellationToken);
        var read = (int)Math.Min(buffer.Length, result.Buffer.Length);
        result.Buffer.Slice(0, read).CopyTo(buffer.Span);
        body.AdvanceTo(result.Buffer.GetPosition(read));
        if (result.IsCanceled)
            throw new BadHttpRequestException("A body came too slowly.", StatusCodes.Status408RequestTimeout);
        if (read == 0)
            patience!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        else if (place!.Arrive(read) is { } refusal)
            throw new RefusedException(refusal);
        else if ((untilLook -= read) <= 0)
            Look();
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            place?.Dispose();
            patience?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task Enter()
    {
        long? left = null;
        if (upload.OwnBudget)
        {
            var me = await context.RequestServices.GetRequiredService<IGrainFactory>().User(user.Id).GetMe();
            if (!me.Succeeded(out var profile, out var error))
                throw new RefusedException(error);
            left = profile.StorageQuota - profile.StorageUsed;
        }

        place = room.Open(user.Id, left);
        if (context.Request.ContentLength is > 0 and var length && place.Announce(length) is { } refusal)
            throw new RefusedException(refusal);
        // Whoever has the answer finds room for the next: what is stored counts by its row from now on.
        context.Response.OnStarting(static place =>
        {
            ((UploadPlace)place).Dispose();
            return Task.CompletedTask;
        }, place);
        patience = new(static body => ((PipeReader)body!).CancelPendingRead(), body, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Look();
    }

    /// <summary>Before each megabyte.</summary>
    private void Look()
    {
        untilLook = Megabyte;
        patience!.Change(TimeSpan.FromSeconds(options.SecondsPerMegabyte), Timeout.InfiniteTimeSpan);
        if (upload.IsKeptInTemp && new DriveInfo(Temp).AvailableFreeSpace < options.MinimumFreeTempBytes)
            throw new RefusedException(ExceptionMiddleware.StoreFull);
    }
}
