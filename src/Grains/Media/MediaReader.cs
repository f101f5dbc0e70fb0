using System.Text.Json;
using GifShare.Grains.Objects;
using GifShare.Media;
using GifShare.ObjectStore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Media;

/// <summary>
/// Reads uploads whose bytes are all there: what they are (<see cref="UploadReader"/>), and whether they are what was announced; stores them under
/// their hash, and tells the media's grain. Some at a time on each silo.
/// </summary>
public sealed class MediaReader(
    MediaQueue queue, UploadReader reader, ObjectKeeper keeper, IEnumerable<IMediaFollower> followers, IGrainFactory grains, ILogger<MediaReader> log) : BackgroundService
{
    /// <summary>Readers that crash the process or lose the store so often at one file do not get it again.</summary>
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

    private async Task ReadOne(DueUpload due, CancellationToken stopping)
    {
        var id = new MediaId(due.MediaId);
        try
        {
            var read = due.Attempts > MostAttempts ? Refused(Unreadable) : await Read(due, stopping);
            await grains.Media(id).Settle(read);
            if (read.Error is not null && due.Token is { } token)
                await keeper.Discard(token);
            foreach (var follower in followers)
                await follower.Settled(id);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            // Anything: a bug in reading one file must not end the reading of others.
            if (e is ObjectStoreUnavailableException or StoreUnavailableException || GrainFaultedException.IsUnavailable(e))
                log.ReadingPostponed(id, e.Message);
            else
                log.ReadingFailed(e, id);
            await queue.PutBack(id, Pause);
        }
    }

    private async Task<ReadMedia> Read(DueUpload due, CancellationToken stopping)
    {
        var found = due.Found is { } known ? JsonSerializer.Deserialize(known, GifShareJson.Default.ReadMedia)! : await Find(due, stopping);
        if (found.Error is not null)
            return found;
        var key = ObjectKey.Of(found.ObjectKey![..64], found.ObjectKey[65..]);
        var stored = await keeper.Store(new(found.Token!, key.Sha256, found.Size), key);
        if (found.Token != due.Token)
            await keeper.Discard(due.Token!);
        return found with { PendingObject = stored.Id };
    }

    private async Task<ReadMedia> Find(DueUpload due, CancellationToken stopping)
    {
        var outcome = await reader.ReadStagedAsync(due.Token!, stopping);
        if (outcome.Upload is not { } upload)
            return Refused(new(outcome.Error!, outcome.Detail ?? "This is not a whole GIF, PNG, JPEG, WebP, MP4 or WebM file."));
        if (due.ExpectedSha256 is { } expected && expected != upload.SourceSha256)
            return Refused(new("checksum_mismatch", "The bytes that arrived are not those whose SHA-256 was announced; send the file again."));
        var kind = upload.IsVideo ? MediaKind.Video : upload.Animated ? MediaKind.Gif : MediaKind.Photo;
        var found = new ReadMedia(
            null, upload.Key.ToString(), upload.Staged.Length, upload.SourceSha256, kind, upload.IsVideo ? null : upload.Width, upload.IsVideo ? null : upload.Height,
            Token: upload.Staged.Token);
        await queue.Remember(new(due.MediaId), found);
        return found;
    }

    private static ReadMedia Refused(MediaError error) => new(null, null, 0, null, null, null, null, error);
}
