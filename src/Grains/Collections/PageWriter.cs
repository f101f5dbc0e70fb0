using System.Buffers;
using System.Text.Json;
using GifShare.Collections;
using GifShare.ObjectStore;

namespace GifShare.Grains.Collections;

/// <summary>
/// A finished page: bytes and entity tag, the answers made of them, and what they were made from, so that its grain can tell whether
/// it is still current.
/// </summary>
public sealed class FinishedBytes : CachedPage
{
    public required byte[] Body { get; init; }
    public required string ETag { get; init; }
    public required object Activation { get; init; }
    public required long HeadStamp { get; init; }
    public required long CounterStamp { get; init; }

    /// <summary>The card epoch that owner and cover are of.</summary>
    public required long HeadEpoch { get; init; }
    public required DateTimeOffset ComposedAt { get; init; }
    public required ItemsPart Items { get; init; }

    /// <summary>Where <c>next</c> stands in the body; a capped link's page gets its own there.</summary>
    public int NextOffset { get; init; }

    public required Task<Result<FinishedPage>> Answer { get; init; }
    public required Task<Result<FinishedPage>> NotModified { get; init; }
    public Task<Result<SharedPage>>? SharedAnswer { get; init; }
    public Task<Result<SharedPage>>? SharedNotModified { get; init; }

    public override int Size => Body.Length + 1_000;
}

/// <summary>The rendered items of a page, as a part of the bytes they are in, with the position after the last one.</summary>
/// <param name="Stamp">The collection's item stamp when they were rendered.</param>
/// <param name="Epoch">The card epoch then.</param>
/// <param name="Count">How many items it shows.</param>
/// <param name="Last">Where the next page begins (the text inside a cursor); null where nothing was shown.</param>
public sealed record ItemsPart(ReadOnlyMemory<byte> Json, long Stamp, long Epoch, DateTimeOffset RenderedAt, int Count, string? Last, bool HasMore);

/// <summary>Writes the JSON of pages. No state, no grain.</summary>
public static class PageWriter
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    public static byte[] Collection(Collection collection) => JsonSerializer.SerializeToUtf8Bytes(collection, GifShareJson.Default.Collection);

    public static byte[] Items(IEnumerable<CollectionItem> items)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartArray();
            foreach (var item in items)
                JsonSerializer.Serialize(json, item, GifShareJson.Default.CollectionItem);
            json.WriteEndArray();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary><c>{"collection":…,"items":…,"next":…}</c>; without a head <c>{"items":…,"next":…}</c>.</summary>
    public static byte[] Page(ReadOnlySpan<byte> collection, ReadOnlySpan<byte> items, string? next, out int itemsOffset, out int nextOffset)
    {
        var buffer = new ArrayBufferWriter<byte>(collection.Length + items.Length + 256);
        buffer.Write("{"u8);
        if (!collection.IsEmpty)
        {
            buffer.Write("\"collection\":"u8);
            buffer.Write(collection);
            buffer.Write(","u8);
        }

        buffer.Write("\"items\":"u8);
        itemsOffset = buffer.WrittenCount;
        buffer.Write(items);
        buffer.Write(",\"next\":"u8);
        nextOffset = buffer.WrittenCount;
        WriteNext(buffer, next);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The same page with another <c>next</c>.</summary>
    public static byte[] WithNext(FinishedBytes page, string next)
    {
        var buffer = new ArrayBufferWriter<byte>(page.NextOffset + next.Length + 3);
        buffer.Write(page.Body.AsSpan(0, page.NextOffset));
        WriteNext(buffer, next);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteNext(ArrayBufferWriter<byte> buffer, string? next)
    {
        // A cursor is base64url: nothing in it needs escaping.
        if (next is null)
            buffer.Write("null}"u8);
        else
        {
            buffer.Write("\""u8);
            buffer.Write(System.Text.Encoding.ASCII.GetBytes(next));
            buffer.Write("\"}"u8);
        }
    }

    public static Collection Show(CollectionHead head, OwnerRow owner, Cover? cover, int itemCount, Counters counters, AddressSigner signer, DateTimeOffset now) => new(
        head.Id,
        owner.Card(signer, now),
        head.Name,
        head.Description,
        head.Visibility.Name(),
        cover is null ? null : cover.ObjectKey is null ? cover.Url : signer.Sign(cover.ObjectKey, head.Id.ToString(), now),
        itemCount,
        counters.Views,
        counters.Likes,
        head.Version,
        head.CreatedAt,
        head.UpdatedAt);
}
