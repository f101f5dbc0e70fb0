using GifShare.Collections;

namespace GifShare.ApiFrontend.Collections;

/// <summary>Who visits a shared page: the pass of a capped link's view and the unlock of a password live in cookies of that one path.</summary>
internal static class LinkVisits
{
    public const string PassCookie = "gifshare-pass", UnlockCookie = "gifshare-unlock";

    public static LinkVisit VisitOf(this HttpContext context, string token, UserId? viewer) => new(
        LinkTokens.HashOf(token), viewer, context.Request.Cookies[UnlockCookie], context.Request.Cookies[PassCookie], null, context.CountsAsView());

    /// <summary>For what a visitor does on the page: it is no view.</summary>
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

    /// <summary>Revoked, expired, used up, made private or never there: the same words for all of them.</summary>
    public static IResult Gone(this HttpContext context, bool isFramed = false) =>
        context.Page<GonePage>(new() { ["IsBare"] = isFramed }, StatusCodes.Status404NotFound, isFramed);

    /// <summary>What a grain refused, on a shared page.</summary>
    public static IResult Refused(this HttpContext context, Error error) => error.Code == ErrorCode.NotFound ? context.Gone() : context.ErrorPage(error);
}
