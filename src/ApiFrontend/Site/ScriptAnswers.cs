namespace GifShare.ApiFrontend.Site;

internal static class ScriptAnswers
{
    /// <summary>A script of ours sent the form, and takes its answer as JSON.</summary>
    public static bool WantsJson(this HttpContext context) =>
        context.Request.Headers.Accept.ToString().StartsWith("application/json", StringComparison.OrdinalIgnoreCase);
}
