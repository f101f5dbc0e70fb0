using System.Text.Json.Nodes;

namespace GifShare.Faults.Fuzz;

/// <summary>The running product's own OpenAPI document: what it says that it does.</summary>
internal sealed class ApiDocument(JsonNode document)
{
    public IReadOnlyList<Operation> Operations { get; } =
    [
        .. from path in document["paths"]!.AsObject()
           from operation in path.Value!.AsObject()
           select new Operation(path.Key, operation.Key.ToUpperInvariant(), operation.Value!),
    ];

    public static async Task<ApiDocument> LoadAsync(Uri address, CancellationToken cancellationToken)
    {
        using var wire = new Wire(address);
        return new(JsonNode.Parse((await wire.SendAsync(new Request("GET", "/openapi/v1.json").ToBytes(), cancellationToken)).Text)!);
    }

    public JsonNode Resolve(JsonNode schema)
    {
        if ((string?)schema["$ref"] is { } reference)
            return Resolve(document["components"]!["schemas"]![reference[(reference.LastIndexOf('/') + 1)..]]!);
        foreach (var choice in (string[])["oneOf", "anyOf"])
            if (schema[choice] is JsonArray some)
                return Resolve(some.First(s => (string?)s!["type"] != "null")!);
        return schema;
    }
}

internal sealed class Operation
{
    public Operation(string template, string method, JsonNode node)
    {
        (Template, Method) = (template, method);
        NeedsSignIn = node["security"] is JsonArray { Count: > 0 };
        Statuses = [.. node["responses"]!.AsObject().Select(r => int.Parse(r.Key, System.Globalization.CultureInfo.InvariantCulture))];
        Parameters = [.. (node["parameters"]?.AsArray() ?? []).Select(p => ((string)p!["in"]!, (string)p["name"]!, p["schema"]))];
        Contents = node["requestBody"]?["content"]?.AsObject().ToDictionary(c => c.Key, c => c.Value!["schema"]!) ?? [];
        // A hash of a password costs 60 ms of a core: a smaller share of them leaves time for everything else.
        Weight = template.Contains("password", StringComparison.Ordinal) || template.EndsWith("/unlock", StringComparison.Ordinal)
            || template is "/v1/users" or "/v1/users/restore" or "/v1/sessions" && method == "POST"
            // These end the actor.
            || (template, method) is ("/v1/users/me" or "/v1/sessions/current", "DELETE")
            ? 1 : 4;
    }

    public string Template { get; }

    public string Method { get; }

    public bool NeedsSignIn { get; }

    public HashSet<int> Statuses { get; }

    public IReadOnlyList<(string In, string Name, JsonNode? Schema)> Parameters { get; }

    /// <summary>Content type to schema.</summary>
    public IReadOnlyDictionary<string, JsonNode> Contents { get; }

    public int Weight { get; }

    public override string ToString() => $"{Method} {Template}";
}
