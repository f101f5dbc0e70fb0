using System.Globalization;
using System.Text.Json.Nodes;

namespace GifShare.Fixtures;

/// <summary>The running product's own OpenAPI document: what it says that it does.</summary>
public sealed class ApiDocument
{
    private ApiDocument(JsonNode json)
    {
        Json = json;
        Operations =
        [
            .. from path in json["paths"]!.AsObject()
               from operation in path.Value!.AsObject()
               select new ApiOperation(this, path.Key, operation.Key.ToUpperInvariant(), operation.Value!),
        ];
    }

    /// <summary>All of it, as it came.</summary>
    public JsonNode Json { get; }

    public IReadOnlyList<ApiOperation> Operations { get; }

    public static async Task<ApiDocument> LoadAsync(Uri address, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = address };
        return new(JsonNode.Parse(await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), cancellationToken))!);
    }

    /// <summary>What a schema refers to, or the one of its choices that is not null.</summary>
    public JsonNode Resolve(JsonNode schema)
    {
        if ((string?)schema["$ref"] is { } reference)
            return Resolve(Json["components"]!["schemas"]![reference[(reference.LastIndexOf('/') + 1)..]]!);
        foreach (var choice in (string[])["oneOf", "anyOf"])
            if (schema[choice] is JsonArray some)
                return Resolve(some.First(s => (string?)s!["type"] != "null")!);
        return schema;
    }

    /// <summary>Its types, of which "null" may be one; none when it refers to another.</summary>
    public static string[] TypesOf(JsonNode schema) => schema["type"] switch
    {
        JsonArray some => [.. some.Select(t => (string)t!)],
        { } one => [(string)one!],
        _ => [],
    };
}

/// <summary>A method of a path. As text: <c>GET /v1/gifs/{id}</c>.</summary>
public sealed class ApiOperation
{
    internal ApiOperation(ApiDocument document, string template, string method, JsonNode json)
    {
        (Document, Template, Method, Json) = (document, template, method, json);
        NeedsSignIn = json["security"] is JsonArray { Count: > 0 };
        Statuses = [.. json["responses"]!.AsObject().Select(r => int.Parse(r.Key, CultureInfo.InvariantCulture))];
        Parameters = [.. (json["parameters"]?.AsArray() ?? []).Select(p => ((string)p!["in"]!, (string)p["name"]!, p["schema"]))];
        Contents = json["requestBody"]?["content"]?.AsObject().ToDictionary(c => c.Key, c => document.Resolve(c.Value!["schema"]!)) ?? [];
    }

    public ApiDocument Document { get; }

    public string Template { get; }

    public string Method { get; }

    public JsonNode Json { get; }

    public bool NeedsSignIn { get; }

    /// <summary>Of all documented answers.</summary>
    public HashSet<int> Statuses { get; }

    public IReadOnlyList<(string In, string Name, JsonNode? Schema)> Parameters { get; }

    /// <summary>Content type to resolved schema.</summary>
    public IReadOnlyDictionary<string, JsonNode> Contents { get; }

    /// <summary>The resolved schema of its JSON body, or null.</summary>
    public JsonNode? Body => Contents.GetValueOrDefault("application/json");

    public bool HasPathParameter => Template.Contains('{', StringComparison.Ordinal);

    public bool HasQuery(string name) => Parameters.Any(p => p.In == "query" && p.Name == name);

    public override string ToString() => $"{Method} {Template}";
}
