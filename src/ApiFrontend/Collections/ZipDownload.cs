using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.ObjectStore;

namespace GifShare.ApiFrontend.Collections;

/// <summary>
/// A collection as a ZIP, streamed: each uploaded original as it is in the store, then <c>index.json</c> with everything, linked gifs too.
/// Names come from titles, cleaned and unique; images are stored without compressing them again.
/// </summary>
internal static class ZipDownload
{
    public static IResult Of(Result<CollectionSnapshot> source, HttpContext context, IObjectStore store)
    {
        if (!source.Succeeded(out var snapshot, out var error))
            return error.ToProblem(context);
        var headers = context.Response.Headers;
        headers.CacheControl = "private, no-store";
        headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.ContentType = "application/zip";
            headers.ContentDisposition = $"attachment; filename=\"{Clean(snapshot.Collection.Name, "collection")}.zip\"";
            return Results.Empty;
        }

        return Results.Stream(
            body => Write(snapshot, body, store, context.RequestAborted), "application/zip", $"{Clean(snapshot.Collection.Name, "collection")}.zip");
    }

    private static async Task Write(CollectionSnapshot snapshot, Stream body, IObjectStore store, CancellationToken cancel)
    {
        await using var late = new LateWrites(body);
        await using var zip = await ZipArchive.CreateAsync(late, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, cancel);
        var files = new string?[snapshot.Items.Length];
        for (var i = 0; i < files.Length; i++)
        {
            if (!ObjectKey.TryParse(snapshot.ObjectKeys[i], out var key))
                continue;
            // A file that has gone since is missing from the archive and has no name in the index.
            await using var file = await store.OpenAsync(key, cancel);
            if (file is null)
                continue;
            files[i] = NameOf(i, snapshot.Items[i].Gif, key);
            var entry = zip.CreateEntry(files[i]!, CompressionLevel.NoCompression);
            entry.LastWriteTime = snapshot.Items[i].Gif.CreatedAt;
            await using var content = await entry.OpenAsync(cancel);
            await file.Content.CopyToAsync(content, cancel);
        }

        await using var index = await zip.CreateEntry("index.json", CompressionLevel.Fastest).OpenAsync(cancel);
        await WriteIndex(snapshot, files, index, cancel);
    }

    private static async Task WriteIndex(CollectionSnapshot snapshot, string?[] files, Stream stream, CancellationToken cancel)
    {
        await using var json = new Utf8JsonWriter(stream, new() { Indented = true });
        json.WriteStartObject();
        json.WritePropertyName("collection");
        JsonSerializer.Serialize(json, snapshot.Collection, GifShareJson.Default.Collection);
        json.WriteStartArray("items");
        for (var i = 0; i < files.Length; i++)
        {
            json.WriteStartObject();
            json.WriteString("file", files[i]);
            json.WritePropertyName("item");
            // Signed addresses die within the hour; a linked gif's address is all there is of it.
            var item = snapshot.Items[i];
            JsonSerializer.Serialize(json, files[i] is null ? item : item with { Gif = item.Gif with { Url = "", PreviewUrl = "" } }, GifShareJson.Default.CollectionItem);
            json.WriteEndObject();
            if (json.BytesPending > 32 * 1024)
                await json.FlushAsync(cancel);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The number keeps names unique and in order.</summary>
    private static string NameOf(int place, Gif gif, ObjectKey key) =>
        string.Create(CultureInfo.InvariantCulture, $"{place + 1:0000}-{Clean(gif.Title, "gif")}.{key.Extension}");

    /// <summary>Letters, digits, dash and underscore: safe as a file name on every system and inside a header.</summary>
    private static string Clean(string? text, string otherwise)
    {
        var clean = new StringBuilder();
        foreach (var c in text ?? "")
        {
            if (clean.Length == 60)
                break;
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
                clean.Append(c);
            else if (c is ' ' or '.' && clean.Length > 0 && clean[^1] != '-')
                clean.Append('-');
        }

        var name = clean.ToString().Trim('-');
        return name.Length == 0 ? otherwise : name;
    }

    /// <summary>ZipArchive writes its small records synchronously even when all else is not; here they wait for the next write that may take its time.</summary>
    private sealed class LateWrites(Stream inner) : Stream
    {
        private readonly MemoryStream waiting = new();

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => waiting.Write(buffer, offset, count);

        public override void Write(ReadOnlySpan<byte> buffer) => waiting.Write(buffer);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Send(cancellationToken);
            await inner.WriteAsync(buffer, cancellationToken);
        }

        public override void Flush()
        {
        }

        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            await Send(cancellationToken);
            await inner.FlushAsync(cancellationToken);
        }

        public override async ValueTask DisposeAsync()
        {
            await Send(CancellationToken.None);
            await waiting.DisposeAsync();
            await base.DisposeAsync();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();

        private async ValueTask Send(CancellationToken cancellationToken)
        {
            if (waiting.Length == 0)
                return;
            await inner.WriteAsync(waiting.GetBuffer().AsMemory(0, (int)waiting.Length), cancellationToken);
            waiting.SetLength(0);
        }
    }
}
