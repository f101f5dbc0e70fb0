using System.Text.RegularExpressions;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

/// <summary>Somebody undoes a form while somebody else edits the same field: whichever comes first, the edit stays.</summary>
public sealed partial class UndoRaceTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private const int Rounds = 12;

    [Fact]
    public async Task An_edit_of_a_gif_is_never_overwritten_by_an_undo()
    {
        using var api = await ApiClient.RegisterAsync(product.Address);
        using var browser = new Browser(product.Address);
        await browser.SignIn(api.Username, ApiClient.Password);
        var collection = (string)(await api.PostAsync("/v1/collections", new { name = "Cats" }))["id"]!;
        var item = await api.PostAsync($"/v1/collections/{collection}/items", new { url = "https://media.example.org/race.gif", width = 100, height = 80, provider = "example.org" });
        var gif = (string)item["gif"]!["id"]!;
        var path = $"/c/{collection}/items/{gif}";
        await NeverOverwritten(
            browser, api, path, path, i => new() { ["title"] = $"Form {i}", ["rating"] = "g" }, i => ($"/v1/gifs/{gif}", new { title = $"Edit {i}" }),
            async () => (string?)(await api.GetAsync($"/v1/gifs/{gif}"))["title"]);
    }

    [Fact]
    public async Task An_edit_of_a_profile_is_never_overwritten_by_an_undo()
    {
        using var api = await ApiClient.RegisterAsync(product.Address);
        using var browser = new Browser(product.Address);
        await browser.SignIn(api.Username, ApiClient.Password);
        await NeverOverwritten(
            browser, api, "/settings", "/settings", i => new() { ["firstName"] = "Ada", ["lastName"] = "Lovelace", ["bio"] = $"Form {i}" },
            i => ("/v1/users/me", new { bio = $"Edit {i}" }), async () => (string?)(await api.GetAsync("/v1/users/me"))["bio"]);
    }

    private static async Task NeverOverwritten(
        Browser browser, ApiClient api, string path, string action, Func<int, Dictionary<string, string>> form, Func<int, (string Path, object Patch)> edit, Func<Task<string?>> read)
    {
        for (var i = 0; i < Rounds; i++)
        {
            var saved = await browser.Submit(path, action, form(i));
            Assert.Equal(303, saved.StatusCode);
            var ticket = Ticket().Match(saved.Header("Location")!).Groups[1].Value;
            var token = Browser.FormToken(await browser.Get("/collections"));
            var (address, patch) = edit(i);
            var undoing = browser.Post("/undo", new() { ["_antiforgery"] = token, ["what"] = ticket });
            var edited = await api.PatchAsync(address, patch);
            Assert.Equal(200, edited.StatusCode);
            Assert.Contains((await undoing).StatusCode, (int[])[303, 409]);
            Assert.Equal($"Edit {i}", await read());
            // The second of two edits: the undo of the first is refused, and changes nothing.
            var late = await browser.Post("/undo", new() { ["_antiforgery"] = token, ["what"] = ticket });
            Assert.Equal(409, late.StatusCode);
            Assert.Equal($"Edit {i}", await read());
        }
    }

    [GeneratedRegex("&undo=([A-Za-z0-9_-]+)$")]
    private static partial Regex Ticket();
}
