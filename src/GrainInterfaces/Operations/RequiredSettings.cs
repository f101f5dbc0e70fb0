using Microsoft.Extensions.Options;

namespace GifShare;

/// <summary>
/// Settings without which the programs of a cluster do not start, each with an error message for the operator. The one-process
/// program (Standalone) sets all of them itself.
/// </summary>
public static class RequiredSettings
{
    public const string Database = "ConnectionStrings:GifShare";
    public const string MasterKey = "Secrets:MasterKey";
    public const string PublicUrl = "PublicUrl";
    public const string ObjectStoreFolder = "ObjectStore:Folder";

    private const string ObjectStoreKind = "ObjectStore:Kind";

    /// <summary>The message for the first missing or invalid setting; null when all are valid.</summary>
    /// <param name="setting">Reads the value of a setting; null when it is not set.</param>
    /// <param name="names">The settings to check, as constants of this class.</param>
    public static string? FirstProblem(Func<string, string?> setting, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Problem(name, setting(name)) is { } sentence && !(name == ObjectStoreFolder && IsElsewhere(setting(ObjectStoreKind))))
                return sentence;
        return null;
    }

    /// <summary>The messages for invalid settings, if these made a program's start fail; null for any other cause.</summary>
    public static string? ProblemOf(Exception exception) => exception switch
    {
        OptionsValidationException wrong => string.Join('\n', wrong.Failures),
        // "Failed to convert configuration value 'abc' at 'Streams:CheckSeconds' to type 'System.Int32'."
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } unread => unread.Message,
        AggregateException several => several.InnerExceptions.Select(ProblemOf).FirstOrDefault(static sentence => sentence is not null),
        { InnerException: { } inner } => ProblemOf(inner),
        _ => null,
    };

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

    /// <summary>Other kinds have settings of their own, which the store itself looks at.</summary>
    private static bool IsElsewhere(string? kind) => !string.IsNullOrEmpty(kind) && !kind.Equals("Folder", StringComparison.OrdinalIgnoreCase);

    private static bool IsPublicUrl(string? value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https") && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0;

    private static bool IsMasterKey(string? value) =>
        value is not null && Convert.TryFromBase64String(value, new byte[33], out var length) && length == 32;
}
