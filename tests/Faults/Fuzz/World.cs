using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Grains.Accounts;
using GifShare.Grains.Database;
using GifShare.Standalone.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GifShare.Faults.Tests.Fuzz;

/// <summary>Somebody who calls: what they have and hold.</summary>
internal sealed class Actor(string name, string password, string token, string refreshToken)
{
    public string Name => name;

    public string Password => password;

    public string Token { get; set; } = token;

    public string RefreshToken { get; set; } = refreshToken;

    /// <summary>The cookies of a browser in which they are logged in, and the token of its forms; null for those who came later.</summary>
    public (string Cookie, string Form)? Browser { get; set; }

    public Pool Collections { get; } = new();

    public Pool Gifs { get; } = new();

    public Pool Links { get; } = new();

    public Pool LinkTokens { get; } = new();

    public Pool Sessions { get; } = new();

    public Pool Cursors { get; } = new();

    public Pool Tags { get; } = new();
}

/// <summary>The latest of what was seen.</summary>
internal sealed class Pool
{
    private const int Kept = 40;
    private readonly ConcurrentDictionary<int, string> values = new();
    private int count;

    public void Add(string value) => values[(Interlocked.Increment(ref count) - 1) % Kept] = value;

    public string? Any(Random random) => values.IsEmpty ? null : values.GetValueOrDefault(random.Next(values.Count));
}

/// <summary>
/// Two vaults, whose owners only read and whose private things nobody else may learn of, and actors, who do everything to their own
/// and try everything on the vaults.
/// </summary>
internal sealed class World(Uri address, Secrets secrets)
{
    private const string Password = "seven quiet otters";

    private static readonly string VaultPassword = "vault " + Guid.NewGuid().ToString("N");

    private readonly ConcurrentDictionary<string, byte> hidden = new();
    private int names;

    public Uri Address => address;

    public Secrets Secrets => secrets;

    public List<Actor> Vaults { get; } = [];

    public List<Actor> Actors { get; } = [];

    /// <summary>Ids and dead tokens of the vaults' private things: for anybody else the same as ids that never were.</summary>
    public string[] Hidden { get; private set; } = [];

    public string RevokedToken { get; private set; } = "";

    public string ExpiredToken { get; private set; } = "";

    /// <summary>Open link, link with a password.</summary>
    public string OpenLink { get; private set; } = "";

    public string PasswordLink { get; private set; } = "";

    public bool IsHidden(string text) => hidden.ContainsKey(text);

    public static async Task<World> MakeAsync(Uri address, Secrets secrets, string dataFolder, CancellationToken cancellationToken)
    {
        var world = new World(address, secrets);
        using var wire = new Wire(address);
        await world.RegisterAsync(wire, "keeper", null, cancellationToken);
        foreach (var name in (string[])["vera", "vito"])
            world.Vaults.Add(await world.MakeVaultAsync(wire, name, cancellationToken));
        for (var n = 0; n < 4; n++)
        {
            var actor = await world.NewActorAsync(wire, cancellationToken);
            actor.Browser = await SignInAsync(wire, actor, cancellationToken);
            world.Actors.Add(actor);
        }

        world.Hidden = [.. world.hidden.Keys];

        var gone = await world.NewActorAsync(wire, cancellationToken);
        await CallAsync(wire, Request.Json("DELETE", "/v1/sessions/current", gone.Token), 204, cancellationToken);
        world.RevokedToken = gone.Token;
        var me = await CallAsync(wire, Request.Json("GET", "/v1/users/me", world.Actors[0].Token), 200, cancellationToken);
        var session = await CallAsync(wire, Request.Json("GET", "/v1/sessions", world.Actors[0].Token), 200, cancellationToken);
        world.ExpiredToken = await IssueAsync(
            dataFolder, Guid.Parse((string)me["id"]!), Guid.Parse((string)session["items"]![0]!["id"]!), TimeProvider.System.GetUtcNow().AddHours(-1), cancellationToken);
        return world;
    }

    public async Task<Actor> NewActorAsync(Wire wire, CancellationToken cancellationToken) =>
        await RegisterAsync(wire, $"actor{Interlocked.Increment(ref names)}x{Guid.NewGuid().ToString("N")[..8]}", null, cancellationToken);

    public static async Task<JsonNode> CallAsync(Wire wire, Request request, int status, CancellationToken cancellationToken)
    {
        var reply = await wire.SendAsync(request.ToBytes(), cancellationToken);
        Assert.True(reply.Status == status, $"{request.Method} {request.Target}: {reply.Status} {reply.Text}");
        return reply.Body.Length == 0 ? new JsonObject() : JsonNode.Parse(reply.Body)!;
    }

    /// <summary>By the pages, as a browser does.</summary>
    private static async Task<(string Cookie, string Form)> SignInAsync(Wire wire, Actor actor, CancellationToken cancellationToken)
    {
        var cookies = new Dictionary<string, string>();
        var login = await Step(new Request("GET", "/login"));
        await Step(new Request("POST", "/login").With("Content-Type", "application/x-www-form-urlencoded")
            .WithBody(Encoding.ASCII.GetBytes($"login={actor.Name}&password={Uri.EscapeDataString(actor.Password)}&_antiforgery={TokenIn(login)}")));
        var form = TokenIn(await Step(new Request("GET", "/settings")));
        return (Cookies(), form);

        string Cookies() => string.Join("; ", cookies.Select(static one => $"{one.Key}={one.Value}"));

        async Task<Reply> Step(Request request)
        {
            var reply = await wire.SendAsync(request.With("Accept", "text/html").With("Cookie", Cookies()).ToBytes(), cancellationToken);
            Assert.True(reply.Status is 200 or 303, reply.Text);
            foreach (var line in reply.Head.Split("\r\n"))
                if (line.StartsWith("Set-Cookie: ", StringComparison.OrdinalIgnoreCase) && line[12..].Split(';')[0].Split('=', 2) is [var name, var value])
                    cookies[name] = value;
            return reply;
        }

        static string TokenIn(Reply page) => page.Text.Split("name=\"_antiforgery\" value=\"")[1].Split('"')[0];
    }

    /// <summary>A token as the product made it an hour ago.</summary>
    private static async Task<string> IssueAsync(string dataFolder, Guid user, Guid session, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var key = Convert.ToBase64String(await File.ReadAllBytesAsync(Path.Combine(dataFolder, "master.key"), cancellationToken));
        await using var postgres = new Postgres(
            ManagedPostgres.ConnectionStringOf(dataFolder)!, new PostgresOptions(), TimeProvider.System, NullLogger<SilenceWatch>.Instance);
        using var keys = new SigningKeys(postgres, new MasterKey(key), TimeProvider.System);
        return (await new AccessTokens(keys, new FakeTimeProvider(at)).Issue(new UserId(user), new SessionId(session))).Token;
    }

    private async Task<Actor> RegisterAsync(Wire wire, string name, string? email, CancellationToken cancellationToken)
    {
        var password = email is null ? Password : VaultPassword;
        var made = await CallAsync(
            wire,
            Request.Json("POST", "/v1/users", null,
                $$"""{"firstName":"A","lastName":"B","username":"{{name}}","email":"{{email ?? name}}@example.org","password":"{{password}}"}""")
                .With("User-Agent", secrets.Word(name, "device")),
            201, cancellationToken);
        var actor = new Actor(name, password, (string)made["accessToken"]!, (string)made["refreshToken"]!);
        secrets.Add(name, "access token", actor.Token[actor.Token.LastIndexOf('.')..]);
        secrets.Add(name, Secrets.RefreshToken, actor.RefreshToken);
        return actor;
    }

    private async Task<Actor> MakeVaultAsync(Wire wire, string name, CancellationToken cancel)
    {
        var owner = await RegisterAsync(wire, name, secrets.Word(name, "email"), cancel);
        string W(string what) => secrets.Word(name, what);
        async Task<JsonNode> Do(int status, string method, string path, string? json = null) =>
            await CallAsync(wire, Request.Json(method, path, owner.Token, json), status, cancel);
        async Task<string> Collection(string visibility, string description, string? text = null) =>
            (string)(await Do(201, "POST", "/v1/collections",
                $$"""{"name":"{{text ?? W($"{visibility} collection's name")}}","visibility":"{{visibility}}","description":"{{description}}"}"""))["id"]!;
        async Task<JsonNode> Link(string collection, string more = "") =>
            await Do(201, "POST", $"/v1/collections/{collection}/links", $$"""{"label":"{{W("label of a link")}}"{{more}}}""");
        void Hide(params string[] ids)
        {
            foreach (var id in ids)
                hidden[id] = 0;
        }

        // Of a private account only name, avatar and counts are public.
        if (name == "vito")
            await Do(200, "PATCH", "/v1/users/me", $$"""{"isPrivate":true,"bio":"{{W("bio")}}","location":"{{W("location")}}","website":"https://{{W("website")}}.example.org"}""");

        var upload = await CallAsync(wire,
            Request.Upload("/v1/gifs", owner.Token, Gif.Of(W("file")), ("title", W("title")), ("altText", W("alternative text")), ("tags", W("tag"))), 201, cancel);
        var linked = await Do(201, "POST", "/v1/gifs",
            $$"""{"url":"https://media.example.org/{{W("address")}}.gif","width":9,"height":9,"provider":"giphy","title":"{{W("title of a link")}}"}""");
        var deleted = await Do(201, "POST", "/v1/gifs",
            $$"""{"url":"https://media.example.org/{{W("deleted address")}}.gif","width":9,"height":9,"provider":"giphy","title":"{{W("deleted title")}}"}""");
        var open = await Do(201, "POST", "/v1/gifs",
            $$"""{"url":"https://media.example.org/{{Guid.NewGuid():N}}.gif","width":9,"height":9,"provider":"giphy","title":"For everybody"}""");
        secrets.Add(name, "file's address", (string)upload["url"]!);
        string[] gifs = [(string)upload["id"]!, (string)linked["id"]!];
        Hide([.. gifs, (string)deleted["id"]!]);
        await Do(204, "DELETE", $"/v1/gifs/{deleted["id"]}");
        await Do(204, "PUT", $"/v1/favorites/{gifs[0]}");

        async Task<string> Filled(string visibility)
        {
            var id = await Collection(visibility, W($"{visibility} collection's description"));
            foreach (var gif in gifs)
                await Do(201, "POST", $"/v1/collections/{id}/items", $$"""{"gifId":"{{gif}}","note":"{{W("note")}}"}""");
            return id;
        }

        var @private = await Filled("private");
        var withPassword = await Filled("shared");
        var dead = await Filled("shared");
        var trashed = await Filled("public");
        Hide(@private, withPassword, dead, trashed);
        await Do(204, "DELETE", $"/v1/collections/{trashed}");

        var locked = await Link(withPassword, $$""","password":"{{W("link's password")}}" """);
        var revoked = await Link(dead);
        await Do(204, "DELETE", $"/v1/collections/{dead}/links/{revoked["id"]}");
        var spent = await Link(dead, ""","maxViews":1""");
        await CallAsync(wire, Request.Json("GET", $"/v1/shared/{spent["token"]}", null), 200, cancel);
        var expired = await Link(dead, $$""","expiresAt":"{{TimeProvider.System.GetUtcNow().AddSeconds(3):O}}" """);
        await Eventually.True(
            async () => (await wire.SendAsync(Request.Json("GET", $"/v1/shared/{expired["token"]}", null).ToBytes(), cancel)).Status == 404, cancel);
        Hide([(string)revoked["token"]!, (string)spent["token"]!, (string)expired["token"]!, (string)revoked["id"]!, (string)spent["id"]!, (string)locked["id"]!]);
        foreach (var link in (JsonNode[])[locked, revoked, spent, expired])
            secrets.Add(name, "link's token", (string)link["token"]!);

        var shared = await Collection("shared", "text", "Open to whoever has the link");
        await Do(201, "POST", $"/v1/collections/{shared}/items", $$"""{"gifId":"{{open["id"]}}"}""");
        var opener = (string)(await Link(shared))["token"]!;
        await Do(200, "PATCH", $"/v1/collections/{shared}", $$"""{"description":"{{secrets.Word(name, "shared description", opener)}}"}""");
        var everybodys = await Collection("public", "text", "Open to everybody");
        await Do(201, "POST", $"/v1/collections/{everybodys}/items", $$"""{"gifId":"{{open["id"]}}"}""");

        foreach (var id in (string[])[@private, withPassword, dead, shared, everybodys])
            owner.Collections.Add(id);
        foreach (var id in (string[])[.. gifs, (string)open["id"]!])
            owner.Gifs.Add(id);
        owner.Links.Add((string)locked["id"]!);
        owner.LinkTokens.Add(opener);
        owner.LinkTokens.Add((string)locked["token"]!);
        (OpenLink, PasswordLink) = (opener, (string)locked["token"]!);
        var sessions = await Do(200, "GET", "/v1/sessions");
        secrets.Add(name, "session", (string)sessions["items"]![0]!["id"]!);
        Hide((string)sessions["items"]![0]!["id"]!);
        return owner;
    }
}
