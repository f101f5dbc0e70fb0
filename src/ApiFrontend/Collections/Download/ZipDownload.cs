using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.ObjectStore;
using Microsoft.Net.Http.Headers;

namespace GifShare.ApiFrontend.Collections;

/// <summary>Reads a page of what is downloaded, as the caller may see it now.</summary>
/// <param name="after"><see cref="DownloadPage.Next"/> of the page before, or null.</param>
/// <param name="limit">The most items of it.</param>
internal delegate Task<Result<DownloadPage>> DownloadSource(string? after, int limit);

/// <summary>
/// A collection as a ZIP, streamed: each uploaded original as it is in the store, then <c>index.json</c> with everything, linked gifs too.
/// Names come from titles, else from the names of uploaded files, cleaned and unique; images are stored without compressing them again.
/// Items are read page by page as the client takes them. Who may no longer see them by then has the connection broken under them: what
/// is not whole must not look so.
/// </summary>
internal sealed class ZipDownload(IObjectStore store, DownloadLimits limits)
{
    private const int PageSize = 50;

    /// <param name="source">The pages.</param>
    /// <param name="context">The request.</param>
    /// <param name="count">How many items it has; null: as many as the collection.</param>
    /// <param name="refused">What is answered to an error; null: a problem.</param>
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
        // What is away now is told by a status; then the client knows at once that it comes: with many linked gifs the first file may be far.
        DownloadPage? page = await Read(source, null, context);
        await body.FlushAsync(cancel);
        // Whoever takes nothing is cut off.
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
            // Before the archive is closed, which would write the end of a whole one.
            context.Abort();
            throw;
        }
    }

    private async Task WriteFile(ZipArchive zip, Gif gif, ObjectKey key, int place, Dictionary<GifId, string> files, CancellationToken cancel)
    {
        // One that was moved meanwhile comes twice. A file that has gone is missing from the archive and has no name in the index.
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

    /// <summary>What is in the archive, as it is now: what has more than a page is read again, since nobody could keep all of it in memory.</summary>
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
                // Signed addresses die within the hour; a linked gif's address is all there is of it.
                JsonSerializer.Serialize(json, file is null || item.Gif.Shown is not { } gif ? item : item with { Gif = gif with { Url = "", PreviewUrl = "" } }, GifShareJson.Default.CollectionItem);
                json.WriteEndObject();
                if (json.BytesPending <= 32 * 1024)
                    continue;
                await json.FlushAsync(context.RequestAborted);
                // An entry's stream flushes synchronously: all of the index would wait in memory, whatever the client's pace.
                await late.FlushAsync(context.RequestAborted);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static async Task<DownloadPage?> Next(DownloadPage page, DownloadSource source, HttpContext context) =>
        page.Next is null ? null : await Read(source, page.Next, context);

    /// <exception cref="OperationCanceledException">The client has gone, or may no longer see it and is cut off.</exception>
    private static async Task<DownloadPage> Read(DownloadSource source, string? after, HttpContext context)
    {
        context.RequestAborted.ThrowIfCancellationRequested();
        if ((await source(after, PageSize)).Succeeded(out var page, out _))
            return page;
        context.Abort();
        await Task.Delay(Timeout.Infinite, context.RequestAborted);
        throw new OperationCanceledException(context.RequestAborted);
    }

    /// <summary>The number keeps names unique and in order.</summary>
    private static string NameOf(int place, Gif gif, ObjectKey key) =>
        string.Create(CultureInfo.InvariantCulture, $"{place:0000}-{FileNames.Of(gif.Title) ?? FileNames.OfFile(gif.FileName) ?? "gif"}.{key.Extension}");

    /// <summary>
    /// ZipArchive writes its small records synchronously even when all else is not; here they wait for the next write that may take its time:
    /// <paramref name="limit"/> for each piece, then <paramref name="stalled"/> is cancelled.
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
