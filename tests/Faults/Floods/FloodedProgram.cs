using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.Faults.Floods;

/// <summary>The product with the limits it ships with, one person's things in it, and somebody who reads them.</summary>
public sealed class FloodedProgram : IAsyncLifetime
{
    private const string Password = "seven quiet otters";

    private readonly ProgramFolder _place = new("flooded");

    /// <summary>Seconds; the default would only make the tests longer.</summary>
    public const int HeadersSeconds = 4;

    internal RunningProgram Program { get; private set; } = null!;

    internal Readers Readers { get; private set; } = null!;

    public Uri Address => Program.Address;

    public string Data => _place.Data;

    public string Token { get; private set; } = "";

    public string Collection { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Program = await RunningProgram.UpAsync(
            Data, CancellationToken.None, "--set", "Logging:LogLevel:Default=Error", "--set", $"Connections:HeadersSeconds={HeadersSeconds}",
            // By default half of the files that it may open: 10,000 idle ones take more than the usual 20,000 of a container.
            "--set", "Connections:Max=12000");
        Token = await RegisterAsync("ada", 0);
        Collection = (string)(await DoAsync("POST", "/v1/collections", """{"name":"Loops","visibility":"shared"}"""))["id"]!;
        for (var n = 0; n < 50; n++)
            await DoAsync("POST", $"/v1/collections/{Collection}/items", $$"""{"url":"https://media.example.org/{{n}}.gif","width":10,"height":10,"provider":"giphy"}""");
        Readers = new(Program, Collection, Token, await LinkAsync("{}"));
    }

    public async Task<string> RegisterAsync(string name, int client)
    {
        using var wire = new Wire(Address, Wire.Client(client));
        var reply = await wire.SendAsync(Registration(name).ToBytes(), CancellationToken.None);
        return reply.Status == 201 ? (string)JsonNode.Parse(reply.Body)!["accessToken"]! : throw new InvalidOperationException($"{reply.Status} {reply.Text}");
    }

    public static Request Registration(string name) => Request.Json("POST", "/v1/users", null,
        $$"""{"firstName":"A","lastName":"B","username":"{{name}}","email":"{{name}}@example.org","password":"{{Password}}"}""");

    public async Task<string> LinkAsync(string body) => (string)(await DoAsync("POST", $"/v1/collections/{Collection}/links", body))["token"]!;

    public async Task<JsonNode> DoAsync(string method, string path, string? body = null)
    {
        using var wire = new Wire(Address);
        var reply = await wire.SendAsync(Request.Json(method, path, Token, body).ToBytes(), CancellationToken.None);
        return reply.Status is >= 200 and < 300 ? JsonNode.Parse(reply.Body)! : throw new InvalidOperationException($"{method} {path}: {reply.Status} {reply.Text}");
    }

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        _place.Dispose();
    }
}
