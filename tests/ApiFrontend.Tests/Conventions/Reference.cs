using System.Text.Json.Nodes;

namespace GifShare.ApiFrontend.Tests.Conventions;

/// <summary>The server's OpenAPI document, as something to make requests from.</summary>
public sealed class Reference(JsonNode document)
{
    public JsonNode Document => document;

    public IReadOnlyList<Operation> Operations =>
    [
        .. from path in document["paths"]!.AsObject()
           from operation in path.Value!.AsObject()
           select new Operation(this, path.Key, operation.Key.ToUpperInvariant(), operation.Value!),
    ];

    public static async Task<Reference> Load(Uri address)
    {
        using var wire = new Wire(address);
        var reply = await wire.Send("GET", "/openapi/v1.json");
        Assert.Equal(200, reply.Code);
        return new(reply.Json!);
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

public sealed class Operation(Reference reference, string template, string method, JsonNode node)
{
    public JsonNode Node => node;
    public string Method => method;
    public string Template => template;
    public bool NeedsSignIn => node["security"] is JsonArray { Count: > 0 };
    public bool HasPathParameter => template.Contains('{', StringComparison.Ordinal);
    public string[] Responses => [.. node["responses"]!.AsObject().Select(r => r.Key)];
    public string[] Query => [.. (node["parameters"]?.AsArray() ?? []).Where(p => (string?)p!["in"] == "query").Select(p => (string)p!["name"]!)];

    /// <summary>These would end the account that the test walks with.</summary>
    public bool EndsAccounts => (method, template) is ("DELETE", "/v1/users/me") or ("PUT", "/v1/users/me/password");

    /// <summary>The schema of its JSON body, or null.</summary>
    public JsonNode? Body => node["requestBody"]?["content"]?["application/json"]?["schema"] is { } schema ? reference.Resolve(schema) : null;

    private IEnumerable<KeyValuePair<string, JsonNode?>> Members => Body?["properties"]?.AsObject() ?? [];

    private HashSet<string> Required => [.. (Body?["required"]?.AsArray() ?? []).Select(n => (string)n!)];

    public override string ToString() => $"{method} {template}";

    public string Path(string? id = null) =>
        string.Join('/', template.Split('/').Select(part => part.StartsWith('{') ? id ?? "0199a0f0-0000-7000-8000-00000000abcd" : part));

    /// <summary>All required members with plausible values, and one member set to a text.</summary>
    public string? ValidBody(string? member = null, string? text = null)
    {
        if (Body is null)
            return null;
        var body = new JsonObject();
        foreach (var (name, schema) in Members)
            if (Required.Contains(name) || name == member)
                body[name] = name == member ? text : Plausible(name, schema!);
        return body.ToJsonString();
    }

    public IEnumerable<string> TextMembers() =>
        Members.Where(m => Types(reference.Resolve(m.Value!)).Contains("string") && reference.Resolve(m.Value!)["format"] is null).Select(m => m.Key);

    public IEnumerable<(string What, string Body)> BrokenBodies()
    {
        yield return ("empty", "");
        yield return ("null", "null");
        yield return ("array", "[]");
        yield return ("text", "\"text\"");
        yield return ("half", "{\"a\":");
        yield return ("deep", string.Concat(Enumerable.Repeat("{\"a\":", 20)) + "1" + new string('}', 20));
        yield return ("unknown member", With("zzz", 1));
        foreach (var (name, schema) in Members)
        {
            yield return ($"{name} of a wrong type", With(name, Wrong(reference.Resolve(schema!))));
            if (Types(schema!).Contains("null") || schema!["oneOf"] is not null)
                continue;
            yield return ($"{name} null", With(name, null));
        }

        foreach (var name in Required)
        {
            var body = JsonNode.Parse(ValidBody()!)!.AsObject();
            body.Remove(name);
            yield return ($"{name} missing", body.ToJsonString());
        }
    }

    private string With(string name, JsonNode? value)
    {
        var body = JsonNode.Parse(ValidBody()!)!.AsObject();
        body[name] = value;
        return body.ToJsonString();
    }

    private static string[] Types(JsonNode schema) => schema["type"] switch
    {
        JsonArray some => [.. some.Select(t => (string)t!)],
        { } one => [(string)one!],
        _ => [],
    };

    private static JsonNode Wrong(JsonNode schema) =>
        (string?)schema["format"] is "uuid" or "date-time" ? "neither" : Types(schema).Contains("string") ? 12345 : "text";

    private static JsonNode Plausible(string name, JsonNode schema) => (Types(schema).FirstOrDefault(t => t != "null"), (string?)schema["format"]) switch
    {
        (_, "uuid") => Guid.CreateVersion7().ToString(),
        (_, "date-time") => "2030-01-01T00:00:00Z",
        ("integer", _) => 10,
        ("boolean", _) => false,
        ("array", _) => new JsonArray(),
        ("object", _) => new JsonObject(),
        _ => name switch
        {
            "email" => Guid.NewGuid().ToString("N") + "@example.org",
            "username" => "u" + Guid.NewGuid().ToString("N")[..12],
            "url" => $"https://media.example.org/{Guid.NewGuid():N}.gif",
            "provider" => "example",
            _ => "plausible text",
        },
    };
}
