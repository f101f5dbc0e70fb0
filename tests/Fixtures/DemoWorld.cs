using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;

namespace GifShare.Fixtures;

/// <summary>
/// A small lived-in installation, made through the API: what screenshots, checks of every page and page measurements look at.
/// Ada runs it; Ben is another member.
/// </summary>
public sealed class DemoWorld
{
    public const string Password = ApiClient.Password;

    /// <summary>What the screenshots and tests of pages need of the limits: everything comes from one address.</summary>
    public static IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>
    {
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:ReadsPerMinutePerAddress"] = "0",
        ["RateLimits:WritesPerMinute"] = "0",
        ["RateLimits:UploadsPerHour"] = "0",
    };

    private static readonly (string File, string Title, string Alt)[] Scenes =
    [
        ("scenes/sunset.gif", "Sunset over the waves", "A low sun over violet waves that roll by"),
        ("scenes/fire.gif", "Campfire", "A campfire at night, sparks rising"),
        ("scenes/cat.gif", "Not impressed", "A black cat blinks and swings its tail"),
        ("scenes/train.gif", "The slow train home", "A red, yellow and blue train rides through green hills"),
        ("scenes/coffee.gif", "First coffee", "Steam rises from a red cup of coffee"),
        ("scenes/city.gif", "Night shift", "Windows light up in a city at night"),
        ("scenes/rocket.gif", "Ship it", "A rocket flies through the stars"),
        ("scenes/fish.gif", "Tank day", "Three fish swim between sea grass"),
        ("scenes/vinyl.gif", "Side B", "A record turns on a player"),
        ("scenes/planets.gif", "Everything in its orbit", "Three planets circle a star"),
        ("scenes/confetti.gif", "Yes!", "Confetti falls around the word Yes"),
        ("sailing.gif", "Out at sea", "A boat sails by"),
        ("bouncing-balls.gif", "Bouncing", "Balls bounce"),
        ("hearts.gif", "Hearts", "Hearts rise"),
        ("plasma.gif", "Plasma", "Colours flow"),
    ];

    private DemoWorld(Uri address) => Address = address;

    public Uri Address { get; }

    /// <summary>Public, 15 GIFs, liked by Ben.</summary>
    public string Evenings { get; private set; } = "";

    /// <summary>Shared by three links: open, with a password, with a cap.</summary>
    public string Reactions { get; private set; } = "";

    public string Empty { get; private set; } = "";

    /// <summary>Holds a GIF of another site and odd names.</summary>
    public string Odd { get; private set; } = "";

    /// <summary>Ben's, of Ada's: one is open, the other is not any more.</summary>
    public string Kept { get; private set; } = "";

    public string KeptAndHidden { get; private set; } = "";

    public string OpenLink { get; private set; } = "";

    public string PasswordLink { get; private set; } = "";

    public string CappedLink { get; private set; } = "";

    public static async Task<DemoWorld> MakeAsync(Uri address, string samples, CancellationToken cancel)
    {
        var world = new DemoWorld(address);
        using var ada = await ApiClient.RegisterAsync(address, "ada");
        using var ben = await ApiClient.RegisterAsync(address, "ben");
        (await ben.PatchAsync("/v1/users/me", new { firstName = "Ben", lastName = "Okafor" })).IsDone();
        (await ada.PatchAsync("/v1/users/me", new { displayName = "Ada Lovelace", bio = "Loops, trains and one cat.", location = "London", website = "https://example.org/ada" })).IsDone();
        (await ada.SetAvatarAsync(await File.ReadAllBytesAsync(Path.Combine(samples, "scenes/cat.gif"), cancel))).IsDone();
        (await ben.SetAvatarAsync(await File.ReadAllBytesAsync(Path.Combine(samples, "scenes/vinyl.gif"), cancel))).IsDone();

        List<string> gifs = [];
        foreach (var (file, title, alt) in Scenes)
            gifs.Add(await Upload(ada, Path.Combine(samples, file), title, alt, cancel));

        world.Odd = await Collection(ada, "مجموعة الصور المتحركة 🎉 a name as long as anyone would care to type, and then some more", "private", null);
        var linked = Id(await ada.PostAsync("/v1/gifs", new { url = "https://media.example.org/waving.gif", width = 480, height = 270, provider = "giphy", title = "Waving from far away", altText = "Someone waves" }));
        await Add(ada, world.Odd, [linked, gifs[4], gifs[8]]);
        await Add(ada, await Collection(ada, "Trips", "private", "Where we went"), [gifs[3], gifs[0], gifs[11]]);
        await Add(ada, await Collection(ada, "Launch day", "shared", null), [gifs[6], gifs[10]]);
        world.Empty = await Collection(ada, "To be filled", "private", null);
        world.Reactions = await Collection(ada, "Reactions", "shared", "For when words are too slow.");
        await Add(ada, world.Reactions, [gifs[2], gifs[10], gifs[6], gifs[4], gifs[13], gifs[7]]);
        world.Evenings = await Collection(ada, "Cosy evenings", "public", "Slow loops for the end of a long day.");
        await Add(ada, world.Evenings, gifs);

        var old = await Collection(ada, "Old ideas", "private", null);
        await Add(ada, old, [gifs[1]]);
        (await ada.DeleteAsync($"/v1/collections/{old}")).IsDone();
        (await ada.PutAsync($"/v1/favorites/{gifs[2]}")).IsDone();
        (await ada.PutAsync($"/v1/favorites/{gifs[6]}")).IsDone();
        (await ben.PutAsync($"/v1/collections/{world.Evenings}/like")).IsDone();
        await Add(ben, await Collection(ben, "Ben's picks", "public", null), [gifs[0]]);

        var weekend = await Collection(ada, "Weekend", "public", null);
        await Add(ada, weekend, [linked]);
        (world.Kept, world.KeptAndHidden) = (await Collection(ben, "Kept from others", "private", null), linked);
        await Add(ben, world.Kept, [linked, gifs[3]]);
        (await ada.PatchAsync($"/v1/collections/{weekend}", new { visibility = "private" })).IsDone();

        world.OpenLink = Link(await ada.NewLinkAsync(world.Reactions, new { label = "Family chat" }));
        world.PasswordLink = Link(await ada.NewLinkAsync(world.Reactions, new { label = "Colleagues", password = "open sesame", expiresAt = DateTimeOffset.UtcNow.AddDays(30) }));
        world.CappedLink = Link(await ada.NewLinkAsync(world.Reactions, new { label = "Three looks", maxViews = 3 }));
        return world;
    }

    private static string Id(Answer made) => (string)made.IsDone()["id"]!;

    private static string Link(JsonNode made) => new Uri((string)made["url"]!).AbsolutePath;

    private static async Task<string> Upload(ApiClient client, string file, string title, string alt, CancellationToken cancel) =>
        Id(await client.UploadAsync("/v1/gifs", await File.ReadAllBytesAsync(file, cancel), Path.GetFileName(file), ("title", title), ("altText", alt)));

    private static async Task<string> Collection(ApiClient client, string name, string visibility, string? description) =>
        Id(await client.PostAsync("/v1/collections", new { name, visibility, description }));

    private static async Task Add(ApiClient client, string collection, IReadOnlyList<string> gifs) =>
        (await client.PostAsync($"/v1/collections/{collection}/items/batch", new { add = gifs })).IsDone();
}
