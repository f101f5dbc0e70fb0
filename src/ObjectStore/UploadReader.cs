using System.Globalization;
using GifShare.ObjectStore.Images;
using Microsoft.Extensions.Options;

namespace GifShare.ObjectStore;

/// <summary>An uploaded image that was read, cleaned and staged.</summary>
/// <param name="ContentType">Determined from the content.</param>
/// <param name="Width">As displayed, after orientation; 1..20,000.</param>
/// <param name="Height">As displayed, after orientation; 1..20,000.</param>
/// <param name="Animated">More than one frame.</param>
/// <param name="Staged">The staged bytes, to be committed under <paramref name="Key"/> or discarded.</param>
public sealed record ReadUpload(ObjectKey Key, string ContentType, int Width, int Height, bool Animated, StagedObject Staged);

/// <summary>Either the upload or one of the two error codes; with a code nothing stays staged.</summary>
/// <param name="Detail">A sentence for the sender, where it says more than the code.</param>
public sealed record UploadOutcome(ReadUpload? Upload, string? Error, string? Detail = null)
{
    /// <summary>415: by content not a valid GIF, PNG, JPEG or WebP, or more pixels than <see cref="ImageOptions"/> allows.</summary>
    public const string UnsupportedMedia = "unsupported_media";

    /// <summary>413: longer than the limit.</summary>
    public const string TooLarge = "too_large";
}

/// <summary>
/// Receives an uploaded image: stages it as it arrives (a slow sender occupies a file, not memory), then reads it once in memory, removes metadata
/// without changing a pixel, and stages the result.
/// </summary>
public sealed class UploadReader(IObjectStore store, IOptions<ImageOptions> images)
{
    /// <summary>
    /// One reader per core, since reading is short and CPU-bound. The semaphore also bounds how many files are in memory, and how many are staged twice
    /// (as received and cleaned).
    /// </summary>
    static readonly SemaphoreSlim Readers = new(Environment.ProcessorCount);

    /// <summary>Receives one image. The caller must commit or discard <see cref="ReadUpload.Staged"/>; otherwise it is swept by age.</summary>
    /// <param name="limit">The maximum number of bytes, at most 64 MB.</param>
    /// <exception cref="ObjectStoreUnavailableException">Nothing stays staged.</exception>
    public async Task<UploadOutcome> ReadAsync(Stream input, long limit, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 64 << 20);
        var raw = await store.StageAsync(input, limit, cancel);
        if (raw is null)
            return new UploadOutcome(null, UploadOutcome.TooLarge);
        var keepRaw = false;
        try
        {
            await Readers.WaitAsync(cancel);
            try
            {
                var outcome = await ReadStagedAsync(raw, cancel);
                keepRaw = outcome.Upload?.Staged == raw;
                return outcome;
            }
            finally
            {
                Readers.Release();
            }
        }
        finally
        {
            if (!keepRaw)
                await store.DiscardAsync(raw.Token, CancellationToken.None);
        }
    }

    async Task<UploadOutcome> ReadStagedAsync(StagedObject raw, CancellationToken cancel)
    {
        using var buffer = new NativeBuffer((int)raw.Length);
        await using (var staged = await store.OpenStagedAsync(raw.Token, cancel))
        {
            if (staged is null)
                throw new ObjectStoreUnavailableException("The staged bytes are gone.");
            await staged.ReadExactlyAsync(buffer.Memory, cancel);
        }
        if (ImageReader.Read(buffer.Memory) is not { } image)
            return new UploadOutcome(null, UploadOutcome.UnsupportedMedia);
        if (Refusal(image) is { } refusal)
            return new UploadOutcome(null, UploadOutcome.UnsupportedMedia, refusal);
        var final = raw;
        if (!image.Clean.IsWhole(raw.Length))
        {
            await using var clean = image.Clean.OpenRead();
            final = await store.StageAsync(clean, long.MaxValue, cancel);
        }
        var key = ObjectKey.Of(final!.Sha256, image.Extension);
        return new UploadOutcome(new ReadUpload(key, key.ContentType, image.Width, image.Height, image.Animated, final), null);
    }

    string? Refusal(ImageReading image)
    {
        const long mega = 1_000_000;
        var limits = images.Value;
        if (image.Area > limits.MaxMegapixels * mega)
            return Sentence($"This picture has {image.Area / (double)mega:#,0.##} megapixels; at most {limits.MaxMegapixels:#,0} are taken.");
        var all = image.Area * image.Frames;
        return image.Frames == 1 || all <= limits.MaxAnimationMegapixels * mega ? null : Sentence(
            $"The {image.Frames:#,0} frames of this animation have {all / (double)mega:#,0.##} megapixels together; at most {limits.MaxAnimationMegapixels:#,0} are taken.");

        static string Sentence(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
