using System.Buffers;
using GifShare.ObjectStore.Images;

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

/// <summary>
/// Receives an uploaded image: staged as it arrives (so a slow sender costs a file, not memory), then read once in memory, its metadata
/// dropped without touching a pixel, and staged in its final form. A GIF stays byte for byte.
/// </summary>
public sealed class UploadReader(IObjectStore store)
{
    /// <summary>One reader per core: this is short, pure computing, and bounds the memory to this many uploads at a time.</summary>
    static readonly SemaphoreSlim s_readers = new(Environment.ProcessorCount);

    /// <summary>The caller commits <see cref="ReadUpload.Staged"/> or discards it; what is forgotten is swept by age.</summary>
    /// <param name="limit">Bytes, at most 64 MB.</param>
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
            await s_readers.WaitAsync(cancel);
            try
            {
                var upload = await ReadStagedAsync(raw, cancel);
                keepRaw = upload?.Staged == raw;
                return new UploadOutcome(upload, upload is null ? UploadOutcome.UnsupportedMedia : null);
            }
            finally
            {
                s_readers.Release();
            }
        }
        finally
        {
            if (!keepRaw)
                await store.DiscardAsync(raw, CancellationToken.None);
        }
    }

    async Task<ReadUpload?> ReadStagedAsync(StagedObject raw, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)raw.Length);
        try
        {
            var bytes = buffer.AsMemory(0, (int)raw.Length);
            await using (var staged = await store.OpenStagedAsync(raw, cancel))
            {
                if (staged is null)
                    throw new ObjectStoreUnavailableException("The staged bytes are gone.");
                await staged.ReadExactlyAsync(bytes, cancel);
            }
            if (ImageReader.Read(bytes) is not { } image)
                return null;
            var final = raw;
            if (!image.Clean.IsWhole)
            {
                await using var clean = image.Clean.OpenRead();
                final = await store.StageAsync(clean, long.MaxValue, cancel);
            }
            var key = ObjectKey.Of(final!.Sha256, image.Extension);
            return new ReadUpload(key, key.ContentType, image.Width, image.Height, image.Animated, final);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
