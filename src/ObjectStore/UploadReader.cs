namespace GifShare.ObjectStore;

/// <summary>An uploaded image that was read, cleaned and staged.</summary>
/// <param name="ContentType">By our own reading of the bytes.</param>
/// <param name="Width">As displayed, after orientation; 1..20,000.</param>
/// <param name="Height">As displayed, after orientation; 1..20,000.</param>
/// <param name="Animated">More than one frame.</param>
/// <param name="Staged">What is to be committed under <paramref name="Key"/>, or discarded.</param>
public sealed record ReadUpload(ObjectKey Key, string ContentType, int Width, int Height, bool Animated, StagedObject Staged);

/// <summary>Either the upload or one of the two codes; nothing stays staged when there is a code.</summary>
public sealed record UploadOutcome(ReadUpload? Upload, string? Error)
{
    /// <summary>Not a GIF, PNG, JPEG or WebP by content, or a broken one: 415.</summary>
    public const string UnsupportedMedia = "unsupported_media";

    /// <summary>Longer than the limit: 413.</summary>
    public const string TooLarge = "too_large";
}
