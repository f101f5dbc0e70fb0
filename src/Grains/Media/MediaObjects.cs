using GifShare.Grains.Objects;
using GifShare.Media;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Media;

/// <summary>What media ask of the object store, and the call that wakes the reader.</summary>
public sealed class MediaObjects(IObjectStore store, ObjectKeeper keeper, MediaQueue queue, ILogger<MediaObjects> log)
{
    private static readonly Error Lost = Error.Conflict("The parts of this upload are gone; begin a new one.");

    public Task<MultipartUpload> Begin(string contentType) => store.BeginUploadAsync(contentType, CancellationToken.None);

    /// <returns>The number of bytes. Errors: conflict.</returns>
    public async Task<Result<long>> Join(MultipartUpload upload, IReadOnlyList<ReceivedPart> parts)
    {
        try
        {
            return await store.CompleteUploadAsync(upload, parts, CancellationToken.None) is { } length ? length : Lost;
        }
        catch (PartsMismatchException e)
        {
            return Error.Conflict(e.Numbers.Count > 0
                ? $"Send these parts again: {string.Join(", ", e.Numbers.Take(20))}{(e.Numbers.Count > 20 ? ", …" : "")}."
                : "The manifest does not match the parts that arrived; ask for them (GET …/parts) and send what is missing.");
        }
    }

    /// <summary>The number of joined bytes; null when the parts were not joined.</summary>
    public async Task<long?> LengthOfJoined(MultipartUpload upload)
    {
        await using var staged = await store.OpenStagedAsync(upload.Token, CancellationToken.None);
        return staged?.Length;
    }

    /// <summary>Joins an upload of which every part is there; 0 when one is missing.</summary>
    public async Task<long> JoinWhole(OpenUpload upload)
    {
        var parts = await store.ListPartsAsync(new(upload.Token, upload.StoreId), CancellationToken.None) ?? [];
        return parts.Count == upload.PartCount && parts.All(part => part.Number <= upload.PartCount && part.Size == upload.LengthOf(part.Number))
            && (await Join(new(upload.Token, upload.StoreId), parts)).Succeeded(out var length, out _) ? length : 0;
    }

    /// <summary>Ends the upload of a media, with everything that was staged for it. If that fails, the store's sweep does it later.</summary>
    public async Task End(MediaRow row)
    {
        if (row.Multipart is { } upload)
            await End(upload);
        if (row.Tail is { } tail)
            await Discard(tail.Token);
    }

    /// <summary>Discards staged bytes. If that fails, the store's sweep does it later.</summary>
    public async Task Discard(string token)
    {
        try
        {
            await store.DiscardAsync(token, CancellationToken.None);
        }
        catch (ObjectStoreUnavailableException e)
        {
            log.BytesLeft(token, e.Message);
        }
    }

    /// <summary>Ends an upload. If that fails, the store's sweep does it later.</summary>
    public async Task End(MultipartUpload upload)
    {
        try
        {
            await store.AbortUploadAsync(upload, CancellationToken.None);
        }
        catch (ObjectStoreUnavailableException e)
        {
            log.BytesLeft(upload.Token, e.Message);
        }
    }

    /// <summary>Deletes the bytes of a deleted media that nothing else refers to. If that fails, the sweeper does it later.</summary>
    public async Task Purge(MediaRow row)
    {
        await End(row);
        if (!ObjectKey.TryParse(row.ObjectKey, out var key))
            return;
        try
        {
            await keeper.Purge(key, static _ => Task.FromResult(0), CancellationToken.None);
        }
        catch (Exception e) when (e is StoreUnavailableException or ObjectStoreUnavailableException)
        {
            log.BytesLeft(row.ObjectKey!, e.Message);
        }
    }

    /// <inheritdoc cref="ObjectKeeper.Drop"/>
    public Task Drop(PendingObject stored) => keeper.Drop(stored);

    /// <summary>Tells the reader of this silo that a media waits.</summary>
    public void Announce() => queue.Announce();
}
