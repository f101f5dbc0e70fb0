using System.Globalization;
using System.Security.Cryptography;
using GifShare.ObjectStore.Images;
using Microsoft.Extensions.Options;

namespace GifShare.ObjectStore;

/// <summary>An uploaded file that was read, cleaned and staged.</summary>
/// <param name="ContentType">Determined from the content.</param>
/// <param name="Width">As displayed, after orientation; 1..20,000, or 0 of a video.</param>
/// <param name="Height">As displayed, after orientation; 1..20,000, or 0 of a video.</param>
/// <param name="Animated">More than one frame, without sound.</param>
/// <param name="Staged">The staged bytes, to be committed under <paramref name="Key"/> or discarded.</param>
/// <param name="SourceSha256">Of the bytes as they came, 64 lower-case hexadecimal digits.</param>
public sealed record ReadUpload(ObjectKey Key, string ContentType, int Width, int Height, bool Animated, StagedObject Staged, string SourceSha256)
{
    public bool IsVideo => Key.Extension is "mp4" or "webm";
}

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
/// The one way in for uploaded bytes. Stages them as they arrive (a slow sender occupies a file, not memory), or takes staged ones; reads an image once in
/// memory, removes metadata without changing a pixel, and stages the result. Videos are told by their first bytes and stay as they are.
/// </summary>
public sealed class UploadReader(IObjectStore store, IOptions<ImageOptions> images)
{
    /// <summary>
    /// One reader per core, since reading is short and CPU-bound. The semaphore also bounds how many files are in memory, and how many are staged twice
    /// (as received and cleaned).
    /// </summary>
    static readonly SemaphoreSlim Readers = new(Environment.ProcessorCount);

    /// <summary>The largest image, in bytes.</summary>
    public const long MaxImageBytes = 64 << 20;


    /// <summary>Receives one image. The caller must commit or discard <see cref="ReadUpload.Staged"/>; otherwise it is swept by age.</summary>
    /// <param name="limit">The maximum number of bytes, at most 64 MB.</param>
    /// <exception cref="ObjectStoreUnavailableException">Nothing stays staged.</exception>
    public async Task<UploadOutcome> ReadAsync(Stream input, long limit, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxImageBytes);
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

    /// <summary>Reads staged bytes of any size, images and videos. They stay staged; so does the cleaned copy, if there is one.</summary>
    /// <exception cref="ObjectStoreUnavailableException">The store is not available, or there are no such bytes.</exception>
    public async Task<UploadOutcome> ReadStagedAsync(string token, CancellationToken cancel)
    {
        await using var staged = await OpenAsync(token, cancel);
        var start = new byte[Math.Min(MediaSignature.Length, staged.Length)];
        await staged.ReadExactlyAsync(start, cancel);
        staged.Position = 0;
        if (MediaSignature.Of(start) is (MediaFormat.Mp4 or MediaFormat.QuickTime or MediaFormat.WebM) and var video)
        {
            var extension = video == MediaFormat.WebM ? "webm" : "mp4";
            var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(staged, cancel));
            var key = ObjectKey.Of(hash, extension);
            return new(new ReadUpload(key, key.ContentType, 0, 0, false, new StagedObject(token, hash, staged.Length), hash), null);
        }

        if (staged.Length > MaxImageBytes)
            return new(null, UploadOutcome.TooLarge, $"An image may have at most {MaxImageBytes >> 20} MB.");
        await Readers.WaitAsync(cancel);
        try
        {
            return await ReadImageAsync(token, staged, cancel);
        }
        finally
        {
            Readers.Release();
        }
    }

    async Task<UploadOutcome> ReadStagedAsync(StagedObject raw, CancellationToken cancel)
    {
        await using var staged = await OpenAsync(raw.Token, cancel);
        return await ReadImageAsync(raw.Token, staged, cancel);
    }

    async Task<Stream> OpenAsync(string token, CancellationToken cancel) =>
        await store.OpenStagedAsync(token, cancel) ?? throw new ObjectStoreUnavailableException("The staged bytes are gone.");

    async Task<UploadOutcome> ReadImageAsync(string token, Stream staged, CancellationToken cancel)
    {
        using var buffer = new NativeBuffer((int)staged.Length);
        await staged.ReadExactlyAsync(buffer.Memory, cancel);
        if (ImageReader.Read(buffer.Memory) is not { } image)
            return new UploadOutcome(null, UploadOutcome.UnsupportedMedia);
        if (Refusal(image) is { } refusal)
            return new UploadOutcome(null, UploadOutcome.UnsupportedMedia, refusal);
        var source = Convert.ToHexStringLower(SHA256.HashData(buffer.Memory.Span));
        var final = new StagedObject(token, source, staged.Length);
        if (!image.Clean.IsWhole(staged.Length))
        {
            await using var clean = image.Clean.OpenRead();
            final = await store.StageAsync(clean, long.MaxValue, cancel);
        }
        var key = ObjectKey.Of(final!.Sha256, image.Extension);
        return new UploadOutcome(new ReadUpload(key, key.ContentType, image.Width, image.Height, image.Animated, final, source), null);
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
