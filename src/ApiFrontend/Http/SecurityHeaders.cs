namespace GifShare.ApiFrontend.Http;

/// <summary>
/// Default security headers of every response; pages and served files override them with their own policy.
/// URLs may contain a share link's token, so Referer is never sent.
/// </summary>
public sealed class SecurityHeaders(RequestDelegate next, PublicAddress address)
{
    public Task Invoke(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        // No other site may embed these responses; served files override this.
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (address.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
            // Isolates the page from windows that opened it. (Browsers warn about it on plain http.)
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
        }

        return next(context);
    }
}
