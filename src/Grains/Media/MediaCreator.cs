using GifShare.Media;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Media;

/// <summary>Announces uploads: begins them in the object store, then writes their rows.</summary>
public sealed class MediaCreator(MediaStore store, MediaObjects objects, MediaPresenter presenter, IOptions<MediaOptions> options, TimeProvider time)
{
    /// <summary>Announces a file that the server fetches.</summary>
    public async Task<Result> CreateFetched(MediaId id, UserId owner, string url)
    {
        if (await store.Refusal(owner, 0, options.Value.MaxUnusedPerUser) is { } refusal)
            return refusal;
        await store.InsertFetched(id, owner, url, time.GetUtcNow().AddHours(options.Value.ExpireHours));
        objects.Announce();
        return Result.Ok;
    }

    /// <param name="shape">Null: parts, unless the owner has the file.</param>
    public async Task<Result<CreatedOrExisting<MediaUpload>>> Create(MediaId id, UserId owner, NewMedia command, IdempotencyTicket? ticket, UploadShape? shape = null)
    {
        var settings = options.Value;
        if (!MediaRules.Check(command, settings).Succeeded(out var valid, out var invalid))
            return invalid;
        if (shape is null && valid.Sha256 is { } hash && await store.FindSame(owner, hash) is { } same)
            return new CreatedOrExisting<MediaUpload>(presenter.ShowUpload(same), IsNew: false);
        if (await store.Refusal(owner, valid.Size, settings.MaxUnusedPerUser) is { } refusal)
            return refusal;
        var upload = await objects.Begin(valid.ContentType);
        // If the outcome of the write is unknown, the upload stays: without a row it is swept by age.
        var isRefused = false;
        try
        {
            var result = await store.Insert(id, owner, valid, upload, new(shape is { InChunks: true }, shape?.PartSize ?? settings.PartBytes), time.GetUtcNow().AddHours(settings.ExpireHours), ticket);
            isRefused = result.Error is not null;
            return result;
        }
        finally
        {
            if (isRefused)
                await objects.End(upload);
        }
    }
}
