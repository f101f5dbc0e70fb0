using System.Security.Cryptography;

namespace GifShare.ApiFrontend.Media.Tus;

/// <summary>The header <c>Upload-Checksum</c>: <c>algorithm base64</c>, of the bytes of one chunk.</summary>
internal sealed class TusChecksum(HashAlgorithmName algorithm, byte[] expected)
{
    public static IReadOnlyList<string> Algorithms { get; } = ["sha1", "sha256", "md5"];

    /// <summary>Null without the header. Errors: invalid_request.</summary>
    public static Result<TusChecksum?> Read(HttpRequest request)
    {
        if (request.Headers["Upload-Checksum"].Count == 0)
            return new Result<TusChecksum?>(null, null);
        if (request.Headers["Upload-Checksum"].ToString().Split(' ') is not [var name, var base64] || !Algorithms.Contains(name))
            return Error.Invalid("Upload-Checksum", $"One of {string.Join(", ", Algorithms)} and the hash in base64 are expected.");
        var hash = new byte[64];
        return Convert.TryFromBase64String(base64, hash, out var length)
            ? new TusChecksum(new(name.ToUpperInvariant()), hash[..length])
            : Error.Invalid("Upload-Checksum", "The hash is not base64.");
    }

    public IncrementalHash Begin() => IncrementalHash.CreateHash(algorithm);

    public bool Matches(IncrementalHash hash) => hash.GetHashAndReset().AsSpan().SequenceEqual(expected);
}
