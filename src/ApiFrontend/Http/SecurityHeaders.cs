namespace GifShare.ApiFrontend.Http;

/// <summary>
/// The headers of every answer, for the case that a browser shows it; pages and served files set their own policy over it.
/// A share link's token stands in the address, so no address is ever handed on by Referer.
/// </summary>
public sealed class SecurityHeaders(RequestDelegate next, PublicAddress address)
{
    public Task Invoke(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        // Nothing of this is part of another site's page; served files say otherwise.
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (address.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
            // A page that opened one of ours learns nothing about it. (Browsers complain about it on plain http.)
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
        }

        return next(context);
    }
}
