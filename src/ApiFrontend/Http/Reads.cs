namespace GifShare.ApiFrontend.Http;

/// <summary>
/// OpenAPI metadata: the endpoint reads this header (or query parameter) from the request itself, and the status it may return because of it.
/// </summary>
public sealed record Reads(string Name, string Description, bool InQuery = false, string? Status = null, string? StatusText = null, string[]? Choices = null)
{
    public static Reads IfMatch { get; } = new(
        "If-Match", "The version this edit is meant for: `\"7\"`, an ETag or `*`. Without it the edit is applied.",
        Status: "412", StatusText: "version_mismatch: it was changed meanwhile.");

    public static Reads IfNoneMatch { get; } = new("If-None-Match", "The ETag that the client has.", Status: "304", StatusText: "The client's copy is current.");

    public static Reads LinkUnlock { get; } = new("Link-Unlock", "From `unlock`, for a link with a password.");

    public static Reads LinkView { get; } = new("Link-View", "The pass that the first answer of a capped link carried.");

    public static Reads Via { get; } = new("via", "The token of a share link through which the caller sees the gif.", InQuery: true);

    public static Reads OneOf(string name, string description, params string[] choices) => new(name, description, InQuery: true, Choices: choices);
}
