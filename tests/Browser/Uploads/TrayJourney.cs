using GifShare.Browser.Tests.Collections;
using GifShare.Browser.Tests.Site;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Uploads;

/// <summary>Journeys of somebody whose file of three parts is on its way: two have arrived, the third is held.</summary>
public abstract class TrayJourney(RunningSite site) : OwnerJourney(site)
{
    protected const string Film = "Film of the sea.gif";

    private protected static async Task<PartTraffic> SendTwoOfThree(Owner ada, string? file = null)
    {
        var traffic = await PartTraffic.Watch(ada.Page.Context, holdFrom: 3);
        await Choose(ada, file);
        await traffic.ArrivedUpTo(2);
        return traffic;
    }

    private protected static async Task Choose(Owner ada, string? file = null)
    {
        await ada.Visitor.Link("Add GIFs").First.ClickAsync();
        var input = ada.Dialog.Locator("input[type=file]");
        await (file is null ? input.SetInputFilesAsync(LargePicture(Film)) : input.SetInputFilesAsync(file));
        await Expect(ada.Uploads).ToHaveCountAsync(1);
    }

    private protected static ILocator Tray(IPage page) => page.Locator("body > [data-tray]");

    private protected static ILocator Press(ILocator where, string name) => where.GetByRole(AriaRole.Button, new() { Name = name });

    /// <summary>It is in the collection once, with its title, and nothing of it is kept.</summary>
    private protected static async Task IsThereOnce(Owner ada, IPage? page = null)
    {
        page ??= ada.Page;
        await Expect(page.Locator("li[data-gif]")).ToHaveCountAsync(1);
        Assert.Equal("Film of the sea", (string?)Assert.Single(await ada.Items())!["gif"]!["title"]);
        Assert.Equal(0, await Kept(page));
    }

    /// <summary>How many uploads the browser keeps, whoever's.</summary>
    private protected static Task<int> Kept(IPage page) => page.EvaluateAsync<int>(
        """
        () => new Promise((resolve, reject) => {
          const opening = indexedDB.open('gifshare-uploads');
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const count = opening.result.transaction('uploads').objectStore('uploads').count();
            count.onsuccess = () => { opening.result.close(); resolve(count.result); };
          };
        })
        """);
}
