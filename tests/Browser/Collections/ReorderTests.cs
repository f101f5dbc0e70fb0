using GifShare.Browser.Tests.Site;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Collections;

/// <summary>The order of a collection, by mouse, finger and keyboard.</summary>
public sealed class ReorderTests(RunningSite site) : OwnerJourney(site)
{
    [Fact]
    public async Task By_mouse_and_undone()
    {
        using var ada = await Enter(5);
        await Drag(ada, 0, 3, isAfter: true);
        await Expect(ada.Toast).ToContainTextAsync("Moved.");
        await ada.HasOrder(1, 2, 3, 0, 4);
        await ada.Toast.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await ada.HasOrder(0, 1, 2, 3, 4);
        await ada.Visitor.Reload();
        await ada.ShowsOrder(0, 1, 2, 3, 4);

        // Where it was already: nothing happens, and the click that ends a drag opens nothing.
        await Drag(ada, 2, 1, isAfter: true);
        await ada.ShowsOrder(0, 1, 2, 3, 4);
        await Expect(ada.Dialog).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Several_at_once()
    {
        using var ada = await Enter(6);
        await ada.Visitor.Button("Select").ClickAsync();
        await ada.Tile(1).Locator(".open").ClickAsync();
        await ada.Tile(4).Locator(".open").ClickAsync();
        await Drag(ada, 4, 0, isAfter: false);
        await Expect(ada.Toast).ToContainTextAsync("2 GIFs moved.");
        await ada.HasOrder(1, 4, 0, 2, 3, 5);
        await ada.Page.Keyboard.PressAsync("Control+z");
        await ada.HasOrder(0, 1, 2, 3, 4, 5);
    }

    [Fact]
    public async Task By_keyboard()
    {
        using var ada = await Enter(4);
        await ada.TabToTiles();
        await ada.Page.Keyboard.PressAsync("m");
        await ada.Page.Keyboard.PressAsync("ArrowRight");
        await ada.Page.Keyboard.PressAsync("ArrowRight");
        await ada.ShowsOrder(1, 2, 0, 3);
        Assert.Equal(ada.Gifs, await ada.Order());
        await ada.Page.Keyboard.PressAsync("Enter");
        await ada.HasOrder(1, 2, 0, 3);

        await ada.Page.Keyboard.PressAsync("m");
        await ada.Page.Keyboard.PressAsync("Home");
        await ada.ShowsOrder(0, 1, 2, 3);
        await ada.Page.Keyboard.PressAsync("Escape");
        await ada.HasOrder(1, 2, 0, 3);

        // The focus is still on it.
        await ada.Page.Keyboard.PressAsync("Alt+ArrowLeft");
        await ada.Page.Keyboard.PressAsync("Alt+ArrowLeft");
        await ada.HasOrder(0, 1, 2, 3);
        await Expect(ada.Tile(0).Locator(".open")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task By_finger()
    {
        using var ada = await Enter(4, width: 360);
        var session = await ada.Page.Context.NewCDPSessionAsync(ada.Page);
        var (from, to) = (await Box(ada.Tile(0)), await Box(ada.Tile(1)));
        Task Touch(string type, params (float X, float Y)[] points) => session.SendAsync("Input.dispatchTouchEvent", new Dictionary<string, object>
        {
            ["type"] = type,
            ["touchPoints"] = points.Select(point => new Dictionary<string, object> { ["x"] = point.X, ["y"] = point.Y }).ToArray(),
        });
        await Touch("touchStart", (from.X + (from.Width / 2), from.Y + (from.Height / 2)));
        await Expect(ada.Page.Locator(".drag-ghost")).ToBeVisibleAsync();
        await Touch("touchMove", (from.X + (from.Width / 2) + 20, from.Y + (from.Height / 2) + 20));
        await Touch("touchMove", (to.X + to.Width - 5, to.Y + (to.Height / 2)));
        await ada.Visitor.Photograph("dragging");
        await Touch("touchEnd");
        await ada.HasOrder(1, 0, 2, 3);
    }

    [Fact]
    public async Task What_the_server_refuses_goes_back_to_its_place()
    {
        using var ada = await Enter(4);
        await ada.Page.RouteAsync("**/items/batch", route => route.FulfillAsync(new() { Status = 403, ContentType = "application/problem+json", Body = """{"code":"forbidden","detail":"Not today."}""" }));
        await Drag(ada, 0, 2, isAfter: true);
        await Expect(ada.Toast).ToContainTextAsync("It could not be moved: Not today.");
        await ada.HasOrder(0, 1, 2, 3);
        ada.Visitor.Forgive();
        await ada.Page.UnrouteAsync("**/items/batch");

        // Another tab has removed what it should stand behind.
        await ada.Remove(ada.Gifs[2]);
        await Drag(ada, 0, 2, isAfter: true);
        await Expect(ada.Toast).ToContainTextAsync("Something has changed here meanwhile.");
        await ada.HasOrder(0, 1, 3);
        ada.Visitor.Forgive();
    }

    [Fact]
    public async Task Without_a_script_by_number()
    {
        using var ada = await Enter(4, script: false);
        await ada.Visitor.Click(ada.Tile(3).GetByRole(AriaRole.Link, new() { Name = "Edit Number 4" }));
        await ada.Visitor.Fill("Place", "2");
        await ada.Visitor.Press("Move there");
        await ada.HasOrder(0, 3, 1, 2);
    }

    private static async Task Drag(Owner ada, int from, int to, bool isAfter)
    {
        var (start, end) = (await Box(ada.Tile(from)), await Box(ada.Tile(to)));
        await ada.Page.Mouse.MoveAsync(start.X + (start.Width / 2), start.Y + (start.Height / 2));
        await ada.Page.Mouse.DownAsync();
        await ada.Page.Mouse.MoveAsync(start.X + (start.Width / 2) + 20, start.Y + (start.Height / 2) + 5);
        await ada.Page.Mouse.MoveAsync(end.X + (isAfter ? end.Width - 8 : 8), end.Y + (end.Height / 2), new() { Steps = 5 });
        await Expect(ada.Page.Locator(".insert-mark")).ToBeVisibleAsync();
        await ada.Page.Mouse.UpAsync();
        await Expect(ada.Page.Locator(".insert-mark")).ToHaveCountAsync(0);
    }

    private static async Task<LocatorBoundingBoxResult> Box(ILocator tile)
    {
        await tile.ScrollIntoViewIfNeededAsync();
        return (await tile.BoundingBoxAsync())!;
    }
}
