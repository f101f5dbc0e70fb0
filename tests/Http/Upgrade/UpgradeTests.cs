using System.Net;
using System.Text.Json;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Grains;
using GifShare.Grains.Database;
using GifShare.Standalone.Host;
using GifShare.Standalone.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Http.Tests.Upgrade;

/// <summary>What each released schema left behind starts with the newest program, and everything is there. README.md says how sets are made.</summary>
public sealed class UpgradeTests : IDisposable
{
    private const int FirstSchema = 5;
    private const string Write = "GIFSHARE_UPGRADE_SET";

    private static readonly string Sets = Path.Combine(RunningProgram.Checkout, "tests", "Http", "Upgrade");

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly ProgramFolder place = new("upgrade");

    public static TheoryData<int> Schemas => [.. Enumerable.Range(FirstSchema, Migrations.Newest - FirstSchema + 1)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task Every_schema_has_its_data_set()
    {
        if (Environment.GetEnvironmentVariable(Write) is { Length: > 0 } program)
            await WriteAsync(program == "new" ? typeof(StandaloneHost).Assembly.Location : program);
        foreach (var schema in Enumerable.Range(FirstSchema, Migrations.Newest - FirstSchema + 1))
        {
            Assert.True(
                File.Exists(SetOf(schema)) && File.Exists(FactsOf(schema)),
                $"There is no data set of schema {schema}: {Write}=new ./gifshare test UpgradeTests.Every_schema writes it (tests/Http/Upgrade/README.md).");
        }
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task An_older_instance_starts_with_the_newest_program_and_keeps_its_data(int schema)
    {
        var world = JsonSerializer.Deserialize<KnownWorld>(await File.ReadAllTextAsync(FactsOf(schema), Token), JsonSerializerOptions.Web)!;
        var restored = await RunningProgram.RunAsync(["restore", SetOf(schema), "--data", place.Data], Token);
        Assert.True(restored.ExitCode == 0, restored.Output);

        // An hour after it was made: neither sessions nor the time to undo are over.
        var clock = new MovingClock { Offset = world.FilledAt.AddHours(1) - DateTimeOffset.UtcNow };
        await using var host = await StandaloneHost.StartAsync(
            new StandaloneOptions
            {
                Port = 0,
                DataFolder = place.Data,
                ReadEnvironment = false,
                Settings = new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "Warning" },
                Postgres = new ManagedPostgresOptions { Durable = false },
                Configure = builder => builder.Services.AddSingleton<TimeProvider>(clock),
            },
            Token);
        Assert.Empty(await GrainsServices.CheckCounters(host.ConnectionString, Token));

        using var guest = new ApiClient(host.BaseAddress);
        using var ada = await ApiClient.SignInAsync(host.BaseAddress, "ada");
        using var ben = new ApiClient(host.BaseAddress);
        ben.Take((await guest.PostAsync("/v1/sessions/refresh", new { refreshToken = world.BensRefreshToken })).IsDone());
        await PeopleAsync(ada, ben, world);
        await CollectionsAsync(ada, world);
        await LinksAsync(guest, ada, world);
        await TrashAsync(ada, world);
        if (world.Kept is { } kept)
            await KeptAsync(ada, guest, world.Open, kept);
        Assert.Empty(await GrainsServices.CheckCounters(host.ConnectionString, Token));
    }

    private static async Task PeopleAsync(ApiClient ada, ApiClient ben, KnownWorld world)
    {
        var me = (await ada.GetAsync("/v1/users/me")).IsDone();
        Assert.Equal(("Ada Lovelace", "Loops 🎉", "admin", 4 * Steps.Pixel(0).Length), ((string)me["displayName"]!, (string)me["bio"]!, (string)me["role"]!, (int)me["storageUsed"]!));
        Assert.Equal(Steps.Pixel(9), await ada.GetBytesAsync((string)me["avatarUrl"]!));
        Assert.Equal("ben", (string?)(await ben.GetAsync("/v1/users/me")).IsDone()["username"]);

        Assert.Equal(world.LoopsGifs.Take(1), await IdsAsync(ada, "/v1/favorites"));
        Assert.Equal(await ItemsAsync(ben, world.Open), await IdsAsync(ben, "/v1/favorites"));
        var open = (await ben.GetAsync($"/v1/collections/{world.Open}")).IsDone();
        Assert.Equal(("public", 1, 1), ((string)open["visibility"]!, (int)open["likeCount"]!, (int)open["itemCount"]!));
        Assert.Equal(1, (int)(await ben.PutAsync($"/v1/collections/{world.Open}/like")).IsDone()["likeCount"]!);
    }

    private static async Task CollectionsAsync(ApiClient ada, KnownWorld world)
    {
        var loops = (await ada.GetAsync($"/v1/collections/{world.Loops}")).IsDone();
        Assert.Equal(("Loops", "They go round", "shared", 4), ((string)loops["name"]!, (string)loops["description"]!, (string)loops["visibility"]!, (int)loops["itemCount"]!));
        Assert.Equal(Steps.Pixel(1), await ada.GetBytesAsync((string)loops["coverUrl"]!));

        var items = (await ada.GetAsync($"/v1/collections/{world.Loops}/items")).IsDone()["items"]!.AsArray();
        Assert.Equal(world.LoopsGifs, items.Select(item => (string)item!["gif"]!["id"]!));
        Assert.Equal("First", (string?)items[0]!["note"]);
        Assert.Equal("https://media.example.org/wave.gif", (string?)items[2]!["gif"]!["url"]);
        foreach (var (at, number) in new[] { (0, 2), (1, 0), (3, 1) })
        {
            Assert.Equal($"Pixel {number}", (string?)items[at]!["gif"]!["title"]);
            Assert.Equal(Steps.Pixel(number), await ada.GetBytesAsync((string)items[at]!["gif"]!["url"]!));
        }

        // The same bytes are still known as the same gif, and the order can still be changed.
        Assert.Equal(world.LoopsGifs[1], await KnownWorld.UploadAsync(ada, 0));
        (await ada.PatchAsync($"/v1/collections/{world.Loops}/items/{world.LoopsGifs[3]}", new { before = world.LoopsGifs[0] })).IsDone();
        string[] moved = [world.LoopsGifs[3], .. world.LoopsGifs.Take(3)];
        Assert.Equal(moved, await ItemsAsync(ada, world.Loops));
    }

    private static async Task LinksAsync(ApiClient guest, ApiClient ada, KnownWorld world)
    {
        var links = (await ada.GetAsync($"/v1/collections/{world.Loops}/links")).IsDone()["items"]!.AsArray();
        // Addresses are kept sealed by the master key.
        Assert.Equal(
            new[] { world.OpenToken, world.PasswordToken, world.CappedToken }.Order(), links.Select(link => (string)link!["token"]!).Order());
        Assert.Equal(
            KnownWorld.CapUsed, (int)links.Single(link => (string)link!["token"]! == world.CappedToken)!["viewCount"]!);

        Assert.Equal("Loops", (string?)(await guest.GetAsync($"/v1/shared/{world.OpenToken}")).IsDone()["collection"]!["name"]);
        Assert.Equal(HttpStatusCode.NotFound, (await guest.GetAsync($"/v1/shared/{world.RevokedToken}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await guest.GetAsync($"/v1/shared/{world.PasswordToken}")).Status);
        var unlock = (await guest.PostAsync($"/v1/shared/{world.PasswordToken}/unlock", new { password = KnownWorld.LinkPassword })).IsDone()["unlock"];
        Assert.Equal(HttpStatusCode.OK, (await guest.GetAsync($"/v1/shared/{world.PasswordToken}", ("Link-Unlock", (string)unlock!))).Status);
        for (var left = KnownWorld.Cap - KnownWorld.CapUsed; left > 0; left--)
            Assert.Equal(HttpStatusCode.OK, (await guest.GetAsync($"/v1/shared/{world.CappedToken}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await guest.GetAsync($"/v1/shared/{world.CappedToken}")).Status);
    }

    private static async Task TrashAsync(ApiClient ada, KnownWorld world)
    {
        (await ada.PostAsync($"/v1/gifs/{world.DeletedGif}/restore")).IsDone();
        var gif = (await ada.GetAsync($"/v1/gifs/{world.DeletedGif}")).IsDone();
        Assert.Equal(Steps.Pixel(5), await ada.GetBytesAsync((string)gif["url"]!));
        (await ada.PostAsync($"/v1/collections/{world.DeletedCollection}/restore")).IsDone();
        Assert.Equal(world.LoopsGifs.Skip(1).Take(1), await ItemsAsync(ada, world.DeletedCollection));
    }

    /// <summary>The schema knows whose gif is whose: what Ben has kept of Ada shows while she has it open.</summary>
    private static async Task KeptAsync(ApiClient ada, ApiClient guest, string open, string kept)
    {
        Assert.Equal("Pixel 3", (string?)await FirstAsync("title"));
        (await ada.PatchAsync($"/v1/collections/{open}", new { visibility = "private" })).IsDone();
        await Eventually.True(async () => (bool?)await FirstAsync("hidden") == true, Token);

        async Task<System.Text.Json.Nodes.JsonNode?> FirstAsync(string member) =>
            (await guest.GetAsync($"/v1/collections/{kept}/items")).IsDone()["items"]![0]!["gif"]![member];
    }

    /// <summary>Fills an instance of this program, be it an older one, and lets the newest one back it up.</summary>
    private async Task WriteAsync(string program)
    {
        KnownWorld world;
        await using (var filled = await RunningProgram.UpOlderAsync(program, place.Data, Token))
            world = await KnownWorld.FillAsync(filled.Address);
        var file = Path.Combine(place.Folder, "set");
        var made = await RunningProgram.RunAsync(["backup", file, "--data", place.Data], Token);
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

    private static async Task<string[]> ItemsAsync(ApiClient http, string collection) =>
        [.. (await http.GetAsync($"/v1/collections/{collection}/items")).IsDone()["items"]!.AsArray().Select(item => (string)item!["gif"]!["id"]!)];

    private static async Task<string[]> IdsAsync(ApiClient http, string path) =>
        [.. (await http.GetAsync(path)).IsDone()["items"]!.AsArray().Select(item => (string)(item!["gif"] ?? item)!["id"]!)];

    private static string SetOf(int schema) => Path.Combine(Sets, $"schema-{schema}.gifshare");

    private static string FactsOf(int schema) => Path.Combine(Sets, $"schema-{schema}.json");
}
