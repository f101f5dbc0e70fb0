using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace GifShare.Fixtures;

/// <summary>
/// A small lived-in installation, made through the API: what screenshots, checks of every page and page measurements look at.
/// Ada runs it; Ben is another member.
/// </summary>
public sealed class DemoWorld
{
    public const string Password = "seven quiet otters";

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

    public string OpenLink { get; private set; } = "";

    public string PasswordLink { get; private set; } = "";

    public string CappedLink { get; private set; } = "";

    public static async Task<DemoWorld> MakeAsync(Uri address, string samples, CancellationToken cancel)
    {
        var world = new DemoWorld(address);
        using var ada = await world.Register("ada", "Ada", "Lovelace", cancel);
        using var ben = await world.Register("ben", "Ben", "Okafor", cancel);
        await Patch(ada, "/v1/users/me", new { displayName = "Ada Lovelace", bio = "Loops, trains and one cat.", location = "London", website = "https://example.org/ada" }, cancel);
        await Put(ada, "/v1/users/me/avatar", Path.Combine(samples, "scenes/cat.gif"), cancel);
        await Put(ben, "/v1/users/me/avatar", Path.Combine(samples, "scenes/vinyl.gif"), cancel);

        List<string> gifs = [];
        foreach (var (file, title, alt) in Scenes)
            gifs.Add(await Upload(ada, Path.Combine(samples, file), title, alt, cancel));

        world.Odd = await Collection(ada, "مجموعة الصور المتحركة 🎉 a name as long as anyone would care to type, and then some more", "private", null, cancel);
        var linked = Id(await Post(ada, "/v1/gifs", new { url = "https://media.example.org/waving.gif", width = 480, height = 270, provider = "giphy", title = "Waving from far away", altText = "Someone waves" }, cancel));
        await Add(ada, world.Odd, [linked, gifs[4], gifs[8]], cancel);
        await Add(ada, await Collection(ada, "Trips", "private", "Where we went", cancel), [gifs[3], gifs[0], gifs[11]], cancel);
        await Add(ada, await Collection(ada, "Launch day", "shared", null, cancel), [gifs[6], gifs[10]], cancel);
        world.Empty = await Collection(ada, "To be filled", "private", null, cancel);
        world.Reactions = await Collection(ada, "Reactions", "shared", "For when words are too slow.", cancel);
        await Add(ada, world.Reactions, [gifs[2], gifs[10], gifs[6], gifs[4], gifs[13], gifs[7]], cancel);
        world.Evenings = await Collection(ada, "Cosy evenings", "public", "Slow loops for the end of a long day.", cancel);
        await Add(ada, world.Evenings, gifs, cancel);

        var old = await Collection(ada, "Old ideas", "private", null, cancel);
        await Add(ada, old, [gifs[1]], cancel);
        (await ada.DeleteAsync($"/v1/collections/{old}", cancel)).EnsureSuccessStatusCode().Dispose();
        (await ada.PutAsync($"/v1/favorites/{gifs[2]}", null, cancel)).EnsureSuccessStatusCode().Dispose();
        (await ada.PutAsync($"/v1/favorites/{gifs[6]}", null, cancel)).EnsureSuccessStatusCode().Dispose();
        (await ben.PutAsync($"/v1/collections/{world.Evenings}/like", null, cancel)).EnsureSuccessStatusCode().Dispose();
        await Add(ben, await Collection(ben, "Ben's picks", "public", null, cancel), [gifs[0]], cancel);

        var path = $"/v1/collections/{world.Reactions}/links";
        world.OpenLink = Link(await Post(ada, path, new { label = "Family chat" }, cancel));
        world.PasswordLink = Link(await Post(ada, path, new { label = "Colleagues", password = "open sesame", expiresAt = DateTimeOffset.UtcNow.AddDays(30) }, cancel));
        world.CappedLink = Link(await Post(ada, path, new { label = "Three looks", maxViews = 3 }, cancel));
        return world;
    }

    private static string Id(JsonNode made) => (string)made["id"]!;

    private static string Link(JsonNode made) => new Uri((string)made["url"]!).AbsolutePath;

    private async Task<HttpClient> Register(string username, string first, string last, CancellationToken cancel)
    {
        var http = new HttpClient { BaseAddress = Address };
        var made = await Post(http, "/v1/users", new { firstName = first, lastName = last, email = username + "@example.org", username, password = Password }, cancel);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string?)made["accessToken"]);
        return http;
    }

    private static async Task Put(HttpClient http, string path, string file, CancellationToken cancel)
    {
        using var content = new ByteArrayContent(await File.ReadAllBytesAsync(file, cancel));
        content.Headers.ContentType = new("image/gif");
        (await http.PutAsync(path, content, cancel)).EnsureSuccessStatusCode().Dispose();
    }

    private static async Task<string> Upload(HttpClient http, string file, string title, string alt, CancellationToken cancel)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent(title), "title" },
            { new StringContent(alt), "altText" },
            { new ByteArrayContent(await File.ReadAllBytesAsync(file, cancel)), "file", Path.GetFileName(file) },
        };
        using var answer = await http.PostAsync("/v1/gifs", form, cancel);
        return Id(JsonNode.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancel))!);
    }

    private static async Task<string> Collection(HttpClient http, string name, string visibility, string? description, CancellationToken cancel) =>
        Id(await Post(http, "/v1/collections", new { name, visibility, description }, cancel));

    private static async Task Add(HttpClient http, string collection, IReadOnlyList<string> gifs, CancellationToken cancel) =>
        await Post(http, $"/v1/collections/{collection}/items/batch", new { add = gifs }, cancel);

    private static async Task<JsonNode> Post(HttpClient http, string path, object body, CancellationToken cancel)
    {
        using var answer = await http.PostAsJsonAsync(path, body, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{path}: {text}");
    }

    private static async Task Patch(HttpClient http, string path, object body, CancellationToken cancel) =>
        (await http.PatchAsJsonAsync(path, body, cancel)).EnsureSuccessStatusCode().Dispose();
}
