using System.IO.Compression;
using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Collections;

/// <summary>Choosing several GIFs and doing something to them; everything can be undone.</summary>
public sealed class SelectTests(RunningSite site) : OwnerJourney(site)
{
    [Fact]
    public async Task Several_are_chosen_by_clicks_removed_and_come_back()
    {
        using var ada = await Enter(6);
        await ada.Visitor.Button("Select").ClickAsync();
        await ada.Tile(1).Locator(".open").ClickAsync();
        await ada.Tile(4).Locator(".open").ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        await Expect(ada.Chosen).ToHaveTextAsync("4 selected");
        await ada.Tile(2).Locator(".open").ClickAsync();
        await Expect(ada.Chosen).ToHaveTextAsync("3 selected");
        await ada.Visitor.Photograph("selection");

        await ada.Visitor.Button("Remove").ClickAsync();
        await Expect(ada.Toast).ToContainTextAsync("3 GIFs removed.");
        await ada.HasOrder(0, 2, 5);
        await Expect(ada.Page.Locator("[data-item-count]")).ToHaveTextAsync("3 GIFs");
        await ada.Toast.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await ada.HasOrder(0, 1, 2, 3, 4, 5);

        // All of them: the page says that it is empty, and Ctrl+Z brings them back.
        await ada.Visitor.Button("Select").ClickAsync();
        await ada.Visitor.Button("All").ClickAsync();
        await Expect(ada.Chosen).ToHaveTextAsync("6 selected");
        await ada.Visitor.Button("Remove").ClickAsync();
        await Expect(ada.Page.GetByText("No GIFs yet")).ToBeVisibleAsync();
        await Expect(ada.Toast).ToContainTextAsync("6 GIFs removed.");
        await ada.Page.Keyboard.PressAsync("Control+z");
        await ada.HasOrder(0, 1, 2, 3, 4, 5);
    }

    [Fact]
    public async Task Some_move_to_a_new_collection_and_back()
    {
        using var ada = await Enter(4, width: 360);
        await ada.Visitor.Button("Select").ClickAsync();
        await ada.Tile(0).Locator(".open").ClickAsync();
        await ada.Tile(2).Locator(".open").ClickAsync();
        await ada.Visitor.Button("Move").ClickAsync();
        await Expect(ada.Dialog).ToBeVisibleAsync();
        await ada.Visitor.Photograph("move");
        await ada.Dialog.GetByLabel("Name of the new collection").FillAsync("Elsewhere");
        await ada.Dialog.GetByRole(AriaRole.Button, new() { Name = "Move", Exact = true }).DblClickAsync();
        await Expect(ada.Toast).ToContainTextAsync("2 GIFs moved to “Elsewhere”.");
        await Expect(ada.Dialog).ToHaveCountAsync(0);
        await ada.HasOrder(1, 3);
        var elsewhere = await ada.CollectionNamed("Elsewhere");
        Assert.Equal([ada.Gifs[0], ada.Gifs[2]], await ada.Order(elsewhere));
        await ada.Toast.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await ada.HasOrder(0, 1, 2, 3);
    }

    [Fact]
    public async Task Some_are_copied_and_downloaded()
    {
        using var ada = await Enter(3);
        var other = await ada.NewCollection("Other");
        await ada.Visitor.Button("Select").ClickAsync();
        await ada.Tile(1).Locator("input[name=gif]").CheckAsync();
        await ada.Tile(2).Locator("input[name=gif]").CheckAsync();
        var download = await ada.Page.RunAndWaitForDownloadAsync(() => ada.Visitor.Button("Download").ClickAsync());
        await using (var zip = await ZipFile.OpenReadAsync(await download.PathAsync(), Cancel))
            Assert.Equal(["0001-Number-2.gif", "0002-Number-3.gif", "index.json"], zip.Entries.Select(entry => entry.Name));

        await ada.Visitor.Button("Copy").ClickAsync();
        await ada.Dialog.GetByLabel("Other").CheckAsync();
        await ada.Dialog.GetByRole(AriaRole.Button, new() { Name = "Copy", Exact = true }).ClickAsync();
        await Expect(ada.Toast).ToContainTextAsync("2 GIFs copied to “Other”.");
        Assert.Equal([ada.Gifs[1], ada.Gifs[2]], await ada.Order(other));
        await ada.HasOrder(0, 1, 2);
    }

    [Fact]
    public async Task By_keyboard_alone()
    {
        using var ada = await Enter(5);
        await ada.TabToTiles();
        await ada.Page.Keyboard.PressAsync("ArrowRight");
        await ada.Page.Keyboard.PressAsync("Space");
        await Expect(ada.Chosen).ToHaveTextAsync("1 selected");
        await ada.Page.Keyboard.PressAsync("ArrowRight");
        await ada.Page.Keyboard.PressAsync("ArrowRight");
        await ada.Page.Keyboard.PressAsync("Shift+Space");
        await Expect(ada.Chosen).ToHaveTextAsync("3 selected");
        await ada.Page.Keyboard.PressAsync("Escape");
        await Expect(ada.Chosen).ToBeHiddenAsync();
        await ada.Page.Keyboard.PressAsync("Space");
        await ada.Page.Keyboard.PressAsync("Control+a");
        await Expect(ada.Chosen).ToHaveTextAsync("5 selected");
        await ada.Page.Keyboard.PressAsync("Space");
        await Expect(ada.Chosen).ToHaveTextAsync("4 selected");
        await ada.Page.Keyboard.PressAsync("Delete");
        await Expect(ada.Toast).ToContainTextAsync("4 GIFs removed.");
        await ada.HasOrder(3);
        await ada.Page.Keyboard.PressAsync("Control+z");
        await ada.HasOrder(0, 1, 2, 3, 4);
    }

    [Fact]
    public async Task Without_a_script_the_ticked_ones_are_removed_moved_and_come_back()
    {
        using var ada = await Enter(4, width: 360, script: false);
        await ada.Tile(1).Locator("input[name=gif]").CheckAsync();
        await ada.Tile(3).Locator("input[name=gif]").CheckAsync();
        await ada.Visitor.Photograph("collection-no-script");
        await ada.Visitor.Press("Remove");
        await Expect(ada.Page.GetByText("2 GIFs removed.")).ToBeVisibleAsync();
        Assert.Equal([ada.Gifs[0], ada.Gifs[2]], await ada.Order());
        await ada.Visitor.Press("Undo");
        Assert.Equal(ada.Gifs, await ada.Order());

        await ada.Tile(0).Locator("input[name=gif]").CheckAsync();
        await ada.Visitor.Press("Move");
        await ada.Visitor.Fill("Name of the new collection", "Away");
        await ada.Visitor.Press("Move");
        await Expect(ada.Page.GetByText("1 GIF moved to “Away”.")).ToBeVisibleAsync();
        Assert.Equal([ada.Gifs[1], ada.Gifs[2], ada.Gifs[3]], await ada.Order());
        await ada.Visitor.Press("Undo");
        Assert.Equal(ada.Gifs, await ada.Order());
    }

    [Fact]
    public async Task Editing_far_down_keeps_the_place()
    {
        using var ada = await Enter(70);
        var tile = ada.Page.Locator($"li[data-gif='{ada.Gifs[65]}']");
        await ada.Page.EvaluateAsync("scrollTo(0, 1e6)");
        await Eventually.True(async () =>
        {
            await ada.Page.EvaluateAsync("scrollTo(0, 1e6)");
            return await tile.CountAsync() == 1;
        }, Cancel, TimeSpan.FromMinutes(1));
        await tile.ScrollIntoViewIfNeededAsync();
        var before = await ada.Page.EvaluateAsync<double>("scrollY");
        Assert.True(before > 500);
        await tile.HoverAsync();
        await tile.GetByRole(AriaRole.Link, new() { Name = "Edit Number 66" }).ClickAsync();
        await ada.Dialog.GetByLabel("Describe it for people who cannot see it").FillAsync("Far down.");
        await ada.Dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(ada.Dialog).ToHaveCountAsync(0);
        await Expect(tile.Locator("img")).ToHaveAttributeAsync("alt", "Far down.");
        Assert.Equal(before, await ada.Page.EvaluateAsync<double>("scrollY"), 5.0);
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(360)]
    public async Task Nothing_here_shuts_anybody_out(int width)
    {
        // 360 is dark, 1280 light.
        using var ada = await Enter(3, width);
        await ada.IsAccessible("collection");
        await ada.Visitor.Button("Select").ClickAsync();
        await ada.Tile(1).Locator(".open").ClickAsync();
        await ada.IsAccessible("selection");
        await ada.Visitor.Button("Copy").ClickAsync();
        await Expect(ada.Dialog).ToBeVisibleAsync();
        await ada.IsAccessible("pick");
        await ada.Page.Keyboard.PressAsync("Escape");
        await ada.Visitor.Button("End selection").ClickAsync();
        await ada.Visitor.Link("Add GIFs").ClickAsync();
        await Expect(ada.Dialog).ToBeVisibleAsync();
        await ada.IsAccessible("add");
        await ada.Dialog.Locator("input[type=file]").SetInputFilesAsync([Picture("one.gif"), new() { Name = "bad.gif", MimeType = "image/gif", Buffer = "x"u8.ToArray() }]);
        await Expect(ada.Uploads.First).ToContainTextAsync("Added");
        await ada.Visitor.Photograph("uploaded");
        await ada.IsAccessible("uploads");
        foreach (var path in new[] { $"/items/{ada.Gifs[0]}", "/add", "/pick?do=move" })
        {
            await ada.Visitor.Open($"/c/{ada.Collection}{path}");
            await ada.IsAccessible(path);
        }
    }

    [Fact]
    public async Task What_another_tab_has_removed_meanwhile_is_no_error()
    {
        using var ada = await Enter(4);
        await ada.Remove(ada.Gifs[1]);
        await ada.Visitor.Button("Select").ClickAsync();
        await ada.Tile(1).Locator(".open").ClickAsync();
        await ada.Tile(2).Locator(".open").ClickAsync();
        await ada.Visitor.Button("Remove").ClickAsync();
        await Expect(ada.Toast).ToContainTextAsync("1 GIF removed.");
        await ada.HasOrder(0, 3);
        await ada.Toast.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await ada.HasOrder(0, 2, 3);
    }

    [Fact]
    public async Task An_item_is_edited_and_removed_in_its_dialog()
    {
        using var ada = await Enter(3);
        await ada.Tile(1).HoverAsync();
        await ada.Tile(1).GetByRole(AriaRole.Link, new() { Name = "Edit Number 2" }).ClickAsync();
        await Expect(ada.Dialog.GetByLabel("Title")).ToHaveValueAsync("Number 2");
        await ada.Visitor.Photograph("item");
        await ada.Dialog.GetByLabel("Describe it for people who cannot see it").FillAsync("A square.");
        await ada.Dialog.GetByLabel("Tags").FillAsync(string.Join(", ", Enumerable.Range(0, 21)));
        await ada.Dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        // Too many tags: what was typed is still there.
        await Expect(ada.Dialog.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Expect(ada.Dialog.GetByLabel("Describe it for people who cannot see it")).ToHaveValueAsync("A square.");
        ada.Visitor.Forgive();
        await ada.Dialog.GetByLabel("Tags").FillAsync("square");
        await ada.Dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(ada.Dialog).ToHaveCountAsync(0);
        await Expect(ada.Tile(1).Locator("img")).ToHaveAttributeAsync("alt", "A square.");

        await ada.Tile(1).HoverAsync();
        await ada.Tile(1).GetByRole(AriaRole.Link, new() { Name = "Edit Number 2" }).ClickAsync();
        await ada.Dialog.GetByRole(AriaRole.Button, new() { Name = "Remove from this collection" }).ClickAsync();
        // Beside the one of the edit.
        await Expect(ada.Toast).ToContainTextAsync("1 GIF removed.");
        await ada.HasOrder(0, 2);
        await ada.Toast.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await ada.HasOrder(0, 1, 2);
    }
}
