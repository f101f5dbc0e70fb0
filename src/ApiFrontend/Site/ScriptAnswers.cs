namespace GifShare.ApiFrontend.Site;

internal static class ScriptAnswers
{
    /// <summary>Whether one of our scripts sent the form and accepts JSON.</summary>
    public static bool WantsJson(this HttpContext context) =>
        context.Request.Headers.Accept.ToString().StartsWith("application/json", StringComparison.OrdinalIgnoreCase);
}
