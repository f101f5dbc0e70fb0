using Amazon.S3;
using Amazon.S3.Model;

namespace GifShare.ObjectStore;

/// <summary>Addresses that clients use by themselves for some time. Making them asks nobody.</summary>
sealed class S3Addresses : IDisposable
{
    readonly S3Options options;
    readonly S3Keys keys;
    readonly Protocol protocol;
    readonly AmazonS3Client signer;
    readonly Lazy<string> origin;

    public S3Addresses(S3Options options, S3Keys keys)
    {
        (this.options, this.keys) = (options, keys);
        var endpoint = string.IsNullOrEmpty(options.PublicEndpoint) ? options.Endpoint : options.PublicEndpoint;
        protocol = endpoint?.StartsWith("http:", StringComparison.OrdinalIgnoreCase) == true ? Protocol.HTTP : Protocol.HTTPS;
        signer = S3Connection.ClientOf(options, endpoint);
        origin = new(() => OriginOf(endpoint));
    }

    public string? Origin => options.Direct ? origin.Value : null;

    /// <summary>The length, and the type unless null, are part of the signature.</summary>
    public Uri? OfPart(MultipartUpload upload, PartPlace place, string? contentType, TimeSpan life)
    {
        if (!options.Direct)
            return null;
        var request = Request(HttpVerb.PUT, keys.OfStaged(upload.Token), life);
        (request.UploadId, request.PartNumber) = (upload.StoreId, place.Number);
        request.Headers.ContentLength = place.Length;
        if (contentType is not null)
            request.ContentType = contentType;
        return new(signer.GetPreSignedURL(request));
    }

    public Uri? Of(ObjectKey key, TimeSpan life)
    {
        if (!options.Direct)
            return null;
        var request = Request(HttpVerb.GET, keys.Of(key), life);
        request.ResponseHeaderOverrides = new()
        {
            ContentType = key.ContentType,
            ContentDisposition = $"inline; filename=\"gifshare-{key.Sha256.AsSpan(0, 12)}.{key.Extension}\"",
            CacheControl = $"private, max-age={(long)life.TotalSeconds}, immutable",
        };
        return new(signer.GetPreSignedURL(request));
    }

    public void Dispose() => signer.Dispose();

    // By credentials of nobody: those of a machine's role would have to be fetched.
    string OriginOf(string? endpoint)
    {
        using var nobody = S3Connection.ClientOf(
            new() { Endpoint = options.Endpoint, Region = options.Region, PathStyle = options.PathStyle, AccessKey = "nobody", SecretKey = "nobody" }, endpoint);
        return new Uri(nobody.GetPreSignedURL(Request(HttpVerb.PUT, keys.Staging, TimeSpan.FromMinutes(1)))).GetLeftPart(UriPartial.Authority);
    }

    GetPreSignedUrlRequest Request(HttpVerb verb, string key, TimeSpan life) => new()
    {
        BucketName = options.Bucket,
        Key = key,
        Verb = verb,
        Protocol = protocol,
        // The SDK counts from the machine's clock.
        Expires = DateTime.UtcNow + life,
    };
}
