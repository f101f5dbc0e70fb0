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
    /// <summary>What stands before the items: the collection, if it is in the page.</summary>
    public required byte[] Head { get; init; }
    public required string ETag { get; init; }
    public required object Activation { get; init; }
    public required long HeadStamp { get; init; }
    public required long CounterStamp { get; init; }

    /// <summary>The card epoch that owner and cover are of.</summary>
    public required long HeadEpoch { get; init; }
    public required DateTimeOffset ComposedAt { get; init; }
    public required ItemsPart Items { get; init; }

    public required Task<Result<FinishedPage>> Answer { get; init; }
    public required Task<Result<FinishedPage>> NotModified { get; init; }
    public Task<Result<SharedPage>>? SharedAnswer { get; init; }
    public Task<Result<SharedPage>>? SharedNotModified { get; init; }

    public override int Size => Head.Length + Items.Json.Length + 1_000;
}

/// <summary>The end of a page, <c>"items":…,"next":…}</c>, with its hash. It is shared by all heads that come before it while counts change.</summary>
/// <param name="NextOffset">Where <c>next</c> stands; a capped link's page gets its own there.</param>
/// <param name="Stamp">The collection's item stamp when they were rendered.</param>
/// <param name="Epoch">The card epoch then.</param>
/// <param name="Count">How many items it shows.</param>
/// <param name="Last">Where the next page begins (the text inside a cursor); null where nothing was shown.</param>
public sealed record ItemsPart(byte[] Json, byte[] Hash, int NextOffset, long Stamp, long Epoch, DateTimeOffset RenderedAt, int Count, string? Last, bool HasMore);

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

    /// <summary><c>{"collection":…,</c></summary>
    public static byte[] Head(ReadOnlySpan<byte> collection) => [.. "{\"collection\":"u8, .. collection, .. ","u8];

    /// <summary>The head of a page without its collection.</summary>
    public static byte[] NoHead { get; } = [.. "{"u8];

    /// <summary><c>"items":…,"next":…}</c></summary>
    public static byte[] Tail(ReadOnlySpan<byte> items, string? next, out int nextOffset)
    {
        nextOffset = BeforeItems.Length + items.Length + AfterItems.Length;
        return [.. BeforeItems, .. items, .. AfterItems, .. Next(next)];
    }

    /// <summary>The same with another <c>next</c>.</summary>
    public static byte[] WithNext(ItemsPart part, string? next) => [.. part.Json.AsSpan(0, part.NextOffset), .. Next(next)];

    private static ReadOnlySpan<byte> BeforeItems => "\"items\":"u8;

    private static ReadOnlySpan<byte> AfterItems => ",\"next\":"u8;

    // A cursor is base64url: nothing in it needs escaping.
    private static byte[] Next(string? next) => next is null ? [.. "null}"u8] : [.. "\""u8, .. System.Text.Encoding.ASCII.GetBytes(next), .. "\"}"u8];

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
