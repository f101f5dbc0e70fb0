using System.Net;
using System.Text.RegularExpressions;
using GifShare.ApiFrontend.Site;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Http.Tests.Site;

/// <summary>What forms changed comes back by the notice after them, as long as it is still what they made it.</summary>
public sealed partial class UndoTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    [Fact]
    public async Task A_cover_goes_back_to_the_one_before_or_to_none()
    {
        using var ada = await SiteOwner.Enter(product.Address, 3);
        var first = await ada.Cover(1);
        var chosen = await ada.CoverUrl();
        var second = await ada.Cover(2);
        Assert.NotEqual(chosen, await ada.CoverUrl());
        await ada.Undo(second);
        Assert.Equal(chosen, await ada.CoverUrl());
        await ada.Undo(first);
        Assert.NotEqual(chosen, await ada.CoverUrl());
        // None was chosen: another first one is the cover.
        var none = await ada.CoverUrl();
        Assert.Equal(204, (await ada.Api.DeleteAsync($"/v1/collections/{ada.Collection}/items/{ada.Gifs[0]}")).StatusCode);
        Assert.NotEqual(none, await ada.CoverUrl());
    }

    [Fact]
    public async Task A_cover_that_was_changed_again_or_whose_forerunner_is_gone_stays()
    {
        using var ada = await SiteOwner.Enter(product.Address, 4);
        await ada.Cover(1);
        var second = await ada.Cover(2);
        var third = await ada.Cover(3);
        var now = await ada.CoverUrl();
        Assert.Equal(409, (await ada.Send(second)).StatusCode);
        Assert.Equal(204, (await ada.Api.DeleteAsync($"/v1/collections/{ada.Collection}/items/{ada.Gifs[2]}")).StatusCode);
        var refused = await ada.Send(third);
        Assert.Equal(409, refused.StatusCode);
        Assert.Contains("not in the collection any more", refused.Text, StringComparison.Ordinal);
        Assert.Equal(now, await ada.CoverUrl());
    }

    [Fact]
    public async Task Texts_and_places_of_an_item_come_back()
    {
        using var ada = await SiteOwner.Enter(product.Address, 3);
        var path = $"/c/{ada.Collection}/items/{ada.Gifs[2]}";
        await ada.Change(path, path, new() { ["title"] = "One", ["tags"] = "a, b", ["rating"] = "g", ["note"] = "First" });
        var texts = await ada.Change(path, path, new() { ["title"] = "Two", ["altText"] = "A cat.", ["tags"] = "c", ["rating"] = "pg", ["note"] = "Second" });
        // One of the fields is another's by now.
        Assert.Equal(200, (await ada.Api.PatchAsync($"/v1/gifs/{ada.Gifs[2]}", """{"title":"Three"}""")).StatusCode);
        Assert.EndsWith("done=undone-partly", await ada.Undo(texts), StringComparison.Ordinal);
        var item = (await ada.Items())[2]!;
        Assert.Equal(
            ("Three", null, "g", "First", "a b"),
            ((string?)item["gif"]!["title"], (string?)item["gif"]!["altText"], (string?)item["gif"]!["rating"], (string?)item["note"], string.Join(' ', item["gif"]!["tags"]!.AsArray())));

        var place = await ada.Change(path, path + "/place", new() { ["place"] = "1" });
        Assert.Equal([ada.Gifs[2], ada.Gifs[0], ada.Gifs[1]], await ada.Order());
        await ada.Undo(place);
        Assert.Equal(ada.Gifs, await ada.Order());
        // The second of two clicks says the same.
        Assert.EndsWith("done=undone", await ada.Undo(place), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collection_and_a_profile_come_back()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var path = $"/c/{ada.Collection}";
        var edit = await ada.Browser.Get(path + "/edit");
        var edited = await ada.Change(path + "/edit", path + "/edit", new() { ["version"] = Hidden(edit, "version"), ["name"] = "Dogs", ["description"] = "All", ["visibility"] = "public" });
        // Another edit of the same collection meanwhile, but of nothing that was changed.
        Assert.Equal(201, (await ada.Api.PostAsync($"/v1/collections/{ada.Collection}/items", """{"url":"https://media.example.org/late.gif","width":1,"height":1,"provider":"example.org"}""")).StatusCode);
        Assert.Equal($"{path}/edit?done=undone", await ada.Undo(edited, path + "/edit"));
        var collection = (await ada.Api.GetAsync($"/v1/collections/{ada.Collection}")).Json;
        Assert.Equal(("Cats", null, "private"), ((string?)collection["name"], (string?)collection["description"], (string?)collection["visibility"]));

        var opened = await ada.Change(path + "/share", path + "/share/open", []);
        await ada.Undo(opened);
        Assert.Equal("private", (string?)(await ada.Api.GetAsync($"/v1/collections/{ada.Collection}"))["visibility"]);

        var profile = await ada.Change("/settings", "/settings", new() { ["firstName"] = "Bea", ["lastName"] = "Byron", ["bio"] = "One\nTwo", ["isPrivate"] = "1" });
        await ada.Undo(profile);
        var me = (await ada.Api.GetAsync("/v1/users/me")).Json;
        Assert.Equal(("Ada", "Lovelace", null, false), ((string?)me["firstName"], (string?)me["lastName"], (string?)me["bio"], (bool)me["isPrivate"]!));
    }

    [Fact]
    public async Task A_links_settings_come_back_but_for_its_password()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var (share, link, action) = await ada.Link();
        var changed = await ada.Change(share, action, new() { ["label"] = "For Ben", ["expires"] = "week", ["maxViews"] = "5" });
        Assert.Contains("done=link-saved&", changed, StringComparison.Ordinal);
        await ada.Undo(changed);
        var its = await ada.ReadLink(link);
        Assert.Equal((null, null, null), ((string?)its["label"], (string?)its["expiresAt"], (long?)its["maxViews"]));

        var locked = await ada.Change(share, action, new() { ["label"] = "For Eve", ["expires"] = "keep", ["password"] = "miau" });
        Assert.Contains("Undo leaves the password as it is now", (await ada.Browser.Get(locked)).Text, StringComparison.Ordinal);
        await ada.Undo(locked);
        its = await ada.ReadLink(link);
        Assert.Equal((null, true), ((string?)its["label"], (bool)its["hasPassword"]!));
        var alone = (await ada.Browser.Submit(share, action, new() { ["expires"] = "keep", ["removePassword"] = "1" })).Header("Location")!;
        Assert.DoesNotContain("undo=", alone, StringComparison.Ordinal);
        Assert.Contains("has no Undo", (await ada.Browser.Get(alone)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_who_change_one_link_the_second_is_told()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var (share, link, action) = await ada.Link();
        var page = await ada.Browser.Get(share);
        var form = new Dictionary<string, string> { ["_antiforgery"] = Browser.FormToken(page), ["version"] = Hidden(page, "version"), ["label"] = "Mine", ["expires"] = "keep" };
        var api = $"/v1/collections/{ada.Collection}/links/{link}";
        Assert.Equal(200, (await ada.Api.PatchAsync(api, """{"label":"Yours"}""", ("If-Match", $"\"{form["version"]}\""))).StatusCode);
        Assert.Equal(412, (await ada.Api.PatchAsync(api, """{"label":"Theirs"}""", ("If-Match", $"\"{form["version"]}\""))).StatusCode);
        var overtaken = await ada.Browser.Post(action, form);
        Assert.Equal(412, overtaken.StatusCode);
        Assert.Contains("changed meanwhile", overtaken.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"Mine\"", overtaken.Text, StringComparison.Ordinal);
        Assert.Contains(">Yours<", overtaken.Text, StringComparison.Ordinal);
        Assert.Equal("Yours", (string?)(await ada.ReadLink(link))["label"]);
        form["version"] = Hidden(overtaken, "version");
        Assert.Equal(303, (await ada.Browser.Post(action, form)).StatusCode);
        Assert.Equal("Mine", (string?)(await ada.ReadLink(link))["label"]);
    }

    [Fact]
    public async Task A_copy_of_somebody_elses_can_be_undone()
    {
        using var ada = await SiteOwner.Enter(product.Address, 3);
        using var ben = await SiteOwner.Enter(product.Address);
        var link = await ada.OpenLink() + "/save";
        Assert.Equal(200, (await ada.Api.PatchAsync($"/v1/collections/{ada.Collection}", """{"visibility":"public"}""")).StatusCode);
        Assert.Equal(201, (await ben.Api.PostAsync($"/v1/collections/{ben.Collection}/items", $$"""{"gifId":"{{ada.Gifs[1]}}"}""")).StatusCode);
        var (pick, copy) = ($"/c/{ada.Collection}/pick?do=all", $"/c/{ada.Collection}/copy");
        var into = await ben.Change(pick, copy, new() { ["target"] = ben.Collection });
        Assert.Equal(3, (await ben.Order()).Count);
        await ben.Undo(into);
        // What was there before stays.
        Assert.Equal([ada.Gifs[1]], await ben.Order());

        // A new collection goes, and comes back when that is undone; by a link the same.
        foreach (var (page, action) in new[] { (pick, copy), (link, link) })
        {
            var made = await ben.Change(page, action, new() { ["target"] = "new", ["name"] = "Copy" });
            var path = made[..made.IndexOf('?', StringComparison.Ordinal)];
            Assert.Equal(200, (await ben.Browser.Get(path)).StatusCode);
            var gone = await ben.Undo(made, path);
            Assert.StartsWith("/collections?done=collection-deleted&undo=", gone, StringComparison.Ordinal);
            Assert.Equal(404, (await ben.Browser.Get(path)).StatusCode);
            // The second of two clicks.
            var second = await ben.Send(made);
            Assert.True(second.StatusCode == 303, WebUtility.HtmlDecode(second.Text));
            Assert.Equal("/collections?done=collection-restored", await ben.Undo(gone, "/collections"));
            Assert.Equal(200, (await ben.Browser.Get(path)).StatusCode);
        }
    }

    /// <summary>Every sentence that our pages can say, with every word that a forged address may bring.</summary>
    [Fact]
    public async Task No_address_makes_a_page_offer_an_undo()
    {
        using var ada = await SiteOwner.Enter(product.Address, 2);
        using var eve = await SiteOwner.Enter(product.Address, 2);
        var (_, link, _) = await ada.Link();
        var mine = $"/c/{ada.Collection}";
        var theirs = SiteOwner.Ticket(await eve.Cover(1));
        var own = SiteOwner.Ticket(await ada.Cover(1));
        foreach (var path in (string[])["/collections", mine, mine + "/share", "/trash", "/settings"])
        {
            var actions = Actions(await ada.Browser.Get(path));
            foreach (var code in Notices.Codes.Append("selection").Append("nonsense"))
                foreach (var forged in (string[])[$"&of={ada.Collection}&in={ada.Collection}", $"&of={ada.Gifs[0]}&in={ada.Collection}", $"&of={link}&in={ada.Collection}", $"&undo={theirs}", $"&undo={own[..^4]}AAAA", $"&undo={ada.Collection}"])
                {
                    var page = await ada.Browser.Get($"{path}?done={code}{forged}");
                    Assert.Equal(200, page.StatusCode);
                    Assert.DoesNotContain("\"/undo\"", page.Text, StringComparison.Ordinal);
                    Assert.Equal(code is not ("selection" or "nonsense"), page.Text.Contains("data-notice", StringComparison.Ordinal));
                    // No other form of the page takes anything from the address.
                    Assert.Equal(actions, Actions(page));
                }
        }
    }

    private static List<string> Actions(Answer page) => [.. Action().Matches(page.Text).Select(match => match.Value)];

    [GeneratedRegex("(?:form)?action=\"[^\"?]*")]
    private static partial Regex Action();

    [Fact]
    public async Task After_a_day_it_is_too_late()
    {
        var clock = new MovingClock();
        await using var own = await TestProduct.StartAsync(ConventionsProduct.NoLimits, builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using var ada = await SiteOwner.Enter(own.BaseAddress, 2);
        var cover = await ada.Cover(1);
        clock.Offset = TimeSpan.FromHours(23);
        Assert.Contains("action=\"/undo\"", (await ada.Browser.Get(cover)).Text, StringComparison.Ordinal);
        clock.Offset = TimeSpan.FromHours(25);
        Assert.DoesNotContain("action=\"/undo\"", (await ada.Browser.Get(cover)).Text, StringComparison.Ordinal);
        var late = await ada.Send(cover);
        Assert.Equal(409, late.StatusCode);
        Assert.Contains("24 hours", late.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_of_many_collections_is_found_as_a_target()
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        using var ben = await SiteOwner.Enter(product.Address);
        var needle = (string)(await ada.Api.PostAsync("/v1/collections", """{"name":"Needle & thread"}"""))["id"]!;
        for (var i = 0; i < 100; i++)
            Assert.Equal(201, (await ada.Api.PostAsync("/v1/collections", $$"""{"name":"Hay {{i}}"}""")).StatusCode);
        foreach (var path in new[] { $"/c/{ada.Collection}/pick?do=copy", (await ben.OpenLink()) + "/save" })
        {
            var all = await ada.Browser.Get(path);
            Assert.DoesNotContain(needle, all.Text, StringComparison.Ordinal);
            Assert.Contains("Search for the others", all.Text, StringComparison.Ordinal);
            var query = path.Contains('?', StringComparison.Ordinal) ? "&q=" : "?q=";
            var found = await ada.Browser.Get(path + query + "needle+%26");
            Assert.Contains($"value=\"{needle}\"", found.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("Hay", found.Text, StringComparison.Ordinal);
            Assert.Contains("has <q dir=\"auto\">&lt;b&gt;</q>", (await ada.Browser.Get(path + query + "%3Cb%3E")).Text, StringComparison.Ordinal);
            Assert.Equal(400, (await ada.Browser.Get(path + query + new string('x', 201))).StatusCode);
        }

        // The ticked ones go along through the search.
        var form = new Dictionary<string, string> { ["gif"] = ada.Gifs[0], ["do"] = "move", ["q"] = "needle" };
        var chosen = await ada.Browser.Submit($"/c/{ada.Collection}", $"/c/{ada.Collection}/items/selected", form);
        Assert.Equal((200, ada.Gifs[0]), (chosen.StatusCode, Hidden(chosen, "gif")));
        Assert.Contains($"value=\"{needle}\"", chosen.Text, StringComparison.Ordinal);
    }

    private static string Hidden(Answer page, string name) => HiddenField().Matches(page.Text).First(m => m.Groups[1].Value == name).Groups[2].Value;

    [GeneratedRegex("""<input type="hidden" name="([^"]*)" value="([^"]*)" ?/?>""")]
    private static partial Regex HiddenField();
}
