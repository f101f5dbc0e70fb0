using GifShare.ObjectStore;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Media;

/// <summary>The addresses that <see cref="AddressSigner"/> signs. The signature is the only credential; cookies and tokens are not looked at.</summary>
public static class MediaEndpoints
{
    const int RetryAfterSeconds = 5;

    /// <summary>
    /// <c>GET, HEAD /media/{key}</c>, and <c>PUT /media/parts/{uploadId}/{number}</c> when the store takes parts through us.
    /// Needs <see cref="IObjectStore"/>, <see cref="AddressSigner"/> and <see cref="TimeProvider"/>.
    /// </summary>
    public static IEndpointConventionBuilder MapMediaAddresses(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(AddressSigner.MediaPath.TrimEnd('/')).AllowAnonymous().ExcludeFromDescription();
        group.MapMethods("/{key}", [HttpMethods.Get, HttpMethods.Head], GetAsync);
        if (app.ServiceProvider.GetService<IPartReceiver>() is not null)
            group.MapPut("/parts/{uploadId}/{number:int}", PutPartAsync);
        return group;
    }

    static async Task<IResult> GetAsync(
        string key, string? a, IObjectStore store, AddressSigner signer, TimeProvider time, HttpContext http, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (!ObjectKey.TryParse(key, out var parsed) || !signer.TryVerify(key, a, now, out _, out var expires))
            return NotFound(http);
        try
        {
            return await store.OpenAsync(parsed, cancel) is { } opened ? new ServedFile(opened, expires, now) : NotFound(http);
        }
        catch (ObjectStoreUnavailableException)
        {
            return Unavailable(http);
        }
    }

    static async Task<IResult> PutPartAsync(
        string uploadId, int number, string? a, IPartReceiver parts, AddressSigner signer, TimeProvider time, HttpContext http,
        CancellationToken cancel)
    {
        if (!FolderObjectStore.TryVerifyPart(signer, uploadId, number, a, time.GetUtcNow(), out var length))
            return NotFound(http);
        if (http.Request.ContentLength is { } announced && announced != length)
            return WrongLength(length, http);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
            body.MaxRequestBodySize = null;
        try
        {
            if (await parts.ReceivePartAsync(uploadId, number, length, http.Request.Body, cancel) is not { } part)
                return WrongLength(length, http);
            http.Response.Headers.ETag = $"\"{part.ETag}\"";
            return TypedResults.Ok();
        }
        catch (ObjectStoreUnavailableException)
        {
            return Unavailable(http);
        }
    }

    static ProblemHttpResult NotFound(HttpContext http) =>
        new Error(ErrorCode.NotFound, "There is nothing under this address, or it has expired.").ToProblem(http);

    static ProblemHttpResult WrongLength(long length, HttpContext http) =>
        new Error(ErrorCode.InvalidRequest, $"This address takes exactly {length} bytes of an upload that is still open.").ToProblem(http);

    static ProblemHttpResult Unavailable(HttpContext http) =>
        new Error(ErrorCode.Unavailable, "The files cannot be reached now. Please try again in a moment.", RetryAfterSeconds: RetryAfterSeconds)
            .ToProblem(http);
}
