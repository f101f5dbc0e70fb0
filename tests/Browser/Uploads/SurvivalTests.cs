using GifShare.Browser.Tests.Collections;
using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Uploads;

/// <summary>The queue survives the page, for the person whose it is and for nobody else.</summary>
public sealed class SurvivalTests(RunningSite site) : TrayJourney(site)
{
    [Fact]
    public async Task A_reload_goes_on_and_sends_only_what_is_missing()
    {
        using var ada = await Enter();
        var traffic = await SendTwoOfThree(ada);
        await ada.Visitor.Reload();
        await Expect(ada.Uploads).ToContainTextAsync(Film);
        await Eventually.True(() => traffic.Held == 2, Cancel, TimeSpan.FromMinutes(1));
        traffic.Open();
        // Another page of the site, where there is no collection, has the tray too.
        await ada.Visitor.Open("/favorites");
        await Expect(ada.Uploads).ToContainTextAsync("Added");
        Assert.Equal([1, 2, 3], traffic.Sent.Order());
        await ada.Look();
        await Expect(Tray(ada.Page)).ToBeHiddenAsync();
        await IsThereOnce(ada);
    }

    [Fact]
    public async Task A_reload_between_the_last_steps_adds_it_once()
    {
        using var ada = await Enter();
        var added = 0;
        // It is added, but nobody hears of it.
        await ada.Page.Context.RouteAsync("**/items", async route =>
        {
            if (Interlocked.Increment(ref added) > 1)
            {
                await route.ContinueAsync();
                return;
            }

            await route.FetchAsync();
            Interlocked.Increment(ref added);
        });
        await Choose(ada);
        await Eventually.True(() => added == 2, Cancel, TimeSpan.FromMinutes(1));
        await ada.Visitor.Reload();
        await Expect(ada.Uploads).ToContainTextAsync("Added");
        await IsThereOnce(ada);
        await Press(Tray(ada.Page), "Undo").ClickAsync();
        await Expect(ada.Tiles).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(360)]
    public async Task A_file_that_the_browser_does_not_keep_is_asked_for_again(int width)
    {
        using var ada = await Enter(width: width);
        var folder = Directory.CreateTempSubdirectory("gs-tray-").FullName;
        var (film, other) = (Path.Combine(folder, Film), Path.Combine(folder, "other.gif"));
        await File.WriteAllBytesAsync(film, LargePicture(Film).Buffer, Cancel);
        await File.WriteAllBytesAsync(other, Owner.Pixels(), Cancel);
        // As some private windows do.
        await ada.Page.Context.AddInitScriptAsync(
            """
            const put = IDBObjectStore.prototype.put;
            IDBObjectStore.prototype.put = function (value, ...rest) {
              if (value.copy) throw new DOMException('No files here.', 'DataCloneError');
              return put.call(this, value, ...rest);
            };
            """);
        await ada.Look();
        var traffic = await SendTwoOfThree(ada, film);
        await ada.Visitor.Reload();
        await Expect(ada.Uploads).ToContainTextAsync($"Choose {Film} again to go on");
        traffic.Open();
        await ada.Visitor.Photograph("upload-asked-for", isWhole: false);
        await ada.Visitor.ChooseFiles(() => Press(ada.Uploads, "Choose it again").ClickAsync(), [other], Cancel);
        await Expect(ada.Uploads).ToContainTextAsync("That is another file");
        await ada.IsAccessible("asked for");
        await ada.Visitor.ChooseFiles(() => Press(ada.Uploads, "Choose it again").ClickAsync(), [film], Cancel);
        await IsThereOnce(ada);
        Assert.Equal([1, 2, 3], traffic.Sent.Order());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_a_handle_leads_to_is_read_again_without_asking_where_the_browser_allows_it()
    {
        using var ada = await Enter();
        await ada.Page.Context.AddInitScriptAsync("const put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = function (value, ...rest) { return put.call(this, value.copy ? { ...value, copy: null } : value, ...rest); };");
        await ada.Look();
        var traffic = await PartTraffic.Watch(ada.Page.Context, holdFrom: 3);
        // A file of the browser's own folder, dropped as one of the disk would be.
        await ada.Page.EvaluateAsync(
            """
            async ([name, bytes]) => {
              const handle = await (await navigator.storage.getDirectory()).getFileHandle(name, { create: true });
              const writer = await handle.createWritable();
              await writer.write(Uint8Array.from(atob(bytes), c => c.charCodeAt(0)));
              await writer.close();
              const data = new DataTransfer();
              data.items.add(await handle.getFile());
              DataTransferItem.prototype.getAsFileSystemHandle = () => Promise.resolve(handle);
              document.querySelector('main').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));
            }
            """, new[] { Film, Convert.ToBase64String(LargePicture(Film).Buffer) });
        await traffic.ArrivedUpTo(2);
        traffic.Open();
        await ada.Visitor.Reload();
        await IsThereOnce(ada);
        Assert.Equal([1, 2, 3], traffic.Sent.Order());
    }

    [Fact]
    public async Task Nobody_else_in_that_browser_sees_or_sends_it()
    {
        using var ada = await Enter();
        var traffic = await SendTwoOfThree(ada);
        await ada.Page.Context.ClearCookiesAsync();
        using var bob = new Owner(ada.Visitor, await ApiClient.RegisterAsync(await Address()));
        await bob.Begin(0);
        await Expect(Tray(bob.Page)).ToBeHiddenAsync();
        traffic.Open();
        await bob.Visitor.Link("Add GIFs").First.ClickAsync();
        await bob.Dialog.Locator("input[type=file]").SetInputFilesAsync(Picture("of Bob.gif"));
        await Expect(bob.Tiles).ToHaveCountAsync(1);
        await Expect(bob.Uploads).ToHaveCountAsync(1);
        Assert.Equal([1, 1, 2], traffic.Sent.Order());
        await bob.Visitor.LogOut();

        await ada.Visitor.SignIn(ada.Username, Visitor.Password);
        await ada.Look();
        await IsThereOnce(ada);
        // The last one may have been cut off on the way to the collection.
        Assert.Equal([1, 1, 2], traffic.Sent.Where(number => number < 3).Order());
    }

    [Fact]
    public async Task Logging_out_is_warned_of_and_leaves_nothing()
    {
        using var ada = await Enter();
        var traffic = await SendTwoOfThree(ada);
        ada.Visitor.IsWarned = false;
        await ada.Visitor.LogOut();
        Assert.True(ada.Visitor.IsWarned);
        await Eventually.True(async () => await Kept(ada.Page) == 0, Cancel, TimeSpan.FromMinutes(1));
        traffic.Open();
        await ada.Visitor.SignIn(ada.Username, Visitor.Password);
        await ada.Look();
        await Expect(Tray(ada.Page)).ToBeHiddenAsync();
        Assert.Empty(await ada.Order());
    }

    [Fact]
    public async Task Another_tab_waits_and_goes_on_when_the_first_is_closed()
    {
        using var ada = await Enter();
        var traffic = await SendTwoOfThree(ada);
        var second = await ada.Page.Context.NewPageAsync();
        await second.GotoAsync("/c/" + ada.Collection);
        await Expect(Tray(second)).ToContainTextAsync("Another tab sends it");
        traffic.Open();
        await ada.Page.CloseAsync();
        await IsThereOnce(ada, second);
        // A tab that closes may still let go what was held in it.
        Assert.Equal([1, 2], traffic.Sent.Where(number => number < 3).Order());
        Assert.True(traffic.Sent.Count <= 3);
    }

    [Fact]
    public async Task Another_tab_hears_that_it_is_done()
    {
        using var ada = await Enter();
        var traffic = await SendTwoOfThree(ada);
        var second = await ada.Page.Context.NewPageAsync();
        await second.GotoAsync("/c/" + ada.Collection);
        await Expect(Tray(second)).ToContainTextAsync("Another tab sends it");
        await traffic.Release();
        await Expect(ada.Uploads).ToContainTextAsync("Added");
        await Expect(Tray(second)).ToContainTextAsync("Another tab has finished it");
        Assert.Equal([1, 2, 3], traffic.Sent.Order());
        await IsThereOnce(ada);
    }

    [Fact]
    public async Task Without_what_browsers_have_only_on_https_a_reload_goes_on_and_one_tab_sends()
    {
        using var ada = await Enter();
        await ada.Page.Context.AddInitScriptAsync(
            "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }); Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });");
        await ada.Look();
        var traffic = await SendTwoOfThree(ada);
        var second = await ada.Page.Context.NewPageAsync();
        await second.GotoAsync("/c/" + ada.Collection);
        await Expect(Tray(second)).ToContainTextAsync("Another tab sends it");
        await second.CloseAsync();
        traffic.Open();
        await ada.Visitor.Reload();
        await IsThereOnce(ada);
        Assert.Equal([1, 2, 3], traffic.Sent.Order());
    }

    [Fact]
    public async Task Where_the_browser_keeps_nothing_it_works_and_warns()
    {
        using var ada = await Enter();
        await ada.Page.Context.AddInitScriptAsync("IDBFactory.prototype.open = () => { throw new DOMException('Not here.', 'SecurityError'); };");
        await ada.Look();
        var traffic = await SendTwoOfThree(ada);
        ada.Visitor.IsWarned = false;
        await ada.Look();
        Assert.True(ada.Visitor.IsWarned);
        await Expect(Tray(ada.Page)).ToBeHiddenAsync();
        traffic.Open();
        await Choose(ada);
        await Expect(ada.Tiles).ToHaveCountAsync(1);
    }
}
