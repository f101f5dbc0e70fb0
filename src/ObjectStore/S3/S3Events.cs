using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GifShare.ObjectStore;

/// <summary>
/// Reads what S3 servers tell of new objects: bucket notifications (<c>Records</c>, as Ceph and MinIO send them, and Amazon through SNS with raw delivery)
/// and Amazon EventBridge's <c>Object Created</c>.
/// </summary>
public sealed class S3Events(S3Options options)
{
    const int MostRecords = 1_000;

    readonly S3Keys keys = new(options);

    /// <summary>
    /// Whether a sender knows <see cref="S3Options.EventSecret"/>; compared in constant time. False without such a setting.
    /// </summary>
    /// <param name="shown">The header <c>Authorization</c>: <c>Bearer secret</c> (MinIO, EventBridge), <c>Basic</c> with the secret as password (an address
    /// <c>https://name:secret@host</c>, as Ceph takes it), or the secret alone.</param>
    public bool IsFromStore(string? shown)
    {
        if (options.EventSecret is not { Length: > 0 } secret || shown is not { Length: > 0 and <= 1_000 })
            return false;
        var given = shown.Split(' ', 2) switch
        {
            [var scheme, var token] when scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) => token,
            [var scheme, var pair] when scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) => PasswordOf(pair),
            _ => shown,
        };
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
    }

    /// <summary>The tokens of staged bytes that are new in our bucket, at most 1,000; null when this is no event.</summary>
    /// <param name="body">JSON.</param>
    public IReadOnlyList<string>? NewTokens(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return null;
        if (body.TryGetProperty("Records", out var records) && records.ValueKind == JsonValueKind.Array)
        {
            List<string> tokens = [];
            for (var i = 0; i < Math.Min(records.GetArrayLength(), MostRecords); i++)
            {
                if (Text(records[i], "eventName")?.Replace("s3:", "", StringComparison.Ordinal).StartsWith("ObjectCreated", StringComparison.Ordinal) != true)
                    continue;
                var (bucket, key) = (Text(records[i], "s3", "bucket", "name"), Text(records[i], "s3", "object", "key"));
                // Amazon and MinIO encode keys as in forms, Ceph does not.
                if ((TokenOf(bucket, key) ?? TokenOf(bucket, WebUtility.UrlDecode(key))) is { } one)
                    tokens.Add(one);
            }

            return tokens;
        }

        return Text(body, "detail-type") is { } type
            ? type == "Object Created" && TokenOf(Text(body, "detail", "bucket", "name"), Text(body, "detail", "object", "key")) is { } token ? [token] : []
            : null;
    }

    string? TokenOf(string? bucket, string? key) =>
        bucket == options.Bucket && key is not null && key.StartsWith(keys.Staging, StringComparison.Ordinal) && key[keys.Staging.Length..] is { Length: 32 } token && ObjectKey.IsLowerHex(token)
            ? token
            : null;

    static string PasswordOf(string pair)
    {
        var bytes = new byte[pair.Length];
        return Convert.TryFromBase64String(pair, bytes, out var written) ? Encoding.UTF8.GetString(bytes, 0, written).Split(':', 2).ElementAtOrDefault(1) ?? "" : "";
    }

    static string? Text(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
                return null;
        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }
}
