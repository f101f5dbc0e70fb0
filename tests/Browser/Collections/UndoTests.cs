using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Collections;

/// <summary>What was changed by a form comes back, by the message with a script and by the notice without.</summary>
public sealed class UndoTests(RunningSite site) : OwnerJourney(site)
{
    [Theory]
    [InlineData(1280, true)]
    [InlineData(360, false)]
    public async Task A_new_cover(int width, bool script)
    {
        using var ada = await Enter(3, width, script);
        var before = await CoverOf(ada);
        await OpenItem(ada, 2, script);
        await Press(ada, "Use as cover", script);
        await Says(ada, "This is the cover now.", script);
        Assert.NotEqual(before, await CoverOf(ada));
        if (script)
            await ada.IsAccessible("after a new cover");
        await Undo(ada, script);
        await Eventually.True(async () => await CoverOf(ada) == before, Cancel, TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(1280, true)]
    [InlineData(360, false)]
    public async Task What_an_item_says(int width, bool script)
    {
        using var ada = await Enter(2, width, script);
        await OpenItem(ada, 1, script);
        var form = script ? ada.Dialog : ada.Page.Locator("main");
        await form.GetByLabel("Title").FillAsync("Something else");
        await form.GetByLabel("Describe it for people who cannot see it").FillAsync("A square.");
        await Press(ada, "Save", script);
        await Says(ada, "Saved.", script);
        await Expect(ada.Tile(1).Locator("img")).ToHaveAttributeAsync("alt", "A square.");
        await Undo(ada, script);
        await Expect(ada.Tile(1).Locator("img")).ToHaveAttributeAsync("alt", "Number 2");
    }

    [Theory]
    [InlineData(1280, true)]
    [InlineData(360, false)]
    public async Task A_collections_name_and_who_may_see_it(int width, bool script)
    {
        using var ada = await Enter(1, width, script);
        await ada.Visitor.Open("/collections");
        await ada.Page.Locator(".cards summary").ClickAsync();
        await Go(ada, ada.Page.GetByRole(AriaRole.Link, new() { Name = "Rename or edit" }), script);
        var form = script ? ada.Dialog : ada.Page.Locator("main");
        await form.GetByLabel("Name", new() { Exact = true }).FillAsync("Squares");
        await form.Locator("input[name=visibility][value=public]").CheckAsync();
        await Press(ada, "Save", script);
        await Says(ada, "The collection is saved.", script);
        await Expect(ada.Page.Locator(".cards strong")).ToHaveTextAsync("Squares");
        await Undo(ada, script);
        await Expect(ada.Page.Locator(".cards strong")).ToHaveTextAsync("Loops");
        Assert.Equal("private", (string?)(await ada.Read($"/v1/collections/{ada.Collection}"))["visibility"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_profile(bool script)
    {
        using var ada = await Enter(script: script);
        await ada.Visitor.Open("/settings");
        await ada.Visitor.Fill("About you", "One\nTwo");
        await ada.Page.GetByLabel("Private account").CheckAsync();
        await ada.Visitor.Press("Save profile");
        await Says(ada, "Your profile is saved.", script);
        await Undo(ada, script);
        await Expect(ada.Page.GetByLabel("About you")).ToHaveValueAsync("");
        await Expect(ada.Page.GetByLabel("Private account")).Not.ToBeCheckedAsync();
    }

    [Theory]
    [InlineData(1280, true, true)]
    [InlineData(1280, true, false)]
    [InlineData(360, false, false)]
    public async Task The_settings_of_a_link(int width, bool script, bool dialog)
    {
        using var ada = await Enter(1, width, script);
        await ada.Visitor.CreateLink();
        if (dialog)
        {
            await ada.Look();
            await ada.Visitor.Link("Share").ClickAsync();
        }

        var place = dialog ? ada.Dialog : ada.Page.Locator("main");
        await place.GetByText("Change", new() { Exact = true }).ClickAsync();
        await ada.Visitor.LinkRow.GetByLabel("Label (optional)").FillAsync("For Ben");
        await ada.Visitor.LinkRow.GetByLabel("Stops working").SelectOptionAsync("week");
        await Press(ada, "Save link", dialog);
        await Expect(ada.Visitor.LinkRow.Locator("h3")).ToHaveTextAsync("For Ben");
        // In a dialog the notice stays in it.
        await Says(ada, "The link is saved.", script && !dialog);
        if (script)
            await ada.IsAccessible("after a link was changed");
        await Undo(ada, script && !dialog);
        await Expect(ada.Visitor.LinkRow.Locator("h3")).ToHaveTextAsync("Link");
        await Expect(ada.Visitor.LinkRow.GetByText("Ends")).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData(1280, true)]
    [InlineData(360, false)]
    public async Task Of_two_who_change_one_link_the_second_is_told(int width, bool script)
    {
        using var ada = await Enter(1, width, script);
        await ada.Visitor.CreateLink();
        var other = await ada.Page.Context.NewPageAsync();
        await other.GotoAsync($"/c/{ada.Collection}/share");
        foreach (var (page, label) in new[] { (ada.Page, "For Ben"), (other, "For Eve") })
        {
            await page.Locator(".links").GetByText("Change", new() { Exact = true }).ClickAsync();
            await page.Locator(".links").GetByLabel("Label (optional)").FillAsync(label);
            await page.GetByRole(AriaRole.Button, new() { Name = "Save link" }).ClickAsync();
            await Expect(page.Locator(".links h3")).ToHaveTextAsync("For Ben");
        }

        await Expect(other.GetByRole(AriaRole.Alert)).ToContainTextAsync("changed meanwhile");
        await Expect(other.Locator(".links").GetByLabel("Label (optional)")).ToHaveValueAsync("For Eve");
        await other.GetByRole(AriaRole.Button, new() { Name = "Save link" }).ClickAsync();
        await Expect(other.Locator(".links h3")).ToHaveTextAsync("For Eve");
        await other.CloseAsync();
    }

    [Fact]
    public async Task Several_files_without_a_script()
    {
        using var ada = await Enter(1, 360, script: false);
        await ada.Visitor.Click(ada.Visitor.Link("Add GIFs").First);
        await ada.Page.Locator("input[type=file]").SetInputFilesAsync([Picture("one.gif"), Picture("two.gif")]);
        await ada.Visitor.Press("Upload and add");
        await Expect(ada.Page.GetByText("2 GIFs added.")).ToBeVisibleAsync();
        await Expect(ada.Tiles).ToHaveCountAsync(3);
        await ada.Visitor.Press("Undo");
        await ada.HasOrder(0);

        // Also what could be added where not all could.
        await ada.Visitor.Click(ada.Visitor.Link("Add GIFs").First);
        await ada.Page.Locator("input[type=file]").SetInputFilesAsync([Picture("three.gif"), new() { Name = "bad.gif", MimeType = "image/gif", Buffer = "x"u8.ToArray() }]);
        await ada.Visitor.Press("Upload and add");
        await Expect(ada.Page.GetByText("1 GIF added.")).ToBeVisibleAsync();
        ada.Visitor.Forgive();
        await ada.Visitor.Press("Undo");
        await ada.HasOrder(0);
    }

    [Theory]
    [InlineData(1280, true)]
    [InlineData(360, false)]
    public async Task A_target_is_searched_for(int width, bool script)
    {
        using var ada = await Enter(2, width, script);
        var needle = await ada.NewCollection("Needle مرحبا");
        for (var i = 0; i < 9; i++)
            await ada.NewCollection($"Hay {i}");
        if (script)
            await ada.Visitor.Button("Select").ClickAsync();
        await ada.Tile(1).Locator("input[name=gif]").CheckAsync();
        await Go(ada, ada.Visitor.Button("Move"), script);
        var form = script ? ada.Dialog : ada.Page.Locator("main");
        await Expect(form.GetByLabel("Hay 3")).ToHaveCountAsync(1);
        await form.GetByLabel("Search my collections").FillAsync("needle");
        if (script)
            await ada.Page.Keyboard.PressAsync("Enter");
        else
            await ada.Visitor.Press("Search");
        await Expect(form.GetByLabel("Hay 3")).ToHaveCountAsync(0);
        if (script)
            await ada.IsAccessible("the choice of a target");
        await ada.Visitor.Photograph("pick-search");
        await form.GetByLabel("Needle مرحبا").CheckAsync();
        await Press(ada, "Move", script);
        await Says(ada, "1 GIF moved to “Needle مرحبا”.", script);
        Assert.Equal([ada.Gifs[1]], await ada.Order(needle));
        await Undo(ada, script);
        await ada.HasOrder(0, 1);
    }

    private static async Task<string?> CoverOf(Owner ada) =>
        // Its signature changes with the time.
        ((string?)(await ada.Read($"/v1/collections/{ada.Collection}"))["coverUrl"])?.Split('?')[0];

    private static async Task OpenItem(Owner ada, int place, bool script)
    {
        await ada.Tile(place).HoverAsync();
        await Go(ada, ada.Tile(place).GetByRole(AriaRole.Link, new() { Name = "Edit Number" }), script);
    }

    private static async Task Go(Owner ada, ILocator to, bool isDialog)
    {
        if (isDialog)
            await to.ClickAsync();
        else
            await ada.Visitor.Click(to);
        if (isDialog)
            await Expect(ada.Dialog).ToBeVisibleAsync();
    }

    private static async Task Press(Owner ada, string button, bool isDialog)
    {
        if (isDialog)
            await ada.Dialog.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        else
            await ada.Visitor.Press(button);
    }

    private static Task Says(Owner ada, string text, bool isMessage) =>
        Expect(isMessage ? ada.Toast : ada.Page.Locator("main .notice, dialog .notice")).ToContainTextAsync(text);

    private static async Task Undo(Owner ada, bool isMessage)
    {
        if (isMessage)
            await ada.Toast.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        else if (await ada.Dialog.CountAsync() > 0)
            await Press(ada, "Undo", isDialog: true);
        else
            await ada.Visitor.Press("Undo");
    }
}
