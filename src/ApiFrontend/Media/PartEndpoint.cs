using System.Threading.RateLimiting;
using GifShare.Media;
using GifShare.ObjectStore;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace GifShare.ApiFrontend.Media;

/// <summary>Receives the parts that <see cref="PartAddresses"/> signs, and streams each into the object store.</summary>
internal static class PartEndpoint
{
    /// <summary>The largest setting of <c>Media:PartBytes</c>.</summary>
    private const long MaxBytes = 64 << 20;

    private static readonly UploadMetadata Metadata = new(MaxBytes, MultipartOnly: false, OwnBudget: false, IsKeptInTemp: false, BySignature: true);

    public static void MapParts(this IEndpointRouteBuilder app) =>
        app.MapPut(PartAddresses.Path + "{id}/{number:int}", Put).AllowAnonymous().ExcludeFromDescription().WithMetadata(Metadata);

    private static async Task<IResult> Put(
        MediaId id, int number, string? a, HttpContext context, PartAddresses addresses, PartLimits limits, UploadRoom room, IOptions<UploadOptions> options,
        IGrainFactory grains, IObjectStore store)
    {
        // Number 0 is the address of a whole file in a form.
        if (number < 1 || !addresses.TryVerify(id, number, a, out var owner))
            return Error.NotFound.ToProblem(context);
        if (!limits.Admit(owner))
            return PartLimits.Exceeded.ToProblem(context);
        if (!(await grains.Media(id).GetUpload(owner)).Succeeded(out var media, out var error))
            return error.ToProblem(context);
        if (media.Upload is not { } upload || number < 1 || number > upload.PartCount)
            return Error.NotFound.ToProblem(context);
        if (Refusal(context.Request, upload, number) is { } refusal)
            return refusal.ToProblem(context);

        var place = new PartPlace(number, upload.OffsetOf(number), upload.LengthOf(number));
        await using var body = new UploadBody(context, owner, Metadata, room, options.Value);
        try
        {
            if (await store.PutPartAsync(new(upload.Token, upload.StoreId), place, body, context.RequestAborted) is not { } part)
                return Error.NotFound.ToProblem(context);
            context.Response.Headers.ETag = $"\"{part.ETag}\"";
            return TypedResults.Ok();
        }
        catch (EndOfStreamException)
        {
            return Error.Invalid("body", $"{place.Length} bytes are expected.").ToProblem(context);
        }
    }

    private static Error? Refusal(HttpRequest request, OpenUpload upload, int number)
    {
        var expected = upload.LengthOf(number);
        if (request.ContentLength > expected)
            return BodyLimits.TooLarge;
        if (request.ContentLength is { } length && length != expected)
            return Error.Invalid("body", $"{expected} bytes are expected, not {length}.");
        return request.ContentType is { } given && !(MediaTypeHeaderValue.TryParse(given, out var type) && type.MediaType.Equals(upload.ContentType, StringComparison.OrdinalIgnoreCase))
            ? new(ErrorCode.UnsupportedMedia, $"This upload was announced as {upload.ContentType}.")
            : null;
    }
}

/// <summary>
/// Parts per minute and account that one frontend takes (<c>RateLimits:MarksPerMinute</c>, 0 = off): each costs the store a flush to the disk, however small it is.
/// </summary>
public sealed class PartLimits(IConfiguration configuration) : IDisposable
{
    internal static readonly Error Exceeded = new(ErrorCode.RateLimited, "Too many parts in a minute; go on more slowly.", null, 10);

    private readonly PartitionedRateLimiter<UserId>? limiter = configuration.GetValue("RateLimits:MarksPerMinute", 1200) is > 0 and var limit
        ? PartitionedRateLimiter.Create<UserId, UserId>(user => RateLimitPartition.GetSlidingWindowLimiter(user, _ => new()
        {
            PermitLimit = limit,
            Window = TimeSpan.FromMinutes(1),
            SegmentsPerWindow = 6,
        }))
        : null;

    public bool Admit(UserId user)
    {
        if (limiter is null)
            return true;
        using var lease = limiter.AttemptAcquire(user);
        return lease.IsAcquired;
    }

    public void Dispose() => limiter?.Dispose();
}
