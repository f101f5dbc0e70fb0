namespace GifShare;

/// <summary>
/// What the programs of a cluster cannot start without. One sentence per setting, for the person at the terminal; the one-process
/// program finds all of these by itself.
/// </summary>
public static class RequiredSettings
{
    public const string Database = "ConnectionStrings:GifShare";
    public const string MasterKey = "Secrets:MasterKey";
    public const string PublicUrl = "PublicUrl";
    public const string ObjectStoreFolder = "ObjectStore:Folder";

    /// <summary>The sentence about the first that is missing or wrong; null when all are there.</summary>
    /// <param name="setting">The value of a setting, or null.</param>
    /// <param name="names">Of the constants here.</param>
    public static string? FirstProblem(Func<string, string?> setting, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Problem(name, setting(name)) is { } sentence)
                return sentence;
        return null;
    }

    private static string? Problem(string name, string? value) => name switch
    {
        PublicUrl => IsPublicUrl(value) ? null
            : "PublicUrl must be the http or https address under which people reach GifShare, without a path, such as https://gifs.example.org; silos and frontends have the same.",
        MasterKey => IsMasterKey(value) ? null
            : "Secrets:MasterKey must be 32 random bytes in base64, the same for silos and frontends (make one with: openssl rand -base64 32).",
        _ when !string.IsNullOrEmpty(value) => null,
        Database => "ConnectionStrings:GifShare is not set: give the address of the cluster's PostgreSQL in ConnectionStrings__GifShare.",
        ObjectStoreFolder => "ObjectStore:Folder is not set: give the folder that holds the files, shared by all silos and frontends.",
        _ => $"{name} is not set.",
    };

    private static bool IsPublicUrl(string? value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https") && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0;

    private static bool IsMasterKey(string? value) =>
        value is not null && Convert.TryFromBase64String(value, new byte[33], out var length) && length == 32;
}
