namespace GifShare.ApiFrontend.Site;

/// <summary>A visitor's display settings, in a plain cookie, so that guests have them too; nothing secret.</summary>
/// <param name="Theme"><c>system</c>, <c>light</c> or <c>dark</c>.</param>
/// <param name="Linked">GIFs from other sites: <c>load</c>, or <c>ask</c>: only on the visitor's request.</param>
/// <param name="Motion"><c>system</c>, or <c>still</c>: first frames with a play button, whatever the system's preference.</param>
public sealed record Look(string Theme, string Linked, string Motion)
{
    public const string Cookie = "gifshare-look";

    private static readonly string[] Themes = ["system", "light", "dark"], LinkedModes = ["load", "ask"], Motions = ["system", "still"];

    public static Look Default { get; } = new(Themes[0], LinkedModes[0], Motions[0]);

    public bool AsksForLinked => Linked == "ask";

    public bool IsStill => Motion == "still";

    /// <summary>Unknown values become the default.</summary>
    public static Look Of(string? theme, string? linked, string? motion) => new(Pick(theme, Themes), Pick(linked, LinkedModes), Pick(motion, Motions));

    public static Look Read(HttpRequest request) =>
        request.Cookies[Cookie]?.Split('.') is [var theme, var linked, var motion] ? Of(theme, linked, motion) : Default;

    public void Keep(HttpContext context) => context.Response.Cookies.Append(Cookie, $"{Theme}.{Linked}.{Motion}", new()
    {
        SameSite = SameSiteMode.Lax,
        Secure = context.RequestServices.GetRequiredService<PublicAddress>().IsHttps,
        HttpOnly = true,
        Path = "/",
        MaxAge = TimeSpan.FromDays(365),
        IsEssential = true,
    });

    private static string Pick(string? value, string[] known) => Array.IndexOf(known, value) >= 0 ? value! : known[0];
}
