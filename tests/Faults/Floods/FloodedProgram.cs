using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Standalone.Postgres;
using Npgsql;

namespace GifShare.Faults.Tests.Floods;

/// <summary>The product with the limits it ships with, one person's things in it, and somebody who reads them: one program for all floods, one after the other.</summary>
[CollectionDefinition(Shared)]
public sealed class FloodedProgram : IAsyncLifetime, ICollectionFixture<FloodedProgram>
{
    public const string Shared = "flooded program";

    public const string Password = "seven quiet otters";

    private readonly ProgramFolder place = new("flooded");

    /// <summary>Seconds; the default would only make the tests longer.</summary>
    public const int HeadersSeconds = 4;

    internal RunningProgram Program { get; private set; } = null!;

    internal Readers Readers { get; private set; } = null!;

    public Uri Address => Program.Address;

    public string Data => place.Data;

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

    /// <summary>A public collection as large as one may be, of linked gifs with texts as long as they may be.</summary>
    public async Task<Guid> LargestCollectionAsync()
    {
        var id = Guid.CreateVersion7();
        await using var database = NpgsqlDataSource.Create(ManagedPostgres.ConnectionStringOf(Data)! + ";Pooling=false");
        await using var insert = database.CreateCommand(
            """
            WITH c AS (INSERT INTO collections (id, owner_id, name, visibility, item_count, created_at, updated_at)
                SELECT $1, id, 'Everything', 'public', 10000, now(), now() FROM users WHERE username = 'ada' RETURNING id, owner_id),
            k AS (INSERT INTO collection_counters (collection_id) SELECT id FROM c),
            g AS (INSERT INTO gifs (id, owner_id, provider, url, width, height, title, alt_text, tags, created_at, updated_at)
                SELECT gen_random_uuid(), c.owner_id, 'giphy', 'https://media.example.org/large/' || n, 10, 10, repeat(md5(n::text), 6), repeat(md5('a' || n), 31),
                    ARRAY(SELECT md5(n || '.' || t) FROM generate_series(1, 20) t), now(), now()
                FROM c, generate_series(1, 10000) n RETURNING id)
            INSERT INTO collection_items (collection_id, gif_id, position, added_at)
            SELECT c.id, g.id, order_key((5000000 + row_number() OVER ())::int), now() FROM c, g
            """);
        insert.Parameters.AddWithValue(id);
        await insert.ExecuteNonQueryAsync();
        return id;
    }

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
        place.Dispose();
    }
}
