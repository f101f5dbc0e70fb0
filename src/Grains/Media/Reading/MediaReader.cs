using GifShare.Media;
using GifShare.ObjectStore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Media;

/// <summary>
/// Reads uploads whose bytes are all there, or that have to be fetched (<see cref="UploadFinder"/>), and tells the media's grain and whoever made
/// something of it. Some at a time on each silo.
/// </summary>
public sealed class MediaReader(
    MediaQueue queue, UploadFinder finder, IEnumerable<IMediaFollower> followers, IGrainFactory grains, ILogger<MediaReader> log) : BackgroundService
{
    /// <summary>A file that so many readers failed or died at is not given to another one. A store that is away does not count.</summary>
    private const int MostAttempts = 5;

    private const int AtOnce = 2;

    /// <summary>How often a silo looks for uploads that other silos announced, and how long one waits after the store was away.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2), Pause = TimeSpan.FromSeconds(10);

    private static readonly MediaError Unreadable = new("unreadable", "This file could not be read, several times. Please tell the administrator.");

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => ReadAll(stoppingToken)));

    private async Task ReadAll(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await queue.Wait(LookEvery, stopping);
                await ReadDue(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task ReadDue(CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested && await queue.Take() is { } due)
                await ReadOne(due, stopping);
        }
        catch (StoreUnavailableException)
        {
            // PostgreSQL says so itself; the next look tries again.
        }
    }

    private async Task<ReadMedia> Find(DueUpload due, CancellationToken stopping)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var renewing = queue.Renew(new(due.MediaId), done.Token);
        try
        {
            return await finder.Find(due, stopping);
        }
        finally
        {
            await done.CancelAsync();
            await renewing;
        }
    }

    private async Task ReadOne(DueUpload due, CancellationToken stopping)
    {
        var id = new MediaId(due.MediaId);
        try
        {
            await grains.Media(id).Settle(due.Attempts > MostAttempts ? UploadFinder.Refused(Unreadable) : await Find(due, stopping));
            foreach (var follower in followers)
                await follower.Settled(id);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            // Anything: a bug in reading one file must not end the reading of others.
            var isAway = e is ObjectStoreUnavailableException or StoreUnavailableException || GrainFaultedException.IsUnavailable(e);
            if (isAway)
                log.ReadingPostponed(id, e.Message);
            else
                log.ReadingFailed(e, id);
            await queue.PutBack(id, Pause, counts: !isAway);
        }
    }
}
