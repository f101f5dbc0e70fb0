using System.Text.Json;
using GifShare.ObjectStore;

namespace GifShare.ApiFrontend.Media;

/// <summary>
/// <c>POST /hooks/s3</c>: an S3 server tells of new objects (docs/operations.md), so that an upload is completed even if neither its client nor the
/// frontend that joined it lived to say so. Nothing is believed but that a look is worthwhile.
/// </summary>
internal static class StoreEventsEndpoint
{
    private const int MaxBytes = 256 * 1024;

    private static readonly UploadMetadata Metadata = new(MaxBytes, MultipartOnly: false, OwnBudget: false, IsKeptInTemp: false, BySignature: true);

    public static void MapStoreEvents(this IEndpointRouteBuilder app) =>
        app.MapPost("/hooks/s3", Post).AllowAnonymous().ExcludeFromDescription().WithMetadata(Metadata, new VerifiesCallers());

    /// <param name="secret">Instead of the header, for servers that send none (Ceph over http).</param>
    private static async Task<IResult> Post(string? secret, HttpContext context, IGrainFactory grains)
    {
        if (context.RequestServices.GetService<S3Events>() is not { } events
            || !events.IsFromStore(context.Request.Headers.Authorization is [{ Length: > 0 } header] ? header : secret))
            return Error.NotFound.ToProblem(context);
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            if (events.NewTokens(body.RootElement) is not { } tokens)
                return Error.Invalid("body", "An event of S3 is expected.").ToProblem(context);
            if (tokens.Count > 0)
                await grains.Uploads().Stored([.. tokens]);
            return TypedResults.NoContent();
        }
        catch (JsonException)
        {
            return Error.Invalid("body", "An event of S3 is expected.").ToProblem(context);
        }
    }
}
