using GifShare.ObjectStore;
using Microsoft.AspNetCore.Http.Features;

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
            return NotFound();
        try
        {
            return await store.OpenAsync(parsed, cancel) is { } opened ? new ServedFile(opened, expires, now) : NotFound();
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
            return NotFound();
        if (http.Request.ContentLength is { } announced && announced != length)
            return WrongLength(length);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
            body.MaxRequestBodySize = null;
        try
        {
            if (await parts.ReceivePartAsync(uploadId, number, length, http.Request.Body, cancel) is not { } part)
                return WrongLength(length);
            http.Response.Headers.ETag = $"\"{part.ETag}\"";
            return TypedResults.Ok();
        }
        catch (ObjectStoreUnavailableException)
        {
            return Unavailable(http);
        }
    }

    static IResult NotFound() => Problem(404, "not_found", "Not found", "There is nothing under this address, or it has expired.");

    static IResult WrongLength(long length) =>
        Problem(400, "invalid_request", "Not this part", $"This address takes exactly {length} bytes of an upload that is still open.");

    static IResult Unavailable(HttpContext http)
    {
        http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString();
        return Problem(503, "unavailable", "Unavailable", "The files cannot be reached now. Please try again in a moment.");
    }

    static IResult Problem(int status, string code, string title, string detail) =>
        TypedResults.Problem(detail, statusCode: status, title: title, extensions: [new("code", code)]);
}
