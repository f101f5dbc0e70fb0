using GifShare.ApiFrontend.Gifs;
using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Uploads;

/// <summary>A file on its way: what stops it, what lets it go on, and what is said of it.</summary>
public sealed class TrayTests(RunningSite site) : TrayJourney(site)
{
    [Fact]
    public async Task A_cut_connection_is_waited_for_and_costs_only_what_was_on_its_way()
    {
        using var relay = new Relay(await Address());
        using var ada = await Enter(through: relay.Address);
        var traffic = await SendTwoOfThree(ada);
        relay.Cut();
        await traffic.Release();
        await Expect(ada.Uploads).ToContainTextAsync("Waiting for the connection");
        relay.Mend();
        await IsThereOnce(ada);
        Assert.Equal([1, 2, 3, 3], traffic.Sent.Order());
        ada.Visitor.Forgive();
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(360)]
    public async Task It_is_paused_and_goes_on(int width)
    {
        using var ada = await Enter(width: width);
        var traffic = await SendTwoOfThree(ada);
        await ada.Visitor.Photograph("upload-sending", isWhole: false);
        await Press(ada.Uploads, "Pause").ClickAsync();
        await Expect(ada.Uploads).ToContainTextAsync("Paused, 10 MB of 13 MB");
        traffic.Open();
        await ada.IsAccessible("paused");
        await ada.Visitor.Photograph("upload-paused", isWhole: false);
        await ada.Visitor.Reload();
        await Expect(ada.Uploads).ToContainTextAsync("Paused");
        await Expect(Tray(ada.Page)).ToContainTextAsync("Paused, 0 of 1 added");
        Assert.Equal([1, 2], traffic.Sent.Order());
        await Press(ada.Uploads, "Go on").ClickAsync();
        await IsThereOnce(ada);
        Assert.Equal([1, 2, 3], traffic.Sent.Order());
    }

    [Fact]
    public async Task All_are_paused_and_go_on()
    {
        using var ada = await Enter();
        var traffic = await PartTraffic.Watch(ada.Page.Context, holdFrom: 1);
        await ada.Visitor.Link("Add GIFs").First.ClickAsync();
        await ada.Dialog.Locator("input[type=file]").SetInputFilesAsync([Picture("one.gif"), Picture("two.gif"), Picture("three.gif")]);
        await Eventually.True(() => traffic.Held == 2, Cancel, TimeSpan.FromMinutes(1));
        await Expect(Tray(ada.Page)).ToContainTextAsync("Adding 1 of 3");
        await Press(Tray(ada.Page), "Pause all").ClickAsync();
        await Expect(ada.Page.Locator("[data-tray] li[data-state=paused]")).ToHaveCountAsync(3);
        traffic.Open();
        await Press(Tray(ada.Page), "Go on all").ClickAsync();
        await Expect(ada.Tiles).ToHaveCountAsync(3);
        await Expect(Tray(ada.Page)).ToContainTextAsync("3 added");
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(360)]
    public async Task What_the_server_refuses_is_said_in_its_words(int width)
    {
        using var ada = await Enter(width: width);
        await ada.Visitor.Link("Add GIFs").First.ClickAsync();
        await ada.Dialog.Locator("input[type=file]").SetInputFilesAsync([new() { Name = "broken.gif", MimeType = "image/gif", Buffer = "GIF89a, and then nothing of a picture"u8.ToArray() }, Picture("fine.gif")]);
        await Expect(ada.Uploads.First).ToContainTextAsync("not a whole");
        await Expect(ada.Tiles).ToHaveCountAsync(1);
        await Expect(Press(ada.Uploads.First, "Try again")).ToBeHiddenAsync();
        await Expect(Tray(ada.Page)).ToContainTextAsync("1 added, 1 not added");
        await ada.IsAccessible("refused");
        await ada.Visitor.Photograph("upload-said-no", isWhole: false);
        Assert.Equal(0, await Kept(ada.Page));
    }

    [Fact]
    public async Task An_ended_session_keeps_the_queue_and_asks_to_log_in()
    {
        using var ada = await Enter();
        var traffic = await SendTwoOfThree(ada);
        await ada.Page.Context.ClearCookiesAsync();
        await traffic.Release();
        await Expect(ada.Uploads).ToContainTextAsync("Waits until you log in");
        await ada.Visitor.Click(Tray(ada.Page).GetByRole(AriaRole.Link, new() { Name = "Log in" }));
        await ada.Visitor.SignIn(ada.Username, Visitor.Password, page: null);
        await Expect(ada.Uploads).ToContainTextAsync("Added");
        await IsThereOnce(ada);
        Assert.Equal([1, 2, 3], traffic.Sent.Order());
        ada.Visitor.Forgive();
    }

    [Fact]
    public async Task What_was_cancelled_is_gone_on_the_server_and_can_be_sent_after_all()
    {
        using var ada = await Enter();
        var traffic = await SendTwoOfThree(ada);
        var ended = ada.Page.WaitForResponseAsync(response => response.Request.Method == "DELETE");
        await Press(ada.Uploads, "Cancel").ClickAsync();
        Assert.Equal(204, (await ended).Status);
        await Eventually.True(async () => await Kept(ada.Page) == 0, Cancel, TimeSpan.FromMinutes(1));
        traffic.Open();
        await Press(ada.Uploads, "Try again").ClickAsync();
        await IsThereOnce(ada);
        Assert.Equal([1, 1, 2, 2, 3], traffic.Sent.Order());
    }

    [Fact]
    public async Task An_upload_that_is_gone_on_the_server_begins_anew()
    {
        using var ada = await Enter();
        var announced = "";
        ada.Page.Response += async (_, response) =>
        {
            if (response.Request.Method == "POST" && response.Url.EndsWith("/v1/media", StringComparison.Ordinal))
                announced = (await response.JsonAsync())?.GetProperty("media").GetProperty("id").GetString() ?? "";
        };
        var traffic = await SendTwoOfThree(ada);
        await ada.Delete("/v1/media/" + announced);
        traffic.Open();
        await ada.Visitor.Reload();
        await IsThereOnce(ada);
        Assert.Equal([1, 1, 2, 2, 3], traffic.Sent.Order());
        ada.Visitor.Forgive();
    }

    [Theory]
    [InlineData("12-fat-cats.gif")]
    [InlineData("IMG_2034.gif")]
    [InlineData("holiday_in+rome (1).GIF")]
    [InlineData("C:\\fakepath\\x.y.webp")]
    [InlineData("Screenshot at 10.04 pm.png")]
    [InlineData("deadbeef-0123.jpeg")]
    [InlineData("...")]
    [InlineData("🎉👩‍👩‍👧‍👦.gif")]
    [InlineData("\u202eevil\ud800 name\t.gif")]
    [InlineData("  -- été -- .gif")]
    public async Task A_title_is_the_one_that_a_form_would_get(string name)
    {
        var visitor = await Visit();
        await visitor.Open("/");
        var module = await visitor.Module("file-title.js");
        // As JSON: a lone surrogate would not come through otherwise.
        var escaped = string.Concat(name.Select(c => $"\\u{(int)c:x4}"));
        Assert.Equal(FileTitle.Of(name), await visitor.Page.EvaluateAsync<string?>($"import('{module}').then(m => m.fileTitle('{escaped}'))"));
    }

    [Theory]
    [InlineData("0, 100, null", "0 bytes of 100 bytes")]
    [InlineData("12 * 1048576, 48 * 1048576, 3 * 1048576", "12 MB of 48 MB, 3 MB/s, about 15 s left")]
    [InlineData("1258291, 1 << 30, 100 * 1024", "1.2 MB of 1 GB, 100 KB/s, about 3 h left")]
    [InlineData("5, 5, 3", "5 bytes of 5 bytes")]
    public async Task Speed_and_time_left_are_said_in_words(string values, string words)
    {
        var visitor = await Visit();
        await visitor.Open("/");
        var said = await visitor.Page.EvaluateAsync<string>($"import('{await visitor.Module("pace.js")}').then(m => m.progress({values}))");
        // Numbers and units stay on one line.
        Assert.Equal(words, said.Replace('\u00a0', ' '));
    }
}
