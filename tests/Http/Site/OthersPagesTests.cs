using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

/// <summary>What others do at an owner's pages.</summary>
public sealed class OthersPagesTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    [Theory]
    [InlineData("private", 404)]
    [InlineData("public", 200)]
    public async Task Others_read_and_download_what_is_public(string visibility, int expected)
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        using var eve = await SiteOwner.Enter(product.Address);
        using var guest = new Browser(product.Address);
        var page = await Show(ada, visibility);
        foreach (var path in (string[])[page, page + "/download"])
        {
            Assert.Equal(expected, (await guest.Get(path)).StatusCode);
            Assert.Equal(expected, (await eve.Browser.Get(path)).StatusCode);
        }

        Assert.Equal(expected, (await eve.Browser.Get(page + "/pick?do=all")).StatusCode);
    }

    [Theory]
    [InlineData("private", 404)]
    [InlineData("public", 303)]
    public async Task Others_like_and_copy_what_is_public(string visibility, int expected)
    {
        using var ada = await SiteOwner.Enter(product.Address, 2);
        using var eve = await SiteOwner.Enter(product.Address);
        var page = await Show(ada, visibility);
        Assert.Equal(expected, await Post(eve, page + "/like", ("liked", "1")));
        Assert.Equal(expected, await Post(eve, page + "/copy", ("target", "new"), ("name", "Mine now")));
        if (visibility == "public")
        {
            Assert.Contains("aria-pressed=\"true\"", (await eve.Browser.Get(page)).Text, StringComparison.Ordinal);
            Assert.Equal(2, (await eve.Order(await eve.CollectionNamed("Mine now"))).Except(ada.Gifs).Count());
        }
    }

    [Theory]
    [InlineData("private")]
    [InlineData("public")]
    public async Task Others_edit_nothing(string visibility)
    {
        using var ada = await SiteOwner.Enter(product.Address, 2);
        using var eve = await SiteOwner.Enter(product.Address);
        var page = await Show(ada, visibility);
        var item = $"{page}/items/{ada.Gifs[0]}";
        foreach (var path in (string[])[page + "/add", item])
            Assert.Equal(404, (await eve.Browser.Get(path)).StatusCode);
        foreach (var (path, form) in new (string, (string, string)[])[]
        {
            (page + "/add/address", [("address", "https://example.org/x.gif")]), (item, [("title", "Taken")]), (item + "/place", [("place", "2")]), (item + "/cover", []),
            (item + "/remove", []), (page + "/items/selected", [("do", "remove"), ("gif", ada.Gifs[0])]),
            (page + "/items/selected", [("do", "move"), ("gif", ada.Gifs[0]), ("target", eve.Collection)]),
        })
        {
            var status = await Post(eve, path, form);
            Assert.True(status is 404 or 403 || (status == 303 && visibility == "private" && path.EndsWith("/remove", StringComparison.Ordinal)), $"{path}: {status}");
        }

        Assert.Equal(ada.Gifs, await ada.Order());
        Assert.Null((string?)(await ada.Items())[0]!["gif"]!["title"]);
    }

    [Fact]
    public async Task A_public_page_offers_others_no_edit()
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        using var eve = await SiteOwner.Enter(product.Address);
        var page = await Show(ada, "public");
        foreach (var edit in (string[])["/items/selected", page + "/add"])
        {
            Assert.Contains(edit, (await ada.Browser.Get(page)).Text, StringComparison.Ordinal);
            Assert.DoesNotContain(edit, (await eve.Browser.Get(page)).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_owner_allows_no_copies_and_takes_that_back()
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        using var eve = await SiteOwner.Enter(product.Address);
        var page = await Show(ada, "public");
        var sheet = await ada.Browser.Get(page + "/share");
        Assert.Contains("People may keep copies", sheet.Text, StringComparison.Ordinal);
        Assert.Contains("Copy to mine", (await eve.Browser.Get(page)).Text, StringComparison.Ordinal);

        var off = await ada.Browser.Post(page + "/share/copies", new() { ["_antiforgery"] = Browser.FormToken(sheet), ["allow"] = "0" });
        Assert.Equal(303, off.StatusCode);
        Assert.Contains("Nobody may keep copies", (await ada.Browser.Get(off.Header("Location")!)).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Copy to mine", (await eve.Browser.Get(page)).Text, StringComparison.Ordinal);

        await ada.Undo(off.Header("Location")!);
        Assert.Contains("Copy to mine", (await eve.Browser.Get(page)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_offers_to_save_its_gifs_only_where_copies_are_allowed()
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        using var eve = await SiteOwner.Enter(product.Address);
        var shared = await ada.OpenLink();
        Assert.Contains(shared + "/save", (await eve.Browser.Get(shared)).Text, StringComparison.Ordinal);
        await ForbidCopies(ada);
        var shown = await eve.Browser.Get(shared);
        Assert.DoesNotContain(shared + "/save", shown.Text, StringComparison.Ordinal);
        Assert.Contains("class=\"heart\"", shown.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_copies_are_allowed_pages_make_none()
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        using var eve = await SiteOwner.Enter(product.Address);
        var shared = await ada.OpenLink();
        var page = await Show(ada, "public");
        await ForbidCopies(ada);
        Assert.Equal(403, (await eve.Browser.Get(shared + "/save")).StatusCode);
        Assert.Equal(403, await Post(eve, shared + "/save", ("collection", "new"), ("name", "Mine")));
        Assert.Equal(403, await Post(eve, page + "/copy", ("target", "new"), ("name", "Mine")));
        Assert.Single((await eve.Api.GetAsync("/v1/collections"))["items"]!.AsArray());
    }

    /// <summary>Sets the visibility of the collection; the answer is its page.</summary>
    private static async Task<string> Show(SiteOwner owner, string visibility)
    {
        Assert.Equal(200, (await owner.Api.PatchAsync($"/v1/collections/{owner.Collection}", $$"""{"visibility":"{{visibility}}"}""")).StatusCode);
        return $"/c/{owner.Collection}";
    }

    private static async Task ForbidCopies(SiteOwner owner) =>
        Assert.Equal(200, (await owner.Api.PatchAsync($"/v1/collections/{owner.Collection}", """{"allowCopies":false}""")).StatusCode);

    /// <summary>Sends a form of our pages that may not be offered to this person; the answer is the status.</summary>
    private static async Task<int> Post(SiteOwner who, string path, params (string Name, string Value)[] fields)
    {
        var form = fields.ToDictionary(field => field.Name, field => field.Value);
        form["_antiforgery"] = Browser.FormToken(await who.Browser.Get("/collections"));
        return (await who.Browser.Post(path, form)).StatusCode;
    }
}
