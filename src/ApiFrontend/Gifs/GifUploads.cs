using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GifShare.Gifs;
using GifShare.ObjectStore;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace GifShare.ApiFrontend.Gifs;

/// <summary>
/// Streams the multipart form of <c>POST /v1/gifs</c>: the file goes into the store's staging area in pieces, never whole into memory
/// and never through a grain. A refused upload leaves nothing staged.
/// </summary>
public sealed class GifUploads(UploadReader reader, IObjectStore store, IGrainFactory grains)
{
    /// <summary>The limit of one file, on every route: 25 MB.</summary>
    public const int MaxFileBytes = MaxFileMegabytes << 20;
    public const int MaxFileMegabytes = 25;

    private const int MaxTextBytes = 64 * 1024, MaxBoundary = 70;

    /// <summary>File and text fields, with room for the part headers.</summary>
    public const long MaxBodyBytes = MaxFileBytes + MaxTextBytes + (16 * 1024);

    private static readonly Error Broken = new(ErrorCode.InvalidRequest, "The form is not valid multipart/form-data.");
    private static readonly Error NotAnImage = new(ErrorCode.UnsupportedMedia, "The file is not a whole GIF, PNG, JPEG or WebP image of at most 20,000 pixels a side.");
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static bool IsUpload(HttpRequest request) =>
        request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true;

    public async Task<Result<CreatedOrExisting<Gif>>> Create(HttpContext context, UserId user)
    {
        var form = new Form();
        var isHandedOver = false;
        try
        {
            if (await Read(context, form) is { } refusal)
                return refusal;
            if (form.File is not { } file)
                return Error.Invalid("file", "This is required.");
            if (!form.TryReadTags(out var tags))
                return Error.Invalid("tags", "Texts separated by commas, or a JSON array of texts, are expected.");
            var command = new NewUploadedGif(
                file.Staged.Token, file.Key.ToString(), file.ContentType, file.Staged.Length, file.Width, file.Height, form.FileName,
                form["title"], form["altText"], tags, form["rating"]);
            return await Idempotent.Run(context, form.Hash(), GifShareJson.Default.ResultCreatedOrExistingGif, ticket =>
            {
                isHandedOver = true;
                return grains.Gif(GifId.New()).CreateUploaded(user, command, ticket);
            });
        }
        finally
        {
            if (form.File is { } file && !isHandedOver)
                await store.DiscardAsync(file.Staged.Token, CancellationToken.None);
        }
    }

    private async Task<Error?> Read(HttpContext context, Form form)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= MaxBoundary } boundary)
            return Broken;
        try
        {
            var parts = new MultipartReader(boundary.ToString(), context.Request.Body) { HeadersCountLimit = 8, HeadersLengthLimit = 4096 };
            while (await parts.ReadNextSectionAsync(context.RequestAborted) is { } part)
                if (await ReadPart(part, form, context.RequestAborted) is { } refusal)
                    return refusal;
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or DecoderFallbackException
            || e is IOException and not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested)
        {
            return Broken;
        }
    }

    private async Task<Error?> ReadPart(MultipartSection part, Form form, CancellationToken cancellationToken)
    {
        if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition)
            || !disposition.DispositionType.Equals("form-data", StringComparison.OrdinalIgnoreCase))
            return Broken;
        var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
        if (name is not ("file" or "title" or "altText" or "tags" or "rating"))
            return Error.Invalid(IsPlain(name) ? name : "form", "There is no such member.");
        if (!form.Names.Add(name))
            return Error.Invalid(name, "This member is there twice.");
        if (name != "file")
            return await ReadText(name, part.Body, form, cancellationToken);

        var fileName = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName);
        form.FileName = fileName.Length > 0 ? fileName.ToString() : null;
        var outcome = await reader.ReadAsync(part.Body, MaxFileBytes, cancellationToken);
        form.File = outcome.Upload;
        return outcome.Error switch
        {
            null => null,
            UploadOutcome.TooLarge => BodyLimits.TooLarge,
            _ => outcome.Detail is { } detail ? NotAnImage with { Detail = detail } : NotAnImage,
        };
    }

    private static async Task<Error?> ReadText(string name, Stream body, Form form, CancellationToken cancellationToken)
    {
        var room = MaxTextBytes - form.TextBytes;
        var bytes = new byte[Math.Min(room + 1, 8192)];
        var length = 0;
        int read;
        while ((read = await body.ReadAsync(bytes.AsMemory(length), cancellationToken)) > 0)
        {
            length += read;
            if (length > room)
                return BodyLimits.TooLarge;
            if (length == bytes.Length)
                Array.Resize(ref bytes, Math.Min(room + 1, length * 2));
        }

        form.TextBytes += length;
        form.Texts[name] = StrictUtf8.GetString(bytes, 0, length);
        return null;
    }

    private static bool IsPlain(string name) => name.Length is > 0 and <= 40 && name.All(char.IsAsciiLetterOrDigit);

    private sealed class Form
    {
        public HashSet<string> Names { get; } = [];
        public SortedDictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);
        public int TextBytes { get; set; }
        public ReadUpload? File { get; set; }
        public string? FileName { get; set; }

        /// <summary>A text field; null when it is missing or empty.</summary>
        public string? this[string name] => Texts.TryGetValue(name, out var text) && text.Length > 0 ? text : null;

        public bool TryReadTags(out ImmutableArray<string>? tags)
        {
            tags = null;
            if (this["tags"] is not { } text)
                return true;
            if (!text.TrimStart().StartsWith('['))
            {
                tags = [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
                return true;
            }

            try
            {
                tags = JsonSerializer.Deserialize(text, GifShareJson.Default.NullableImmutableArrayString);
                return true;
            }
            catch (JsonException)
            {
                return false;
            }
        }

        /// <summary>The request hash for its Idempotency-Key: the fields and the hash of the file.</summary>
        public string Hash()
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var text in (string[])[.. Texts.SelectMany(pair => new[] { pair.Key, pair.Value }), FileName ?? "", File!.Key.ToString()])
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                hash.AppendData(BitConverter.GetBytes(bytes.Length));
                hash.AppendData(bytes);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }
}
