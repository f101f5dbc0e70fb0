using System.Text;
using GifShare.Media;

namespace GifShare.ApiFrontend.Media.Tus;

/// <summary>The header <c>Upload-Metadata</c>: <c>key base64,key base64,…</c>. <c>filename</c>, <c>filetype</c> and <c>sha256</c> (hexadecimal) mean something here.</summary>
internal static class TusMetadata
{
    private const int MaxLength = 8192;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Errors: invalid_request.</summary>
    public static Result<NewMedia> Read(string header, long size)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in header.Length is 0 or > MaxLength ? [] : header.Split(','))
        {
            var (key, value) = pair.Trim().Split(' ') switch { [var name] => (name, ""), [var name, var text] => (name, text), _ => ("", "") };
            if (key.Length == 0 || Decode(value) is not { } decoded || !values.TryAdd(key, decoded))
                return Malformed;
        }

        if (header.Length > MaxLength)
            return Malformed;
        var type = values.GetValueOrDefault("filetype", "").Split(';')[0].Trim();
        return new NewMedia(
            values.GetValueOrDefault("filename") is { Length: > 0 } given ? given : "upload", type.Length > 0 ? type : "application/octet-stream", size,
            values.GetValueOrDefault("sha256") is { Length: > 0 } hash ? hash : null);
    }

    public static string Write(ChunkedUpload upload)
    {
        var type = $"filetype {Convert.ToBase64String(Utf8.GetBytes(upload.ContentType))}";
        return upload.FileName is { } name ? $"filename {Convert.ToBase64String(Utf8.GetBytes(name))},{type}" : type;
    }

    private static Error Malformed => Error.Invalid("Upload-Metadata", "Pairs of a key and a base64 value, divided by commas, are expected; each key once.");

    private static string? Decode(string base64)
    {
        try
        {
            return Utf8.GetString(Convert.FromBase64String(base64));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return null;
        }
    }
}
