using System.Collections.Immutable;
using GifShare.Media;
using GifShare.ObjectStore;

namespace GifShare.Grains.Media;

/// <summary>Shows rows as media, with addresses signed now, to those who may see them.</summary>
public sealed class MediaPresenter(AddressSigner signer, IEnumerable<IMediaAudience> audiences, TimeProvider time)
{
    private static readonly ImmutableArray<(MediaKind Kind, string Name)> Kinds = [(MediaKind.Gif, "gif"), (MediaKind.Photo, "photo"), (MediaKind.Video, "video")];

    public GifShare.Media.Media Show(MediaRow row)
    {
        var status = StatusOf(row);
        return new(
            new(row.Id),
            status,
            status == MediaStatus.Ready ? 100 : 0,
            row.Kind is { } kind ? Kinds.First(one => one.Name == kind).Kind : null,
            row.Width,
            row.Height,
            row.Size,
            row.ContentType,
            row.FileName,
            row.AltText,
            row.ErrorCode is { } code ? new(code, row.ErrorDetail ?? "") : null,
            row.ObjectKey is { } key
                ? [new("original", signer.Sign(key, AddressSigner.GifScope, time.GetUtcNow()), row.ContentType, row.Width, row.Height, row.Size)]
                : [],
            new(row.CreatedAt));
    }

    /// <summary>The media for its owner, and for whoever sees something made of it; null for others.</summary>
    /// <param name="row">The media.</param>
    /// <param name="caller">Null: anonymous.</param>
    public async Task<GifShare.Media.Media?> ShowTo(MediaRow row, UserId? caller)
    {
        if (row.Owner == caller)
            return Show(row);
        if (ObjectKey.TryParse(row.ObjectKey, out var key))
            foreach (var audience in audiences)
                if (await audience.MaySee(row.Owner, key, caller))
                    return Show(row);
        return null;
    }

    public MediaUpload ShowUpload(MediaRow row) => new(Show(row), row.Open);

    public static string NameOf(MediaKind kind) => Kinds.First(one => one.Kind == kind).Name;

    private static MediaStatus StatusOf(MediaRow row) => row.Status switch
    {
        "pending" => MediaStatus.Pending,
        "uploaded" => row.Attempts > 0 || row.SourceUrl is not null ? MediaStatus.Processing : MediaStatus.Uploaded,
        "ready" => MediaStatus.Ready,
        _ => MediaStatus.Failed,
    };
}
