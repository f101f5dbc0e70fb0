using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

/// <summary>What others do at an owner's pages.</summary>
public sealed class OthersPagesTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    [Theory]
    [InlineData("private", 404)]
    [InlineData("public", 200)]
    public async Task Others_like_copy_and_download_what_they_may_see_and_edit_nothing(string visibility, int expected)
    {
        using var ada = await SiteOwner.Enter(product.Address, 2);
        using var eve = await SiteOwner.Enter(product.Address);
        Assert.Equal(200, (await ada.Api.PatchAsync($"/v1/collections/{ada.Collection}", $$"""{"visibility":"{{visibility}}"}""")).StatusCode);
        var (page, item) = ($"/c/{ada.Collection}", $"/c/{ada.Collection}/items/{ada.Gifs[0]}");
        var token = Browser.FormToken(await eve.Browser.Get("/collections"));
        Dictionary<string, string> Form(params (string Name, string Value)[] fields) => new(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))) { ["_antiforgery"] = token };

        using var guest = new Browser(product.Address);
        foreach (var path in (string[])[page, page + "/download"])
        {
            Assert.Equal(expected, (await guest.Get(path)).StatusCode);
            Assert.Equal(expected, (await eve.Browser.Get(path)).StatusCode);
        }

        Assert.Equal(expected, (await eve.Browser.Get(page + "/pick?do=all")).StatusCode);
        Assert.Equal(expected == 200 ? 303 : 404, (await eve.Browser.Post(page + "/like", Form(("liked", "1")))).StatusCode);
        Assert.Equal(expected == 200 ? 303 : 404, (await eve.Browser.Post(page + "/copy", Form(("target", "new"), ("name", "Mine now")))).StatusCode);
        if (expected == 200)
        {
            Assert.Equal(2, (await eve.Order(await eve.CollectionNamed("Mine now"))).Except(ada.Gifs).Count());
            var shown = (await eve.Browser.Get(page)).Text;
            Assert.Contains("aria-pressed=\"true\"", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("/items/selected", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("/add", shown, StringComparison.Ordinal);
        }

        foreach (var path in (string[])[page + "/add", item])
            Assert.Equal(404, (await eve.Browser.Get(path)).StatusCode);
        foreach (var (path, form) in new (string, Dictionary<string, string>)[]
        {
            (page + "/add/address", Form(("address", "https://example.org/x.gif"))), (item, Form(("title", "Taken"))), (item + "/place", Form(("place", "2"))), (item + "/cover", Form()),
            (item + "/remove", Form()), (page + "/items/selected", Form(("do", "remove"), ("gif", ada.Gifs[0]))),
            (page + "/items/selected", Form(("do", "move"), ("gif", ada.Gifs[0]), ("target", eve.Collection))),
        })
        {
            var reply = await eve.Browser.Post(path, form);
            Assert.True(reply.StatusCode is 404 or 403 || (reply.StatusCode == 303 && visibility == "private" && path.EndsWith("/remove", StringComparison.Ordinal)), $"{path}: {reply.StatusCode}");
        }

        Assert.Equal(ada.Gifs, await ada.Order());
        Assert.Null((string?)(await ada.Items())[0]!["gif"]!["title"]);
    }

    [Fact]
    public async Task Where_the_owner_allows_no_copies_pages_offer_none()
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        using var eve = await SiteOwner.Enter(product.Address);
        Assert.Equal(200, (await ada.Api.PatchAsync($"/v1/collections/{ada.Collection}", """{"visibility":"public"}""")).StatusCode);
        var link = (string)(await ada.Api.PostAsync($"/v1/collections/{ada.Collection}/links", "{}"))["token"]!;
        var (page, shared) = ($"/c/{ada.Collection}", $"/s/{link}");
        Assert.Contains("Copy to mine", (await eve.Browser.Get(page)).Text, StringComparison.Ordinal);
        Assert.Contains(shared + "/save", (await eve.Browser.Get(shared)).Text, StringComparison.Ordinal);

        var sheet = await ada.Browser.Get(page + "/share");
        Assert.Contains("People may keep copies", sheet.Text, StringComparison.Ordinal);
        var off = await ada.Browser.Post(page + "/share/copies", new() { ["_antiforgery"] = Browser.FormToken(sheet), ["allow"] = "0" });
        Assert.Equal(303, off.StatusCode);
        sheet = await ada.Browser.Get(off.Header("Location")!);
        Assert.Contains("Nobody may keep copies", sheet.Text, StringComparison.Ordinal);

        Assert.DoesNotContain("Copy to mine", (await eve.Browser.Get(page)).Text, StringComparison.Ordinal);
        var guests = await eve.Browser.Get(shared);
        Assert.DoesNotContain(shared + "/save", guests.Text, StringComparison.Ordinal);
        Assert.Contains("class=\"heart\"", guests.Text, StringComparison.Ordinal);
        Assert.Equal(403, (await eve.Browser.Get(shared + "/save")).StatusCode);
        var token = Browser.FormToken(await eve.Browser.Get("/collections"));
        Assert.Equal(403, (await eve.Browser.Post(shared + "/save", new() { ["_antiforgery"] = token, ["collection"] = "new", ["name"] = "Mine" })).StatusCode);
        Assert.Equal(403, (await eve.Browser.Post(page + "/copy", new() { ["_antiforgery"] = token, ["target"] = "new", ["name"] = "Mine" })).StatusCode);

        // And back, by the undo of the sheet.
        Assert.Equal(303, (await ada.Browser.Post("/undo", new() { ["_antiforgery"] = Browser.FormToken(sheet), ["what"] = SiteOwner.Ticket(off.Header("Location")!) })).StatusCode);
        Assert.Contains("Copy to mine", (await eve.Browser.Get(page)).Text, StringComparison.Ordinal);
    }
}
