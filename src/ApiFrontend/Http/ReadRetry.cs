namespace GifShare.ApiFrontend.Http;

/// <summary>
/// A read that meets a silo which has just been lost is tried again until the others have noticed and brought its grains back; writes
/// answer 503 at once, because nobody knows here whether they happened. A call that was on its way when its silo died ends by the response
/// timeout. In one process no silo is ever lost.
/// </summary>
public sealed class ReadRetry(RequestDelegate next, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>Longer than a cluster needs to notice (measured: 5 to 14 s).</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

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
                && !context.Response.HasStarted && time.GetElapsedTime(started) < Patience && !lifetime.ApplicationStopping.IsCancellationRequested)
            {
                ExceptionMiddleware.Forget(context.Response);
            }

            await Task.Delay(Pause, time, context.RequestAborted);
        }
    }
}
