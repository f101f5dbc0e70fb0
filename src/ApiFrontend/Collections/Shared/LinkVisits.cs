using GifShare.Collections;

namespace GifShare.ApiFrontend.Collections;

/// <summary>A visitor's credentials on a shared page: the pass for a view of a capped link and the unlock of a password, in cookies scoped to the page's path.</summary>
internal static class LinkVisits
{
    public const string PassCookie = "gifshare-pass", UnlockCookie = "gifshare-unlock";

    public static LinkVisit VisitOf(this HttpContext context, string token, UserId? viewer) => new(
        LinkTokens.HashOf(token), viewer, context.Request.Cookies[UnlockCookie], context.Request.Cookies[PassCookie], null, context.CountsAsView());

    /// <summary>The visit of an action on the page, which does not count as a view.</summary>
    public static LinkVisit DoingOf(this HttpContext context, string token, UserId? viewer) => context.VisitOf(token, viewer) with { Counts = false };


    public static void Keep(this HttpContext context, string token, string name, string? value)
    {
        if (value is null)
            return;
        var isHttps = context.RequestServices.GetRequiredService<PublicAddress>().IsHttps;
        context.Response.Cookies.Append(name, value, new()
        {
            Path = $"/s/{token}",
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = isHttps,
            MaxAge = TimeSpan.FromHours(1),
            IsEssential = true,
        });
    }

    /// <summary>One response for links that are revoked, expired, used up, made private or unknown, so that they cannot be told apart.</summary>
    public static IResult Gone(this HttpContext context, bool isFramed = false) =>
        context.Page<GonePage>(new() { ["IsBare"] = isFramed }, StatusCodes.Status404NotFound, isFramed);

    /// <summary>Maps a grain's error to a response of a shared page.</summary>
    public static IResult Refused(this HttpContext context, Error error) => error.Code == ErrorCode.NotFound ? context.Gone() : context.ErrorPage(error);
}
