namespace GifShare.ApiFrontend.Http;

/// <summary>
/// Retries reads that fail because a silo was lost, until the cluster has detected the loss and reactivated the grains. Writes get 503 at once, because
/// their outcome is unknown here. A call in flight to a lost silo ends by the response timeout. In a single process no silo is ever lost.
/// </summary>
public sealed class ReadRetry(RequestDelegate next, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>Longer than a cluster needs to detect a lost silo (measured: 5 to 14 s).</summary>
    private static readonly TimeSpan RetryWindow = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public Task Invoke(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) ? Read(context) : next(context);

    private async Task Read(HttpContext context)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                await next(context);
                return;
            }
            catch (Exception e) when (e is not GrainFaultedException && GrainFaultedException.IsUnavailable(e) && !context.RequestAborted.IsCancellationRequested
                && !context.Response.HasStarted && time.GetElapsedTime(started) < RetryWindow && !lifetime.ApplicationStopping.IsCancellationRequested)
            {
                ExceptionMiddleware.Forget(context.Response);
            }

            await Task.Delay(Pause, time, context.RequestAborted);
        }
    }
}
