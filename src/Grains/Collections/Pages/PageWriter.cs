using System.Buffers;
using System.Text.Json;
using GifShare.Collections;
using GifShare.ObjectStore;

namespace GifShare.Grains.Collections;

/// <summary>Writes the JSON of pages. Pure functions.</summary>
public static class PageWriter
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    /// <summary>The JSON of a collection up to its counts, which are its last members: <c>{"id":…,</c></summary>
    public static ReadOnlySpan<byte> Collection(Collection collection)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(collection, GifShareJson.Default.Collection).AsSpan();
        Span<byte> counts = stackalloc byte[ShownCounts.MostBytes];
        return json[..^(new ShownCounts(collection.ViewCount, collection.LikeCount).Format(counts) + 1)];
    }

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

    /// <summary><c>{"collection":{"id":…,</c></summary>
    public static byte[] Head(ReadOnlySpan<byte> collection) => [.. "{\"collection\":"u8, .. collection];

    /// <summary>The end of a page that has the collection only.</summary>
    public static byte[] CollectionEnd { get; } = [.. "}"u8];

    /// <summary><c>},"items":…,"next":…}</c>, or <c>{"items":…,"next":…}</c> without a collection before it.</summary>
    public static byte[] Tail(bool hasHead, ReadOnlySpan<byte> items, string? next, out int nextOffset)
    {
        var before = hasHead ? "},\"items\":"u8 : "{\"items\":"u8;
        nextOffset = before.Length + items.Length + AfterItems.Length;
        return [.. before, .. items, .. AfterItems, .. Next(next)];
    }

    /// <summary>The end of a page with another <c>next</c>.</summary>
    public static byte[] WithNext(ItemsPart part, string? next) => [.. part.Json.AsSpan(0, part.NextOffset), .. Next(next)];

    private static ReadOnlySpan<byte> AfterItems => ",\"next\":"u8;

    // A cursor is base64url: no escaping needed.
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
        head.UpdatedAt,
        head.AllowCopies);
}
