using System.Net;
using System.Text.Json;
using GifShare.Fixtures;
using GifShare.Grains;
using GifShare.Grains.Operations;
using GifShare.Standalone;
using GifShare.Standalone.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.EndToEnd.Tests.Upgrade;

/// <summary>What each released schema left behind starts with the newest program, and everything is there. README.md says how sets are made.</summary>
public sealed class UpgradeTests : IDisposable
{
    private const int FirstSchema = 5;
    private const string Write = "GIFSHARE_UPGRADE_SET";

    private static readonly string Sets = Path.Combine(RunningProgram.Checkout, "tests", "EndToEnd.Tests", "Upgrade");

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly ProgramFolder _place = new("upgrade");

    public static TheoryData<int> Schemas => [.. Enumerable.Range(FirstSchema, Migrations.Newest - FirstSchema + 1)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Every_schema_has_its_data_set()
    {
        if (Environment.GetEnvironmentVariable(Write) is { Length: > 0 } program)
            await WriteAsync(program == "new" ? typeof(StandaloneHost).Assembly.Location : program);
        foreach (var schema in Enumerable.Range(FirstSchema, Migrations.Newest - FirstSchema + 1))
        {
            Assert.True(
                File.Exists(SetOf(schema)) && File.Exists(FactsOf(schema)),
                $"There is no data set of schema {schema}: {Write}=new ./gifshare test UpgradeTests.Every_schema writes it (tests/EndToEnd.Tests/Upgrade/README.md).");
        }
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task An_older_instance_starts_with_the_newest_program_and_keeps_its_data(int schema)
    {
        var world = JsonSerializer.Deserialize<KnownWorld>(await File.ReadAllTextAsync(FactsOf(schema), Token), JsonSerializerOptions.Web)!;
        var restored = await RunningProgram.RunAsync(["restore", SetOf(schema), "--data", _place.Data], Token);
        Assert.True(restored.ExitCode == 0, restored.Output);

        // An hour after it was made: neither sessions nor the time to undo are over.
        var clock = new ShiftedTime(world.FilledAt.AddHours(1) - DateTimeOffset.UtcNow);
        await using var host = await StandaloneHost.StartAsync(
            new StandaloneOptions
            {
                Port = 0,
                DataFolder = _place.Data,
                ReadEnvironment = false,
                Settings = new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "Warning" },
                Postgres = new ManagedPostgresOptions { Durable = false },
                Configure = builder => builder.Services.AddSingleton<TimeProvider>(clock),
            },
            Token);
        Assert.Empty(await Check.Run(host.ConnectionString, Token));

        using var guest = new HttpClient { BaseAddress = host.BaseAddress };
        using var ada = new HttpClient { BaseAddress = host.BaseAddress };
        using var ben = new HttpClient { BaseAddress = host.BaseAddress };
        ada.SignIn((await guest.SendAsync("POST", "/v1/sessions", new { login = "ada", password = KnownWorld.Password }, Token))!);
        ben.SignIn((await guest.SendAsync("POST", "/v1/sessions/refresh", new { refreshToken = world.BensRefreshToken }, Token))!);
        await PeopleAsync(ada, ben, world);
        await CollectionsAsync(ada, world);
        await LinksAsync(guest, ada, world);
        await TrashAsync(ada, world);
        Assert.Empty(await Check.Run(host.ConnectionString, Token));
    }

    private static async Task PeopleAsync(HttpClient ada, HttpClient ben, KnownWorld world)
    {
        var me = (await ada.SendAsync("GET", "/v1/users/me", null, Token))!;
        Assert.Equal(("Ada Lovelace", "Loops 🎉", "admin", 4 * KnownWorld.Gif(0).Length), ((string)me["displayName"]!, (string)me["bio"]!, (string)me["role"]!, (int)me["storageUsed"]!));
        Assert.Equal(KnownWorld.Gif(9), await ada.GetByteArrayAsync((string)me["avatarUrl"]!, Token));
        Assert.Equal("ben", (string?)(await ben.SendAsync("GET", "/v1/users/me", null, Token))!["username"]);

        Assert.Equal(world.LoopsGifs.Take(1), await IdsAsync(ada, "/v1/favorites"));
        Assert.Equal(await ItemsAsync(ben, world.Open), await IdsAsync(ben, "/v1/favorites"));
        var open = (await ben.SendAsync("GET", $"/v1/collections/{world.Open}", null, Token))!;
        Assert.Equal(("public", 1, 1), ((string)open["visibility"]!, (int)open["likeCount"]!, (int)open["itemCount"]!));
        Assert.Equal(1, (int)(await ben.SendAsync("PUT", $"/v1/collections/{world.Open}/like", null, Token))!["likeCount"]!);
    }

    private static async Task CollectionsAsync(HttpClient ada, KnownWorld world)
    {
        var loops = (await ada.SendAsync("GET", $"/v1/collections/{world.Loops}", null, Token))!;
        Assert.Equal(("Loops", "They go round", "shared", 4), ((string)loops["name"]!, (string)loops["description"]!, (string)loops["visibility"]!, (int)loops["itemCount"]!));
        Assert.Equal(KnownWorld.Gif(1), await ada.GetByteArrayAsync((string)loops["coverUrl"]!, Token));

        var items = (await ada.SendAsync("GET", $"/v1/collections/{world.Loops}/items", null, Token))!["items"]!.AsArray();
        Assert.Equal(world.LoopsGifs, items.Select(item => KnownWorld.Id(item!["gif"])));
        Assert.Equal("First", (string?)items[0]!["note"]);
        Assert.Equal("https://media.example.org/wave.gif", (string?)items[2]!["gif"]!["url"]);
        foreach (var (at, number) in new[] { (0, 2), (1, 0), (3, 1) })
        {
            Assert.Equal($"Pixel {number}", (string?)items[at]!["gif"]!["title"]);
            Assert.Equal(KnownWorld.Gif(number), await ada.GetByteArrayAsync((string)items[at]!["gif"]!["url"]!, Token));
        }

        // The same bytes are still known as the same gif, and the order can still be changed.
        Assert.Equal(world.LoopsGifs[1], await KnownWorld.UploadAsync(ada, 0, Token));
        await ada.SendAsync("PATCH", $"/v1/collections/{world.Loops}/items/{world.LoopsGifs[3]}", new { before = world.LoopsGifs[0] }, Token);
        string[] moved = [world.LoopsGifs[3], .. world.LoopsGifs.Take(3)];
        Assert.Equal(moved, await ItemsAsync(ada, world.Loops));
    }

    private static async Task LinksAsync(HttpClient guest, HttpClient ada, KnownWorld world)
    {
        var links = (await ada.SendAsync("GET", $"/v1/collections/{world.Loops}/links", null, Token))!["items"]!.AsArray();
        // Addresses are kept sealed by the master key.
        Assert.Equal(
            new[] { world.OpenToken, world.PasswordToken, world.CappedToken }.Order(), links.Select(link => (string)link!["token"]!).Order());
        Assert.Equal(
            KnownWorld.CapUsed, (int)links.Single(link => (string)link!["token"]! == world.CappedToken)!["viewCount"]!);

        Assert.Equal("Loops", (string?)(await guest.SendAsync("GET", $"/v1/shared/{world.OpenToken}", null, Token))!["collection"]!["name"]);
        Assert.Equal(HttpStatusCode.NotFound, await guest.StatusAsync($"/v1/shared/{world.RevokedToken}", Token));
        Assert.Equal(HttpStatusCode.Unauthorized, await guest.StatusAsync($"/v1/shared/{world.PasswordToken}", Token));
        var unlock = (await guest.SendAsync("POST", $"/v1/shared/{world.PasswordToken}/unlock", new { password = KnownWorld.LinkPassword }, Token))!["unlock"];
        using (var unlocked = new HttpClient { BaseAddress = guest.BaseAddress, DefaultRequestHeaders = { { "Link-Unlock", (string)unlock! } } })
            Assert.Equal(HttpStatusCode.OK, await unlocked.StatusAsync($"/v1/shared/{world.PasswordToken}", Token));
        for (var left = KnownWorld.Cap - KnownWorld.CapUsed; left > 0; left--)
            Assert.Equal(HttpStatusCode.OK, await guest.StatusAsync($"/v1/shared/{world.CappedToken}", Token));
        Assert.Equal(HttpStatusCode.NotFound, await guest.StatusAsync($"/v1/shared/{world.CappedToken}", Token));
    }

    private static async Task TrashAsync(HttpClient ada, KnownWorld world)
    {
        await ada.SendAsync("POST", $"/v1/gifs/{world.DeletedGif}/restore", null, Token);
        var gif = (await ada.SendAsync("GET", $"/v1/gifs/{world.DeletedGif}", null, Token))!;
        Assert.Equal(KnownWorld.Gif(5), await ada.GetByteArrayAsync((string)gif["url"]!, Token));
        await ada.SendAsync("POST", $"/v1/collections/{world.DeletedCollection}/restore", null, Token);
        Assert.Equal(world.LoopsGifs.Skip(1).Take(1), await ItemsAsync(ada, world.DeletedCollection));
    }

    /// <summary>Fills an instance of this program, be it an older one, and lets the newest one back it up.</summary>
    private async Task WriteAsync(string program)
    {
        KnownWorld world;
        await using (var filled = await RunningProgram.UpOlderAsync(program, _place.Data, Token))
            world = await KnownWorld.FillAsync(filled.Address, Token);
        var file = Path.Combine(_place.Folder, "set");
        var made = await RunningProgram.RunAsync(["backup", file, "--data", _place.Data], Token);
        Assert.True(made.ExitCode == 0, made.Output);
        var schema = await SchemaAsync(file);
        File.Copy(file, SetOf(schema), overwrite: true);
        await File.WriteAllTextAsync(FactsOf(schema), JsonSerializer.Serialize(world, Readable) + "\n", Token);
    }

    private static async Task<int> SchemaAsync(string backup)
    {
        await using var file = File.OpenRead(backup);
        await using var tar = new System.Formats.Tar.TarReader(file);
        var manifest = await tar.GetNextEntryAsync(copyData: false, Token);
        using var json = await JsonDocument.ParseAsync(manifest!.DataStream!, default, Token);
        return json.RootElement.GetProperty("schema").GetInt32();
    }

    private static async Task<string[]> ItemsAsync(HttpClient http, string collection) =>
        [.. (await http.SendAsync("GET", $"/v1/collections/{collection}/items", null, Token))!["items"]!.AsArray().Select(item => KnownWorld.Id(item!["gif"]))];

    private static async Task<string[]> IdsAsync(HttpClient http, string path) =>
        [.. (await http.SendAsync("GET", path, null, Token))!["items"]!.AsArray().Select(item => KnownWorld.Id(item!["gif"] ?? item))];

    private static string SetOf(int schema) => Path.Combine(Sets, $"schema-{schema}.gifshare");

    private static string FactsOf(int schema) => Path.Combine(Sets, $"schema-{schema}.json");

    private sealed class ShiftedTime(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
    }
}
