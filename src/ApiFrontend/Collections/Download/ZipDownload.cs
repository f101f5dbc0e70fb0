using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.ObjectStore;
using Microsoft.Net.Http.Headers;

namespace GifShare.ApiFrontend.Collections;

/// <summary>Reads a page of the download's items, with the caller's current permissions.</summary>
/// <param name="after"><see cref="DownloadPage.Next"/> of the previous page, or null.</param>
/// <param name="limit">The maximum number of items.</param>
internal delegate Task<Result<DownloadPage>> DownloadSource(string? after, int limit);

/// <summary>
/// Streams a collection as a ZIP: each uploaded original from the object store, then <c>index.json</c> with all items, including linked gifs.
/// File names are derived from titles, else from uploaded file names, and are unique; images are stored uncompressed.
/// Items are read page by page at the client's pace. If the caller loses access in the meantime, the connection is aborted, so that an incomplete
/// archive is not mistaken for a complete one.
/// </summary>
internal sealed class ZipDownload(IObjectStore store, DownloadLimits limits)
{
    private const int PageSize = 50;

    /// <param name="source">The pages.</param>
    /// <param name="context">The request.</param>
    /// <param name="count">The number of items to download; null: the whole collection.</param>
    /// <param name="refused">Maps an error to a response; null: problem details.</param>
    public async Task<IResult> Answer(DownloadSource source, HttpContext context, int? count = null, Func<Error, IResult>? refused = null)
    {
        refused ??= error => error.ToProblem(context);
        var isHead = HttpMethods.IsHead(context.Request.Method);
        if (!isHead && limits.Enter(context) is { } full)
            return refused(full);
        if (!(await source(null, 0)).Succeeded(out var head, out var error))
            return refused(error);
        if (!isHead && limits.Charge(context, count ?? head.Collection.ItemCount) is { } spent)
            return refused(spent);
        var headers = context.Response.Headers;
        headers.CacheControl = "private, no-store";
        headers.XContentTypeOptions = "nosniff";
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName((FileNames.Of(head.Collection.Name) ?? "collection") + ".zip");
        headers.ContentDisposition = disposition.ToString();
        if (!isHead)
            return Results.Stream(body => Write(source, body, context), "application/zip");
        context.Response.ContentType = "application/zip";
        return Results.Empty;
    }

    private async Task Write(DownloadSource source, Stream body, HttpContext context)
    {
        var cancel = context.RequestAborted;
        // Read before the response starts, so that errors still yield a status. The flush sends the headers: with many linked gifs the first file may be far.
        DownloadPage? page = await Read(source, null, context);
        await body.FlushAsync(cancel);
        // Back-pressure: aborts clients that read nothing.
        using var stalled = new CancellationTokenSource();
        await using var cut = stalled.Token.Register(context.Abort);
        await using var late = new LateWrites(body, stalled, limits.Stall);
        await using var zip = await ZipArchive.CreateAsync(late, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, cancel);
        try
        {
            Dictionary<GifId, string> files = [];
            var all = page.Next is null ? page : null;
            var place = 0;
            for (; page is not null; page = await Next(page, source, context))
            {
                for (var i = 0; i < page.Items.Length; i++)
                {
                    place++;
                    if (ObjectKey.TryParse(page.ObjectKeys[i], out var key))
                        await WriteFile(zip, page.Items[i].Gif.Shown!, key, place, files, cancel);
                }
            }

            await using var index = await zip.CreateEntry("index.json", CompressionLevel.Fastest).OpenAsync(cancel);
            await WriteIndex(all ?? await Read(source, null, context), source, files, index, late, context);
        }
        catch
        {
            // Before the archive is disposed, which would write a valid end.
            context.Abort();
            throw;
        }
    }

    private async Task WriteFile(ZipArchive zip, Gif gif, ObjectKey key, int place, Dictionary<GifId, string> files, CancellationToken cancel)
    {
        // An item moved during the download appears twice. A deleted file is missing from the archive and has no name in the index.
        if (files.ContainsKey(gif.Id))
            return;
        await using var file = await store.OpenAsync(key, cancel);
        if (file is null)
            return;
        var name = files[gif.Id] = NameOf(place, gif, key);
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = gif.CreatedAt;
        await using var content = await entry.OpenAsync(cancel);
        await file.Content.CopyToAsync(content, cancel);
    }

    /// <summary>Writes the index from the current items. Collections of more than one page are read again instead of being kept in memory.</summary>
    private static async Task WriteIndex(DownloadPage? page, DownloadSource source, Dictionary<GifId, string> files, Stream stream, LateWrites late, HttpContext context)
    {
        await using var json = new Utf8JsonWriter(stream, new() { Indented = true });
        json.WriteStartObject();
        json.WritePropertyName("collection");
        JsonSerializer.Serialize(json, page!.Collection, GifShareJson.Default.Collection);
        json.WriteStartArray("items");
        for (; page is not null; page = await Next(page, source, context))
        {
            foreach (var item in page.Items)
            {
                json.WriteStartObject();
                var file = files.GetValueOrDefault(item.Gif.Id);
                json.WriteString("file", file);
                json.WritePropertyName("item");
                // Signed URLs expire within the hour; a linked gif is nothing but its URL.
                JsonSerializer.Serialize(json, file is null || item.Gif.Shown is not { } gif ? item : item with { Gif = gif with { Url = "", PreviewUrl = "" } }, GifShareJson.Default.CollectionItem);
                json.WriteEndObject();
                if (json.BytesPending <= 32 * 1024)
                    continue;
                await json.FlushAsync(context.RequestAborted);
                // The entry's stream flushes synchronously into the buffer of LateWrites, which would otherwise hold the whole index.
                await late.FlushAsync(context.RequestAborted);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static async Task<DownloadPage?> Next(DownloadPage page, DownloadSource source, HttpContext context) =>
        page.Next is null ? null : await Read(source, page.Next, context);

    /// <exception cref="OperationCanceledException">The client disconnected, or lost access and was aborted.</exception>
    private static async Task<DownloadPage> Read(DownloadSource source, string? after, HttpContext context)
    {
        context.RequestAborted.ThrowIfCancellationRequested();
        if ((await source(after, PageSize)).Succeeded(out var page, out _))
            return page;
        context.Abort();
        await Task.Delay(Timeout.Infinite, context.RequestAborted);
        throw new OperationCanceledException(context.RequestAborted);
    }

    /// <summary>The number keeps names unique and sorted.</summary>
    private static string NameOf(int place, Gif gif, ObjectKey key) =>
        string.Create(CultureInfo.InvariantCulture, $"{place:0000}-{FileNames.Of(gif.Title) ?? FileNames.OfFile(gif.FileName) ?? "gif"}.{key.Extension}");

    /// <summary>
    /// Makes ZipArchive's writes asynchronous: it writes small records synchronously even through its async API; they are buffered until the next
    /// asynchronous write. <paramref name="stalled"/> is cancelled when a piece takes longer than <paramref name="limit"/>.
    /// </summary>
    private sealed class LateWrites(Stream inner, CancellationTokenSource stalled, TimeSpan limit) : Stream
    {
        private const int Piece = 64 * 1024;

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
            await Pass(buffer, cancellationToken);
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
            await Pass(waiting.GetBuffer().AsMemory(0, (int)waiting.Length), cancellationToken);
            waiting.SetLength(0);
        }

        private async ValueTask Pass(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            while (bytes.Length > 0)
            {
                var piece = bytes[..Math.Min(Piece, bytes.Length)];
                stalled.CancelAfter(limit);
                await inner.WriteAsync(piece, cancellationToken);
                bytes = bytes[piece.Length..];
            }

            stalled.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }
}
