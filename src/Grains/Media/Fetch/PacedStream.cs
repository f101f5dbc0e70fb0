namespace GifShare.Grains.Media.Fetch;

/// <summary>
/// A body as it comes from the network. It is given up when too few bytes come: judged over each ten seconds of waiting for it, not of what the reader does
/// between two reads.
/// </summary>
internal sealed class PacedStream(Stream inner, long bytesPerSecond, string host, TimeProvider time) : ReadOnlyStream
{
    static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    readonly long least = bytesPerSecond * (long)Window.TotalSeconds;
    TimeSpan waited;
    long received;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var started = time.GetTimestamp();
        var reading = inner.ReadAsync(buffer, ending.Token).AsTask();
        while (true)
        {
            try
            {
                var read = await reading.WaitAsync(Window - waited, time, CancellationToken.None);
                waited += time.GetElapsedTime(started);
                received += read;
                if (waited >= Window)
                    Judge();
                return read;
            }
            catch (TimeoutException) when (!reading.IsCompleted)
            {
                await Judge(reading, ending);
                started = time.GetTimestamp();
            }
            catch (TimeoutException) when (!reading.IsFaulted)
            {
                // It came in the same moment: the next turn takes it.
            }
        }
    }

    async Task Judge(Task reading, CancellationTokenSource ending)
    {
        try
        {
            Judge();
        }
        catch (FetchFailedException)
        {
            // The buffer is the caller's: nothing may write into it once the read has ended.
            await ending.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            throw;
        }
    }

    void Judge()
    {
        if (received < least)
            throw FetchFailedException.TooSlow(host);
        (waited, received) = (TimeSpan.Zero, 0);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
