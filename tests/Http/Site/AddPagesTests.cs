using System.Net;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

/// <summary>What an owner adds: files and addresses, one or many, with and without a script.</summary>
public sealed class AddPagesTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private static byte[] Gif(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", name));

    [Fact]
    public async Task What_could_be_added_stays_and_the_rest_is_named()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var page = $"/c/{ada.Collection}/add";
        var reply = await ada.Browser.Submit(page, page, files: [("happy_hearts.gif", Gif("hearts.gif")), ("fake <b>.gif", "no"u8.ToArray()), ("IMG_2034.gif", Gif("sailing.gif"))]);
        Assert.Equal(400, reply.StatusCode);
        Assert.Contains("fake &lt;b&gt;.gif", reply.Text, StringComparison.Ordinal);
        Assert.Contains("2 GIFs added", reply.Text, StringComparison.Ordinal);
        Assert.Contains("name=\"what\"", reply.Text, StringComparison.Ordinal);
        var items = await ada.Items();
        Assert.Equal(["happy hearts", null], items.Select(item => (string?)item!["gif"]!["title"]));
        var more = await ada.Browser.Submit(page, page, files: [("x.gif", Gif("plasma.gif")), ("y.gif", Gif("sailing.gif"))]);
        Assert.Contains("1 GIF added.", (await ada.Browser.Get(more.Header("Location")!)).Text, StringComparison.Ordinal);
        // y.gif was there before, and stays.
        await ada.Undo(more.Header("Location")!);
        Assert.Equal(2, (await ada.Items()).Count);
        Assert.Equal(400, (await ada.Browser.Submit(page, page, files: [])).StatusCode);
        Assert.Equal($"/c/{ada.Collection}?done=added", (await ada.Browser.Submit(page, page, files: [("y.gif", Gif("sailing.gif"))])).Header("Location"));
    }

    [Fact]
    public async Task An_address_is_kept_and_a_page_of_giphy_becomes_its_gif()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var (page, action) = ($"/c/{ada.Collection}/add", $"/c/{ada.Collection}/add/address");
        foreach (var (typed, url, provider) in new[]
        {
            ("https://giphy.com/gifs/cat-dance-3o7abKhOpu0NwenH3O", "https://media.giphy.com/media/3o7abKhOpu0NwenH3O/giphy.gif", "giphy"),
            (" media.tenor.com/abc/cat.gif ", "https://media.tenor.com/abc/cat.gif", "tenor"),
            ("http://www.example.org/x.gif?a=1&b=2", "https://www.example.org/x.gif?a=1&b=2", "example.org"),
        })
        {
            Assert.Equal(303, (await ada.Browser.Submit(page, action, new() { ["address"] = typed, ["title"] = "Dance", ["altText"] = "" })).StatusCode);
            var gif = (await ada.Items()).Last()!["gif"]!;
            Assert.Equal((url, provider, 480, 360), ((string)gif["url"]!, (string)gif["provider"]!, (int)gif["width"]!, (int)gif["height"]!));
        }

        foreach (var (address, width) in new[] { ("https://tenor.com/view/cat-1", ""), ("nonsense", ""), ("javascript:alert(1)", ""), ("https://u:p@example.org/x.gif", ""), ("https://example.org/y.gif", "0") })
        {
            var refused = await ada.Browser.Submit(page, action, new() { ["address"] = address, ["title"] = "Typed \"words\"", ["width"] = width });
            Assert.Equal(400, refused.StatusCode);
            Assert.Contains("Typed &quot;words&quot;", refused.Text, StringComparison.Ordinal);
            Assert.Contains($"value=\"{WebUtility.HtmlEncode(address)}\"", refused.Text, StringComparison.Ordinal);
        }

        Assert.Equal(3, (await ada.Items()).Count);
    }

    [Fact]
    public async Task A_script_sends_one_file_and_is_told_what_became_of_it()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var page = await ada.Browser.Get($"/c/{ada.Collection}/add");
        async Task<Answer> Send(string name, byte[] bytes) => await ada.Browser.PostJson(
            $"/c/{ada.Collection}/add", new MultipartFormDataContent { { new ByteArrayContent(bytes), "files", name } }, Browser.FormToken(page));
        var first = await Send("hearts.gif", Gif("hearts.gif"));
        Assert.Equal((200, true, "hearts"), (first.StatusCode, (bool)first["isNew"]!, (string)first["gif"]!["title"]!));
        Assert.False((bool)(await Send("hearts.gif", Gif("hearts.gif")))["isNew"]!);
        Assert.Equal("unsupported_media", (string)(await Send("x.gif", "x"u8.ToArray()))["code"]!);
        Assert.Equal("too_large", (string)(await Send("x.gif", new byte[(25 << 20) + 1]))["code"]!);
        var answer = await ada.Browser.PostJson(
            $"/c/{ada.Collection}/items/selected", new MultipartFormDataContent { { new StringContent("remove"), "do" }, { new StringContent((await ada.Order())[0]), "gif" } }, Browser.FormToken(page));
        Assert.Equal(1, (int)answer["count"]!);
        var undone = await ada.Browser.PostJson(
            "/undo", new MultipartFormDataContent { { new StringContent((string)answer["undo"]!), "what" } }, Browser.FormToken(page));
        Assert.Equal((200, "Undone."), (undone.StatusCode, (string?)undone["text"]));
        Assert.Single(await ada.Order());
        Assert.Equal(400, (await ada.Browser.PostJson("/undo", new MultipartFormDataContent { { new StringContent("x"), "what" } }, "forged")).StatusCode);
    }

    [Fact]
    public async Task Files_are_counted_and_not_forms()
    {
        var settings = ConventionsProduct.NoLimits;
        settings["RateLimits:UploadsPerHour"] = "3";
        await using var strict = await TestProduct.StartAsync(settings);
        using var person = await ApiClient.RegisterAsync(strict.BaseAddress);
        using var browser = new Browser(strict.BaseAddress);
        await browser.SignIn(person.Username, ApiClient.Password);
        var collection = (string)(await person.PostAsync("/v1/collections", """{"name":"Few"}"""))["id"]!;
        var page = $"/c/{collection}/add";
        var reply = await browser.Submit(page, page, files: [.. ((string[])["bouncing-balls", "hearts", "plasma", "sailing"]).Select(name => (name + ".gif", Gif(name + ".gif")))]);
        Assert.Equal(400, reply.StatusCode);
        Assert.Contains("3 GIFs added", reply.Text, StringComparison.Ordinal);
        Assert.Contains("sailing.gif: That is more than you may upload in an hour", reply.Text, StringComparison.Ordinal);
        Assert.Equal(429, (await browser.Submit(page, page, files: [("sailing.gif", Gif("sailing.gif"))])).StatusCode);
    }
}
