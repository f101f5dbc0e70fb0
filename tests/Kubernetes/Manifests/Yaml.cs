using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace GifShare.Kubernetes.Tests.Manifests;

/// <summary>YAML as JSON, which is how the Kubernetes API takes it, and ways to read it.</summary>
internal static class Yaml
{
    public static IEnumerable<JsonObject> Documents(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return stream.Documents.Select(static document => ToJson(document.RootNode)).OfType<JsonObject>();
    }

    /// <summary>The node at this path; null when one step of it is missing.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            node = node is JsonObject map ? map[name] : null;
        return node;
    }

    public static string? Text(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path)?.ToString();

    public static int? Number(this JsonNode? node, params ReadOnlySpan<string> path) =>
        int.TryParse(node.Text(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static IEnumerable<JsonNode> Each(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray list ? list.OfType<JsonNode>() : [];

    public static IReadOnlyDictionary<string, string> Map(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonObject map ? map.ToDictionary(static p => p.Key, static p => p.Value?.ToString() ?? "") : [];

    /// <summary>This node and everything below it.</summary>
    public static IEnumerable<JsonNode> All(this JsonNode node) => node switch
    {
        JsonObject map => map.Select(static p => p.Value).OfType<JsonNode>().SelectMany(All).Prepend(node),
        JsonArray list => list.OfType<JsonNode>().SelectMany(All).Prepend(node),
        _ => [node],
    };

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(static p => KeyValuePair.Create(((YamlScalarNode)p.Key).Value!, ToJson(p.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: var text } => Plain(text),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => null,
    };

    private static JsonValue? Plain(string? text) => text switch
    {
        null or "" or "null" or "~" => null,
        "true" => JsonValue.Create(true),
        "false" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };
}
