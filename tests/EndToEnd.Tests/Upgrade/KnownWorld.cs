using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace GifShare.EndToEnd.Tests.Upgrade;

/// <summary>
/// A small installation with a bit of everything, made through the API as every version has had it, and what is known of it afterwards. Only calls
/// that the first landed version answered are used to fill it; what later versions add goes into a method that is called when they are there.
/// </summary>
internal sealed record KnownWorld
{
    public const string Password = "seven quiet otters", LinkPassword = "open sesame";
    public const int Cap = 5, CapUsed = 2;

    public required DateTimeOffset FilledAt { get; init; }

    /// <summary>Ben's session; Ada comes back with her password.</summary>
    public required string BensRefreshToken { get; init; }

    /// <summary>Shared, described, 4 items in an order of the owner's own, the first one noted, the third of another site, the last one its cover.</summary>
    public required string Loops { get; init; }

    /// <summary>In their order: the gifs of <see cref="Loops"/>.</summary>
    public required IReadOnlyList<string> LoopsGifs { get; init; }

    /// <summary>Public, 1 item, liked by Ben, who favours the item.</summary>
    public required string Open { get; init; }

    public required string DeletedCollection { get; init; }

    public required string DeletedGif { get; init; }

    public required string OpenToken { get; init; }

    public required string PasswordToken { get; init; }

    /// <summary>Of <see cref="Cap"/> views, <see cref="CapUsed"/> are used.</summary>
    public required string CappedToken { get; init; }

    public required string RevokedToken { get; init; }

    public static async Task<KnownWorld> FillAsync(Uri server, CancellationToken cancel)
    {
        var (ada, _) = await RegisterAsync(server, "ada", cancel);
        var (ben, refresh) = await RegisterAsync(server, "ben", cancel);
        using var guest = new HttpClient { BaseAddress = server };
        using (ada)
        using (ben)
        {
            await ada.SendAsync("PATCH", "/v1/users/me", new { displayName = "Ada Lovelace", bio = "Loops 🎉" }, cancel);
            using (var avatar = new ByteArrayContent(Gif(9)) { Headers = { ContentType = new("image/gif") } })
                (await ada.PutAsync("/v1/users/me/avatar", avatar, cancel)).EnsureSuccessStatusCode().Dispose();

            List<string> gifs = [];
            for (var n = 0; n < 4; n++)
                gifs.Add(await UploadAsync(ada, n, cancel));
            var linked = Id(await ada.SendAsync("POST", "/v1/gifs", new { url = "https://media.example.org/wave.gif", width = 480, height = 270, provider = "giphy", title = "Wave" }, cancel));
            var loops = Id(await ada.SendAsync("POST", "/v1/collections", new { name = "Loops", visibility = "shared", description = "They go round" }, cancel));
            foreach (var gif in new[] { gifs[0], gifs[1], linked, gifs[2] })
                await ada.SendAsync("POST", $"/v1/collections/{loops}/items", new { gifId = gif }, cancel);
            // Now 2, 0, linked, 1.
            await ada.SendAsync("PATCH", $"/v1/collections/{loops}/items/{gifs[2]}", new { before = gifs[0], note = "First" }, cancel);
            await ada.SendAsync("PATCH", $"/v1/collections/{loops}/items/{gifs[1]}", new { after = linked }, cancel);
            await ada.SendAsync("PATCH", $"/v1/collections/{loops}", new { coverGifId = gifs[1] }, cancel);
            var open = Id(await ada.SendAsync("POST", "/v1/collections", new { name = "Open", visibility = "public" }, cancel));
            await ada.SendAsync("POST", $"/v1/collections/{open}/items", new { gifId = gifs[3] }, cancel);
            var old = Id(await ada.SendAsync("POST", "/v1/collections", new { name = "Old" }, cancel));
            await ada.SendAsync("POST", $"/v1/collections/{old}/items", new { gifId = gifs[0] }, cancel);
            await ada.SendAsync("DELETE", $"/v1/collections/{old}", null, cancel);
            var gone = await UploadAsync(ada, 5, cancel);
            await ada.SendAsync("DELETE", $"/v1/gifs/{gone}", null, cancel);
            await ada.SendAsync("PUT", $"/v1/favorites/{gifs[2]}", null, cancel);
            await ben.SendAsync("PUT", $"/v1/favorites/{gifs[3]}", null, cancel);
            await ben.SendAsync("PUT", $"/v1/collections/{open}/like", null, cancel);

            var world = new KnownWorld
            {
                FilledAt = DateTimeOffset.UtcNow,
                BensRefreshToken = refresh,
                Loops = loops,
                LoopsGifs = [gifs[2], gifs[0], linked, gifs[1]],
                Open = open,
                DeletedCollection = old,
                DeletedGif = gone,
                OpenToken = await LinkAsync(new { label = "Family" }),
                PasswordToken = await LinkAsync(new { password = LinkPassword }),
                CappedToken = await LinkAsync(new { maxViews = Cap }),
                RevokedToken = await LinkAsync(new { label = "Ended" }),
            };
            var links = await ada.SendAsync("GET", $"/v1/collections/{loops}/links", null, cancel);
            var revoked = Id(links!["items"]!.AsArray().Single(link => (string?)link!["label"] == "Ended")!);
            await ada.SendAsync("DELETE", $"/v1/collections/{loops}/links/{revoked}", null, cancel);
            await guest.SendAsync("GET", $"/v1/shared/{world.OpenToken}", null, cancel);
            for (var n = 0; n < CapUsed; n++)
                await guest.SendAsync("GET", $"/v1/shared/{world.CappedToken}", null, cancel);
            return world;

            async Task<string> LinkAsync(object body) => (string)(await ada.SendAsync("POST", $"/v1/collections/{loops}/links", body, cancel))!["token"]!;
        }
    }

    /// <summary>A GIF of one pixel, of a colour of its own.</summary>
    public static byte[] Gif(int number) =>
    [
        .. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, (byte)(number >> 16), (byte)(number >> 8), (byte)number, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b,
    ];

    public static string Id(JsonNode? made) => (string)made!["id"]!;

    public static async Task<string> UploadAsync(HttpClient http, int number, CancellationToken cancel)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent($"Pixel {number}"), "title" },
            { new ByteArrayContent(Gif(number)), "file", $"{number}.gif" },
        };
        using var answer = await http.PostAsync("/v1/gifs", form, cancel);
        return Id(JsonNode.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancel)));
    }

    public static async Task<(HttpClient Http, string RefreshToken)> RegisterAsync(Uri server, string name, CancellationToken cancel)
    {
        var http = new HttpClient { BaseAddress = server };
        var made = await http.SendAsync("POST", "/v1/users", new { firstName = "A", lastName = "B", email = name + "@example.org", username = name, password = Password }, cancel);
        http.SignIn(made!);
        return (http, (string)made!["refreshToken"]!);
    }
}

internal static class JsonCalls
{
    public static void SignIn(this HttpClient http, JsonNode session) =>
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)session["accessToken"]!);

    /// <summary>The answer's JSON, null when it has none; anything but success throws.</summary>
    public static async Task<JsonNode?> SendAsync(this HttpClient http, string method, string path, object? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(new(method), path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await http.SendAsync(request, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        if (!answer.IsSuccessStatusCode)
            throw new HttpRequestException($"{method} {path.Split('?')[0]}: {(int)answer.StatusCode} {text}", null, answer.StatusCode);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    public static async Task<HttpStatusCode> StatusAsync(this HttpClient http, string path, CancellationToken cancel)
    {
        using var answer = await http.GetAsync(path, cancel);
        return answer.StatusCode;
    }
}
