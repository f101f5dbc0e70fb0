namespace GifShare.ApiFrontend.Operations;

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
        if (address.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        return next(context);
    }
}
