using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.Http.Tests.Http;

/// <summary>Requests to a documented operation: right ones, and ones that it must refuse.</summary>
public static class OperationRequests
{
    /// <summary>These would end the account that the test walks with.</summary>
    public static bool EndsAccounts(this ApiOperation operation) =>
        (operation.Method, operation.Template) is ("DELETE", "/v1/users/me") or ("PUT", "/v1/users/me/password");

    public static string Path(this ApiOperation operation, string? id = null) =>
        string.Join('/', operation.Template.Split('/').Select(part => part.StartsWith('{') ? id ?? "0199a0f0-0000-7000-8000-00000000abcd" : part));

    /// <summary>All required members with plausible values, and one member set to a text.</summary>
    public static string? ValidBody(this ApiOperation operation, string? member = null, string? text = null)
    {
        if (operation.Body is null)
            return null;
        var body = new JsonObject();
        foreach (var (name, schema) in Members(operation))
            if (name == member)
                body[name] = text;
            else if (Required(operation).Contains(name))
                body[name] = Plausible(name, schema!);
        return body.ToJsonString();
    }

    public static IEnumerable<string> TextMembers(this ApiOperation operation) =>
        from member in Members(operation)
        let schema = operation.Document.Resolve(member.Value!)
        where ApiDocument.TypesOf(schema).Contains("string") && schema["format"] is null
        select member.Key;

    public static IEnumerable<(string What, string Body)> BrokenBodies(this ApiOperation operation)
    {
        yield return ("empty", "");
        yield return ("null", "null");
        yield return ("array", "[]");
        yield return ("text", "\"text\"");
        yield return ("half", "{\"a\":");
        yield return ("deep", string.Concat(Enumerable.Repeat("{\"a\":", 20)) + "1" + new string('}', 20));
        yield return ("unknown member", With("zzz", 1));
        foreach (var (name, schema) in Members(operation))
        {
            yield return ($"{name} of a wrong type", With(name, Wrong(operation.Document.Resolve(schema!))));
            if (ApiDocument.TypesOf(schema!).Contains("null") || schema!["oneOf"] is not null)
                continue;
            yield return ($"{name} null", With(name, null));
        }

        foreach (var name in Required(operation))
            yield return ($"{name} missing", Changed(body => body.Remove(name)));

        string With(string name, JsonNode? value) => Changed(body => body[name] = value);

        string Changed(Action<JsonObject> change)
        {
            var body = JsonNode.Parse(operation.ValidBody()!)!.AsObject();
            change(body);
            return body.ToJsonString();
        }
    }

    private static JsonObject Members(ApiOperation operation) => operation.Body?["properties"]?.AsObject() ?? [];

    private static IEnumerable<string> Required(ApiOperation operation) => (operation.Body?["required"]?.AsArray() ?? []).Select(n => (string)n!);

    private static JsonNode Wrong(JsonNode schema) =>
        (string?)schema["format"] is "uuid" or "date-time" ? "neither" : ApiDocument.TypesOf(schema).Contains("string") ? 12345 : "text";

    private static JsonNode Plausible(string name, JsonNode schema) => (ApiDocument.TypesOf(schema).FirstOrDefault(t => t != "null"), (string?)schema["format"]) switch
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
            "contentType" => "image/gif",
            _ => "plausible text",
        },
    };
}
