using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Polly.CircuitBreaker;

namespace GifShare.ObjectStore;

/// <summary>What failures of the SDK mean, in sentences without credentials.</summary>
sealed class S3Failure(S3Options options)
{
    readonly string where = string.IsNullOrEmpty(options.Endpoint) ? $"Amazon S3 in {options.Region}" : $"The object store at {new Uri(options.Endpoint).Authority}";

    /// <summary>The store gives no answer, or one that says it cannot work now.</summary>
    public static bool IsAway(Exception e) => e switch
    {
        // 501: it has no such feature, and says so.
        AmazonServiceException { StatusCode: HttpStatusCode.NotImplemented } => false,
        AmazonServiceException { StatusCode: >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or 0 } => true,
        AmazonServiceException => false,
        AmazonClientException or HttpRequestException or IOException or SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>There is no such object or upload. An answer to HEAD has no code, so the bucket may be what is missing.</summary>
    public static bool IsMissing(AmazonServiceException e) => e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket";

    /// <summary>Null for what is an answer, not a failure.</summary>
    public ObjectStoreUnavailableException? Unavailable(Exception e) => e switch
    {
        BrokenCircuitException => new($"{where} did not answer; it is asked again in a moment.", e),
        AmazonServiceException { ErrorCode: "NoSuchBucket" } => new($"{where} has no bucket {options.Bucket}.", e),
        AmazonServiceException { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } refused => new(
            $"{where} refuses access to the bucket {options.Bucket} ({refused.ErrorCode}): look at {S3Options.Section}:AccessKey and at what it may do.", e),
        _ when IsAway(e) => new(e is AmazonServiceException s && s.StatusCode != 0 ? $"{where} failed ({(int)s.StatusCode} {s.ErrorCode})." : $"{where} does not answer.", e),
        AmazonServiceException { StatusCode: HttpStatusCode.NotFound or HttpStatusCode.PreconditionFailed or HttpStatusCode.RequestedRangeNotSatisfiable } => null,
        AmazonServiceException { ErrorCode: "InvalidPart" or "InvalidPartOrder" or "EntityTooSmall" } => null,
        AmazonServiceException other => new($"{where} refused the request ({(int)other.StatusCode} {other.ErrorCode}).", e),
        _ => null,
    };
}
