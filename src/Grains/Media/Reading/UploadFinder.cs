using System.Text.Json;
using GifShare.Grains.Media.Fetch;
using GifShare.Grains.Objects;
using GifShare.Media;
using GifShare.ObjectStore;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Media;

/// <summary>
/// Finds out what an upload is: fetches its bytes where an address was given, reads them, compares them with what was announced, and stores the object
/// behind a pending row. Every step may be repeated after an interruption.
/// </summary>
public sealed class UploadFinder(MediaQueue queue, AddressFetcher fetcher, UploadReader reader, ObjectKeeper keeper, IOptions<MediaOptions> options)
{
    /// <returns>The stored object, or why the upload is refused; then nothing stays staged.</returns>
    /// <exception cref="ObjectStoreUnavailableException">To be tried again.</exception>
    public async Task<ReadMedia> Find(DueUpload due, CancellationToken stopping)
    {
        if (due is { Token: null, SourceUrl: { } url })
        {
            var fetched = await fetcher.Fetch(url, options.Value.MaxFileBytes, stopping);
            if (fetched.Failure is { } failure)
                return Refused(new($"fetch_{failure.Code}", failure.Sentence));
            due = due with { Token = fetched.Media!.Staged.Token };
            await queue.Staged(new(due.MediaId), due.Token);
        }

        var found = due.Found is { } known ? JsonSerializer.Deserialize(known, GifShareJson.Default.ReadMedia)! : await Read(due, stopping);
        if (found.Error is not null)
        {
            await keeper.Discard(due.Token!);
            return found;
        }

        var key = ObjectKey.Of(found.ObjectKey![..64], found.ObjectKey[65..]);
        var stored = await keeper.Store(new(found.Token!, key.Sha256, found.Size), key);
        if (found.Token != due.Token)
            await keeper.Discard(due.Token!);
        return found with { PendingObject = stored.Id };
    }

    public static ReadMedia Refused(MediaError error) => new(null, null, 0, null, null, null, null, error);

    private async Task<ReadMedia> Read(DueUpload due, CancellationToken stopping)
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
}
