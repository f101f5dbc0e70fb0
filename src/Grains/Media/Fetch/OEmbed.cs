using System.Text.Json;

namespace GifShare.Grains.Media.Fetch;

/// <summary>An oEmbed answer (oembed.com): the photo itself, else its thumbnail. The HTML of players is not looked at.</summary>
internal static class OEmbed
{
    public const int MostBytes = 64 * 1024;

    /// <returns>The address as written; null when there is none, or the text is not such an answer.</returns>
    public static string? Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                ? (Text(root, "type") == "photo" ? Text(root, "url") : null) ?? Text(root, "thumbnail_url")
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
