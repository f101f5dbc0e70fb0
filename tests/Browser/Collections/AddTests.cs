using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Collections;

/// <summary>Every way into a collection.</summary>
public sealed class AddTests(RunningSite site) : OwnerJourney(site)
{
    private const string Elsewhere = "https://media.example.org/cat.gif";

    private static string[] Samples => [.. Visitor.Samples];

    [Fact]
    public async Task Files_show_their_progress_and_one_is_cancelled()
    {
        using var ada = await Enter();
        var network = await ada.Page.Context.NewCDPSessionAsync(ada.Page);
        await network.SendAsync("Network.enable");
        await Throttle(network, 6_000);
        await Choose(ada, Samples.Select(path => new FilePayload { Name = Path.GetFileName(path), MimeType = "image/gif", Buffer = File.ReadAllBytes(path) }));
        await Expect(ada.Uploads).ToHaveCountAsync(Samples.Length);
        await Expect(ada.Dialog).ToHaveCountAsync(0);
        // Two are on their way at a time.
        await Eventually.True(async () => await ada.Page.Locator("[data-tray] li[data-state=sending]").CountAsync() == 2, Cancel, TimeSpan.FromMinutes(1));
        await Eventually.True(
            () => ada.Page.EvaluateAsync<bool>("[...document.querySelectorAll('[data-tray] li[data-state=sending] progress')].some(p => p.value > 0 && p.value < 1)"), Cancel, TimeSpan.FromMinutes(1));
        await ada.Visitor.Photograph("uploading");
        await ada.Uploads.Nth(3).GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await ada.Uploads.Nth(0).GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(ada.Uploads.Nth(3)).ToContainTextAsync("Cancelled");
        await Expect(ada.Uploads.Nth(0)).ToContainTextAsync("Cancelled");
        await Throttle(network, -1);
        await Expect(ada.Tiles).ToHaveCountAsync(2);
        Assert.Equal(2, (await ada.Order()).Count);

        await ada.Uploads.Nth(0).GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Expect(ada.Tiles).ToHaveCountAsync(3);

        // Alt text is asked for where one looks already.
        await ada.Uploads.Nth(1).GetByLabel("Describe it for people who cannot see it").FillAsync("Hearts fly.");
        await ada.Uploads.Nth(1).GetByLabel("Describe it for people who cannot see it").BlurAsync();
        await Expect(ada.Uploads.Nth(1)).ToContainTextAsync("thank you");
        Assert.Contains(await ada.Items(), item => (string?)item!["gif"]!["altText"] == "Hearts fly.");

        await ada.Page.Locator("[data-tray]").GetByRole(AriaRole.Button, new() { Name = "Undo", Exact = true }).DblClickAsync();
        await Expect(ada.Tiles).ToHaveCountAsync(0);
        await Expect(ada.Uploads.Nth(1)).ToContainTextAsync("Removed again");
        Assert.Empty(await ada.Order());
        await Expect(ada.Page.Locator("[data-tray]").GetByRole(AriaRole.Button, new() { Name = "Undo", Exact = true })).ToBeHiddenAsync();
    }

    [Fact]
    public async Task What_cannot_be_added_is_said_at_once_and_what_failed_is_tried_again()
    {
        using var ada = await Enter(1);
        var failures = 2;
        await ada.Page.RouteAsync("**/v1/media", async route =>
        {
            if (Interlocked.Decrement(ref failures) >= 0)
                await route.FulfillAsync(new() { Status = 409, ContentType = "application/problem+json", Body = """{"code":"quota_exceeded","detail":"There is no room left."}""" });
            else
                await route.ContinueAsync();
        });
        await Choose(ada,
        [
            new() { Name = "text.gif", MimeType = "image/gif", Buffer = "<script>"u8.ToArray() }, new() { Name = "empty.gif", MimeType = "image/gif", Buffer = [] },
            Picture("one.gif"), Picture("two.gif"), Picture("three.gif"),
        ]);
        await Expect(ada.Uploads.Nth(0)).ToContainTextAsync("Not a GIF, PNG, JPEG or WebP picture.");
        await Expect(ada.Uploads.Nth(1)).ToContainTextAsync("This file is empty.");
        await Expect(ada.Uploads.Nth(2)).ToContainTextAsync("There is no room left.");
        await Expect(ada.Uploads.Nth(4)).ToContainTextAsync("Added");
        await Expect(ada.Uploads.Nth(0).GetByRole(AriaRole.Button, new() { Name = "Try again" })).ToBeHiddenAsync();
        await ada.Page.EvaluateAsync(
            """
            () => {
              const data = new DataTransfer();
              data.items.add(new File([new Uint8Array(64 * 1024 * 1024 + 1)], 'huge.gif'));
              document.querySelector('main').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));
            }
            """);
        await Expect(ada.Uploads.Nth(5)).ToContainTextAsync("Larger than 64 MB.");
        await ada.Visitor.Photograph("upload-failed");
        await ada.Visitor.Button("Try all again").ClickAsync();
        await Expect(ada.Tiles).ToHaveCountAsync(4);
        Assert.Equal(["Number 1", "three", "one", "two"], (await ada.Items()).Select(item => (string?)item!["gif"]!["title"]).OrderBy(title => title switch { "Number 1" => 0, "three" => 1, "one" => 2, _ => 3 }));
        ada.Visitor.Forgive();
    }

    [Fact]
    public async Task A_lost_connection_is_waited_for()
    {
        using var ada = await Enter(1);
        var isAway = true;
        await ada.Page.RouteAsync("**/v1/media", route => isAway ? route.AbortAsync("connectionreset") : route.ContinueAsync());
        await Choose(ada, [Picture("late.gif")]);
        await Expect(ada.Uploads.First).ToContainTextAsync("Waiting for the connection");
        isAway = false;
        await Expect(ada.Tiles).ToHaveCountAsync(2);
        ada.Visitor.Forgive();
    }

    [Fact]
    public async Task Files_are_dropped_anywhere_and_pasted()
    {
        using var ada = await Enter(2);
        await Transfer(ada, "dragenter", "dropped.gif");
        await Expect(ada.Page.GetByText("Drop to add")).ToBeVisibleAsync();
        await ada.Visitor.Photograph("drop");
        await Transfer(ada, "drop", "dropped.gif");
        await Expect(ada.Page.GetByText("Drop to add")).ToBeHiddenAsync();
        await Expect(ada.Tiles).ToHaveCountAsync(3);
        await Transfer(ada, "paste", "pasted.gif");
        await Expect(ada.Tiles).ToHaveCountAsync(4);
        Assert.Equal(["Number 1", "Number 2", "dropped", "pasted"], (await ada.Items()).Select(item => (string?)item!["gif"]!["title"]));
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(360)]
    public async Task An_address_is_measured_by_the_browser_and_added_once(int width)
    {
        using var ada = await Enter(1, width);
        await Serve(ada);
        await ada.Visitor.Link("Add GIFs").ClickAsync();
        await ada.Dialog.GetByLabel("Address of a GIF").FillAsync("https://giphy.com/gifs/nothing-here-abcdefghijkl");
        await ada.Dialog.GetByLabel("Title (optional)").FillAsync("From elsewhere");
        await Expect(ada.Dialog).ToContainTextAsync("No picture came from there.");
        await ada.Visitor.Photograph("add-no-picture");
        ada.Visitor.Forgive();
        await ada.Dialog.GetByLabel("Address of a GIF").FillAsync(Elsewhere);
        await ada.Dialog.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).DblClickAsync();
        await Expect(ada.Dialog).ToHaveCountAsync(0);
        await Expect(ada.Tiles).ToHaveCountAsync(2);
        var gif = (await ada.Items())[1]!["gif"]!;
        Assert.Equal((Elsewhere, "media.example.org", "From elsewhere"), ((string)gif["url"]!, (string)gif["provider"]!, (string)gif["title"]!));
        Assert.NotEqual(480, (int)gif["width"]!);
        await Expect(ada.Toast.GetByRole(AriaRole.Button, new() { Name = "Describe it" })).ToBeVisibleAsync();
        await ada.Toast.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(ada.Tiles).ToHaveCountAsync(1);
        await Eventually.True(async () => (await ada.Order()).Count == 1, Cancel, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task An_address_is_pasted()
    {
        using var ada = await Enter(1);
        await Serve(ada);
        await ada.Page.EvaluateAsync(
            """
            address => {
              const data = new DataTransfer();
              data.setData('text/plain', address);
              document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
            }
            """, Elsewhere);
        await Expect(ada.Dialog).ToContainTextAsync("pixels");
        await ada.Visitor.Photograph("add-address");
        await ada.Dialog.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await Expect(ada.Tiles).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task Without_a_script_what_could_be_added_stays()
    {
        using var ada = await Enter(script: false, width: 360);
        await ada.Visitor.Click(ada.Visitor.Link("Add GIFs").First);
        await ada.Visitor.Photograph("add-no-script");
        await ada.Page.Locator("input[type=file]").SetInputFilesAsync([Picture("good.gif"), new() { Name = "bad.gif", MimeType = "image/gif", Buffer = "x"u8.ToArray() }]);
        await ada.Visitor.Press("Upload and add");
        await Expect(ada.Visitor.Alert).ToContainTextAsync("bad.gif");
        await Expect(ada.Page.GetByText("1 GIF added.")).ToBeVisibleAsync();
        await ada.Visitor.Fill("Address of a GIF", "tenor.com/view/cat");
        await ada.Visitor.Fill("Title (optional)", "Kept");
        await ada.Visitor.Press("Add");
        await Expect(ada.Page.GetByLabel("Title (optional)")).ToHaveValueAsync("Kept");
        await ada.Visitor.Fill("Address of a GIF", Elsewhere);
        await ada.Page.GetByText("I know its size").ClickAsync();
        await ada.Visitor.Fill("Width", "200");
        await ada.Visitor.Fill("Height", "100");
        await Serve(ada);
        await ada.Visitor.Press("Add");
        await Expect(ada.Tiles).ToHaveCountAsync(2);
        Assert.Equal(200, (int)(await ada.Items())[1]!["gif"]!["width"]!);
    }

    [Fact]
    public async Task By_keyboard_alone()
    {
        using var ada = await Enter();
        await ada.Visitor.TabTo(ada.Visitor.Link("Add GIFs").First);
        await ada.Page.Keyboard.PressAsync("Enter");
        await Expect(ada.Dialog).ToBeVisibleAsync();
        await Expect(ada.Dialog.Locator("input[type=file]")).ToBeFocusedAsync();
        await ada.Visitor.ChooseFiles(() => ada.Page.Keyboard.PressAsync("Space"), Visitor.Samples.Take(2), Cancel);
        await Expect(ada.Tiles).ToHaveCountAsync(2);
    }

    private static async Task Choose(Owner ada, IEnumerable<FilePayload> files)
    {
        await ada.Visitor.Link("Add GIFs").First.ClickAsync();
        await ada.Dialog.Locator("input[type=file]").SetInputFilesAsync(files);
    }

    private static async Task Transfer(Owner ada, string type, string name) => await ada.Page.EvaluateAsync(
        """
        ([type, name, bytes]) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name, { type: 'image/gif' }));
          const init = { bubbles: true, cancelable: true };
          document.querySelector('main').dispatchEvent(type === 'paste' ? new ClipboardEvent(type, { ...init, clipboardData: data }) : new DragEvent(type, { ...init, dataTransfer: data }));
        }
        """, new[] { type, name, Convert.ToBase64String(Owner.Pixels()) });

    /// <summary>Another site, whose picture is there.</summary>
    private static async Task Serve(Owner ada)
    {
        await ada.Page.RouteAsync("https://media.giphy.com/**", route => route.FulfillAsync(new() { Status = 404, ContentType = "text/plain" }));
        await ada.Page.RouteAsync("https://media.example.org/**", route => route.FulfillAsync(new() { ContentType = "image/gif", BodyBytes = Owner.Pixels() }));
    }

    private static async Task Throttle(ICDPSession network, int bytesPerSecond) => await network.SendAsync("Network.emulateNetworkConditions", new Dictionary<string, object>
    {
        ["offline"] = false,
        ["latency"] = 0,
        ["downloadThroughput"] = -1,
        ["uploadThroughput"] = bytesPerSecond,
    });
}
