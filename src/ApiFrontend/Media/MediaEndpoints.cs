using GifShare.ObjectStore;
using GifShare.ObjectStore.Images;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Media;

/// <summary>Serves the URLs that <see cref="AddressSigner"/> signs. The signature is the only credential; cookies and tokens are ignored.</summary>
public static class MediaEndpoints
{
    const int RetryAfterSeconds = 5;

    /// <summary>
    /// <c>GET, HEAD /media/{key}</c>.
    /// Needs <see cref="IObjectStore"/>, <see cref="AddressSigner"/> and <see cref="TimeProvider"/>.
    /// </summary>
    public static IEndpointConventionBuilder MapMediaAddresses(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(AddressSigner.MediaPath.TrimEnd('/')).AllowAnonymous().ExcludeFromDescription();
        group.MapMethods("/{key}", [HttpMethods.Get, HttpMethods.Head], GetAsync);
        // Shown instead of gifs whose bytes are not there yet, or never will be.
        group.MapMethods("/processing.svg", [HttpMethods.Get, HttpMethods.Head], static (HttpContext http) => Placeholder(http, "M12 6v6l4 2", "#8a93a6"));
        group.MapMethods("/failed.svg", [HttpMethods.Get, HttpMethods.Head], static (HttpContext http) => Placeholder(http, "m9 9 6 6m0-6-6 6", "#c0566b"));
        return group;
    }

    static async Task<IResult> GetAsync(
        string key, string? a, string? still, IObjectStore store, AddressSigner signer, TimeProvider time, HttpContext http, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (!ObjectKey.TryParse(key, out var parsed) || !signer.TryVerify(key, a, now, out _, out var expires))
            return NotFound(http);
        try
        {
            if (await store.OpenAsync(parsed, cancel) is not { } opened)
                return NotFound(http);
            return new ServedFile(still == "1" ? await StillAsync(opened, cancel) : opened, expires, now);
        }
        catch (ObjectStoreUnavailableException)
        {
            return Unavailable(http);
        }
    }

    /// <summary>A GIF's first frame. Files without an extractable still, and all other types, are served unchanged.</summary>
    static async Task<OpenedObject> StillAsync(OpenedObject opened, CancellationToken cancel)
    {
        if (opened.Key.Extension != "gif")
            return opened;
        try
        {
            return await GifStill.CutAsync(opened.Content, cancel) is { } cut
                ? opened with { Content = cut, Length = cut.Length, ETag = opened.ETag[..^1] + "-still\"" }
                : opened;
        }
        catch (Exception e)
        {
            await opened.DisposeAsync();
            if (e is IOException)
                throw new ObjectStoreUnavailableException("A stored file cannot be read.", e);
            throw;
        }
    }

    static ContentHttpResult Placeholder(HttpContext http, string path, string colour)
    {
        var headers = http.Response.Headers;
        headers.CacheControl = "public, max-age=86400";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        return TypedResults.Text(
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="-20 -12 64 48" width="480" height="360" fill="none" stroke="{colour}" stroke-width="1.5" stroke-linecap="round"><circle cx="12" cy="12" r="9"/><path d="{path}"/></svg>""",
            "image/svg+xml");
    }

    static ProblemHttpResult NotFound(HttpContext http) =>
        new Error(ErrorCode.NotFound, "There is nothing under this address, or it has expired.").ToProblem(http);

    static ProblemHttpResult Unavailable(HttpContext http) =>
        new Error(ErrorCode.Unavailable, "The files cannot be reached now. Please try again in a moment.", RetryAfterSeconds: RetryAfterSeconds)
            .ToProblem(http);
}
