namespace GifShare.ApiFrontend.Accounts;

/// <summary>Describes the client of a session from the User-Agent header: good enough for the owner to recognise, never used for decisions.</summary>
public static class Devices
{
    // Order matters: most user agents also contain the marks of later entries.
    private static readonly (string Mark, string Name)[] Programs =
    [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Vivaldi/", "Vivaldi"), ("YaBrowser/", "Yandex Browser"),
        ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("CriOS/", "Chrome"), ("HeadlessChrome/", "Chromium"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"),
        ("Safari/", "Safari"), ("curl/", "curl"), ("Wget/", "Wget"), ("python", "A Python program"), ("okhttp", "An Android app"), ("node", "A Node.js program"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Macintosh", "Mac"), ("Linux", "Linux"),
    ];

    public static string Describe(string? userAgent)
    {
        if (string.IsNullOrWhiteSpace(userAgent))
            return "An unknown program";
        var program = Find(Programs, userAgent);
        var system = Find(Systems, userAgent);
        return (program, system) switch
        {
            ({ } p, { } s) => $"{p} on {s}",
            ({ } p, null) => p,
            (null, { } s) => $"An unknown program on {s}",
            _ => "An unknown program",
        };
    }

    /// <summary>Whether to show the icon of a phone.</summary>
    public static bool IsHandheld(string? userAgent) => userAgent is not null
        && (userAgent.Contains("iPhone", StringComparison.Ordinal) || userAgent.Contains("Android", StringComparison.Ordinal) || userAgent.Contains("iPad", StringComparison.Ordinal));

    private static string? Find((string Mark, string Name)[] known, string text)
    {
        foreach (var (mark, name) in known)
            if (text.Contains(mark, StringComparison.Ordinal))
                return name;
        return null;
    }
}
