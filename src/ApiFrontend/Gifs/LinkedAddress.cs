using System.Text.RegularExpressions;

namespace GifShare.ApiFrontend.Gifs;

/// <summary>
/// Normalises a pasted URL to the URL of an image: a GIPHY page becomes the GIF on it. The browser checks that there is an image;
/// the server fetches nothing.
/// </summary>
/// <param name="Provider">As in api.md, derived from the host.</param>
public sealed partial record LinkedAddress(string Url, string Provider)
{
    private const string NotAnAddress = "An address that begins with https:// is expected.";

    /// <summary>Exactly one of the two is set.</summary>
    public static (LinkedAddress? Address, string? Problem) Read(string? typed)
    {
        var text = typed?.Trim() ?? "";
        if (text.Length == 0)
            return (null, "Paste the address of a picture.");
        if (!text.Contains("://", StringComparison.Ordinal))
            text = "https://" + text;
        if (text.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            text = "https" + text[4..];
        if (text.Length > 2048)
            return (null, "This address is too long: at most 2048 characters.");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme != "https" || uri.UserInfo.Length > 0 || !uri.Host.Contains('.', StringComparison.Ordinal))
            return (null, NotAnAddress);

        var host = uri.IdnHost.ToLowerInvariant();
        var bare = host.StartsWith("www.", StringComparison.Ordinal) ? host[4..] : host;
        if (bare == "giphy.com" && GiphyPage().Match(uri.AbsolutePath) is { Success: true } page)
            return (new($"https://media.giphy.com/media/{page.Groups[1].Value}/giphy.gif", "giphy"), null);
        if (bare is "giphy.com" or "gph.is")
            return (null, "This is a page of GIPHY, not a GIF. Choose Share, then Copy GIF link there, and paste that.");
        if (bare is "tenor.com" or "gfycat.com" or "imgur.com" && !uri.AbsolutePath.Contains('.', StringComparison.Ordinal))
            return (null, $"This is a page of {bare}, not the picture itself. Right-click the GIF there, choose Copy image address, and paste that.");
        return (new(text, ProviderOf(bare)), null);
    }

    private static string ProviderOf(string host)
    {
        var name = host.EndsWith(".giphy.com", StringComparison.Ordinal) ? "giphy"
            : host.EndsWith(".tenor.com", StringComparison.Ordinal) ? "tenor"
            : host.EndsWith(".imgur.com", StringComparison.Ordinal) || host == "imgur.com" ? "imgur"
            : host;
        var clean = new string([.. name.Where(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-')]);
        // "upload" is reserved for our own files.
        return clean is "" or "upload" ? "web" : clean.Length > 40 ? clean[^40..] : clean;
    }

    [GeneratedRegex("^/(?:[a-z-]+/)?(?:gifs|embed|stickers|media|clips)/(?:[^/]*-)?([0-9A-Za-z]{6,40})(?:/|$)")]
    private static partial Regex GiphyPage();
}
