using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.Faults.Tests.Fuzz;

/// <summary>Bodies by the document's schemas: right ones, and ones with one thing wrong.</summary>
internal sealed class BodyMaker(ApiDocument document, World world, Random random, Actor actor)
{
    private static readonly string[] Texts =
    [
        "plain", "", " ", "ä̈ö̈ 🎉 مرحبا", "a\u0000b", "\u202Egif.exe", "<script>alert(1)</script>", "'; DROP TABLE users; --", "%00%s%n", "\\u0000",
        "../../etc/passwd", "{{7*7}}", "\r\nSet-Cookie: a=b", new string('x', 101), new string('x', 1001), new string('x', 20_000), "\ufffe", "null", "true", "-1",
        "\uFB01", "ẞ", "İi", new string('\u0301', 300), "https://user:pass@example.org/a.gif", "javascript:alert(1)", "http://", "a@b", "@", "vera", "public", "shared", "private",
    ];

    private static readonly string[] Wrong = ["12345", "true", "[]", "{}", "null", "1e999", "-0.5", "9223372036854775808", "\"text\"", "[[[]]]", "[null]", "{\"a\":1}"];

    /// <summary>Sets the body; the answer says whether it must be refused.</summary>
    public bool Fill(Request request, ApiOperation operation, Probe probe)
    {
        if (operation.Contents.Count == 0)
        {
            // Nobody asked for one.
            if (random.Next(10) == 0)
                request.With("Content-Type", "application/json").WithBody(Encoding.UTF8.GetBytes("{\"x\":1}"));
            return false;
        }

        var (type, schema) = operation.Contents.ElementAt(random.Next(operation.Contents.Count));
        return type switch
        {
            "application/json" => FillJson(request, schema, probe),
            "multipart/form-data" => new FormMaker(random).Fill(request),
            _ => FillFile(request, type),
        };
    }

    private bool FillFile(Request request, string type)
    {
        var (body, isWrong) = random.Next(8) switch
        {
            0 => (Array.Empty<byte>(), true),
            1 => ("no image"u8.ToArray(), true),
            2 => (Gif.Of("x")[..20], true),
            3 => (RandomBytes(random.Next(2000)), true),
            4 when random.Next(20) == 0 => (new byte[(5 << 20) + 1], true),
            _ => (Gif.Of("a" + random.Next()), false),
        };
        request.With("Content-Type", random.Next(6) == 0 ? "text/html" : type).WithBody(body);
        return isWrong;
    }

    private bool FillJson(Request request, JsonNode schema, Probe probe)
    {
        var members = (schema["properties"]?.AsObject() ?? []).ToDictionary(m => m.Key, m => Value(m.Key, document.Resolve(m.Value!), probe));
        var required = (schema["required"]?.AsArray() ?? []).Select(n => (string)n!).ToHashSet();
        foreach (var name in members.Keys.Where(n => !required.Contains(n) && random.Next(2) == 0).ToList())
            members.Remove(name);

        var type = "application/json";
        if (random.Next(100) < 68)
        {
            Set(request, type, Join(members));
            return false;
        }

        var names = members.Keys.ToList();
        var one = names.Count > 0 ? names[random.Next(names.Count)] : null;
        switch (random.Next(17))
        {
            case 0 when one is not null:
                // Some wrong values are right for some members.
                members[one] = Wrong[random.Next(Wrong.Length)];
                Set(request, type, Join(members));
                return false;
            case 1 when required.Count > 0:
                members.Remove(required.ElementAt(random.Next(required.Count)));
                Set(request, type, Join(members));
                return true;
            case 2:
                members["zzz" + random.Next(9)] = "1";
                Set(request, type, Join(members));
                return true;
            case 3 when one is not null:
                Set(request, type, Join(members)[..^1] + $",\"{one}\":{members[one]}}}");
                return true;
            case 4:
                var depth = random.Next(17, 3000);
                Set(request, type, string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth));
                return true;
            case 5:
                request.With("Content-Type", type).WithBody([.. "{\"name\":\""u8, 0xC3, 0x28, 0xFF, .. "\"}"u8]);
                return true;
            case 6:
                Set(request, type, "{\"name\":\"\\ud800\"}");
                return true;
            case 7:
                Set(request, type, $"{{\"name\":\"{new string('y', 70_000)}\"}}");
                return true;
            case 8:
                var whole = Join(members);
                Set(request, type, whole[..random.Next(whole.Length)]);
                return true;
            case 9:
                Set(request, type, random.Next(4) switch { 0 => "[]", 1 => "null", 2 => "\"x\"", _ => "1" });
                return true;
            case 10:
                Set(request, type, "// a comment\n" + Join(members));
                return true;
            case 11:
                request.With("Content-Type", type).WithBody(RandomBytes(random.Next(1, 500)));
                return true;
            case 12:
                var wrong = random.Next(6) switch { 0 => "text/plain", 1 => "application/xml", 2 => "application/json; charset=utf-16", 3 => "multipart/form-data", 4 => ";;;", _ => "application/x-www-form-urlencoded" };
                Set(request, wrong, Join(members));
                return true;
            case 13:
                // No type at all.
                request.WithBody(Encoding.UTF8.GetBytes(Join(members)));
                return true;
            case 14:
                Set(request, type, "");
                return false;
            case 15 when one is not null:
                members[one] = Quote(Texts[random.Next(Texts.Length)]);
                Set(request, type, Join(members));
                return false;
            default:
                // Length says more than ever comes in one go, or the body comes in chunks.
                Set(request, type, Join(members));
                request.IsChunked = true;
                return false;
        }
    }

    private string Value(string name, JsonNode schema, Probe probe)
    {
        var types = ApiDocument.TypesOf(schema);
        if (types.Contains("null") && random.Next(8) == 0)
            return "null";
        if ((string?)schema["format"] == "date-time")
            return Quote(random.Next(4) == 0 ? "2001-02-03T04:05:06Z" : $"{DateTime.UtcNow.Year + 1}-02-03T04:05:06Z");
        if ((string?)schema["format"] == "uuid")
            return Quote(Id(name, probe));
        if (schema["enum"] is JsonArray choices)
            return choices[random.Next(choices.Count)]!.ToJsonString();
        return types.FirstOrDefault(t => t != "null") switch
        {
            "integer" => random.Next(6) switch { 0 => "0", 1 => "-1", 2 => "2147483647", 3 => "20001", _ => random.Next(1, 2000).ToString(System.Globalization.CultureInfo.InvariantCulture) },
            "number" => "1.5",
            "boolean" => random.Next(2) == 0 ? "true" : "false",
            "array" => "[" + string.Join(',', Enumerable.Range(0, random.Next(5)).Select(_ => Value(name, document.Resolve(schema["items"] ?? new JsonObject { ["type"] = "string" }), probe))) + "]",
            "object" => Join((schema["properties"]?.AsObject() ?? []).ToDictionary(m => m.Key, m => Value(m.Key, document.Resolve(m.Value!), probe))),
            _ => Quote(Text(name)),
        };
    }

    private string Id(string name, Probe probe)
    {
        if (random.Next(8) == 0)
            return probe.Hidden = world.Hidden[random.Next(world.Hidden.Length)];
        var pool = name.Contains("ollection", StringComparison.Ordinal) ? actor.Collections : actor.Gifs;
        return pool.Any(random) ?? Guid.CreateVersion7().ToString();
    }

    private string Text(string name) => random.Next(12) == 0 ? Texts[random.Next(Texts.Length)] : name switch
    {
        "email" => $"e{random.Next()}@example.org",
        "username" => random.Next(4) == 0 ? actor.Name : "u" + random.Next(),
        "login" => random.Next(3) switch { 0 => actor.Name, 1 => "vera", _ => "nobody" + random.Next(100) },
        "password" or "old" or "new" => random.Next(3) switch { 0 => actor.Password, 1 => "wrong horse battery", _ => "short" },
        "refreshToken" => random.Next(3) switch { 0 => actor.RefreshToken, 1 => Base64Url.EncodeToString(RandomBytes(68)), _ => "x" },
        "url" => $"https://media.example.org/{random.Next(1000)}.gif",
        "website" => "https://example.org/me",
        "provider" => "giphy",
        "visibility" => random.Next(3) switch { 0 => "private", 1 => "shared", _ => "public" },
        "rating" => "pg",
        _ => "text " + random.Next(1000),
    };

    private byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void Set(Request request, string type, string body) => request.With("Content-Type", type).WithBody(Encoding.UTF8.GetBytes(body));

    private static string Join(Dictionary<string, string> members) => "{" + string.Join(',', members.Select(m => $"{Quote(m.Key)}:{m.Value}")) + "}";

    private static string Quote(string text) => JsonValue.Create(text).ToJsonString();
}
