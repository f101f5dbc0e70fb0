using GifShare.Browser.Tests.Collections;
using Microsoft.Playwright;

namespace GifShare.Browser.Tests.Site;

/// <summary>A person without a pointer.</summary>
internal static class Keyboard
{
    private const int MostStops = 60;

    public static async Task TabTo(this Visitor visitor, ILocator goal)
    {
        for (var stops = 0; !await goal.EvaluateAsync<bool>("e => e === document.activeElement"); stops++)
        {
            Assert.True(stops < MostStops, $"Tab does not reach {goal}");
            await visitor.Page.Keyboard.PressAsync("Tab");
        }

        Assert.True(await goal.EvaluateAsync<bool>("e => getComputedStyle(e).outlineStyle !== 'none'"), $"{goal} does not show that it has the focus");
    }

    /// <summary>The grid of GIFs is one stop.</summary>
    public static async Task TabToTiles(this Owner owner) => await owner.Visitor.TabTo(owner.Tile(0).Locator(".open"));

    public static async Task Type(this Visitor visitor, string label, string text)
    {
        await visitor.TabTo(visitor.Page.GetByLabel(label, new() { Exact = true }));
        await visitor.Page.Keyboard.TypeAsync(text);
    }

    /// <summary>Goes there, presses Enter and arrives at the next page.</summary>
    public static async Task Enter(this Visitor visitor, ILocator goal)
    {
        await visitor.TabTo(goal);
        await visitor.Arrive(() => visitor.Page.Keyboard.PressAsync("Enter"));
    }
}
