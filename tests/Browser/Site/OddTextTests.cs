using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Site;

/// <summary>Whatever people type comes back as the text that it is. Any script, dialog or policy violation fails the journey.</summary>
public sealed class OddTextTests(RunningSite site) : Journey(site)
{
    private static readonly string[] Texts =
    [
        "<script>alert(1)</script>\"'><svg onload=alert(2)>",
        "</title><img src=x onerror=alert(3)>",
        "{{7*7}} @(7*7) ${7*7} %3Cscript%3E &lt;b&gt; &amp;",
        "🎉👩‍👩‍👧‍👦 é é \\ ' ` / مرحبا שלום",
        "W" + new string('w', 98) + "W",
    ];

    public static TheoryData<string, int> TextsAndWidths => new(Texts.Select((text, i) => (text, i % 2 == 0 ? 360 : 1280)));

    [Theory]
    [MemberData(nameof(TextsAndWidths))]
    public async Task Names_come_back_as_they_were_typed(string text, int width)
    {
        var cancel = TestContext.Current.CancellationToken;
        var (owner, username) = (await Visit(width), NewName());
        var name = text.Length > 50 ? text[..50].Trim() : text;
        await owner.Register(username, first: name, last: name);
        await owner.CreateCollection(text);
        var collection = new Uri(owner.Page.Url).AbsolutePath;
        Assert.Contains(text.Normalize(), await owner.Page.TitleAsync(), StringComparison.Ordinal);

        // The file's name becomes the title; description, note and description of the picture are typed by other programs.
        var bytes = await File.ReadAllBytesAsync(Visitor.Samples.First(), cancel);
        await (await owner.FilesField()).SetInputFilesAsync(new FilePayload { Name = text.Replace('/', '_') + ".gif", MimeType = "image/gif", Buffer = bytes });
        await owner.SendFiles();
        await owner.SeesPictures(1, cancel);
        await Describe(username, collection, text);

        await owner.Open("/collections");
        await Expect(owner.Page.Locator(".cards strong")).ToHaveTextAsync(text);
        await owner.Open(collection);
        var link = await owner.CreateLink();

        var guest = await Visit(width);
        await guest.Open(link);
        await Expect(guest.Heading(text)).ToBeVisibleAsync();
        await Expect(guest.Page.Locator("h1 + p")).ToHaveTextAsync(text);
        await Expect(guest.Page.Locator(".facts")).ToContainTextAsync("by " + name);
        await Expect(guest.Page.Locator("figcaption em")).ToHaveTextAsync(text);
        Assert.Equal(text.Normalize(), await guest.Pictures.GetAttributeAsync("alt"));
        await guest.SeesPictures(1, cancel);

        Assert.Equal(200, await guest.Open(link.Replace("/s/", "/embed/", StringComparison.Ordinal)));
        await Expect(guest.Page.Locator("h1")).ToHaveTextAsync(text);
        await guest.SeesPictures(1, cancel);
    }

    [Fact]
    public async Task Refused_and_unexpected_input_is_shown_as_text()
    {
        var visitor = await Visit();
        await visitor.Open("/register");
        await visitor.FillRegistration(NewName());
        await visitor.Page.EvaluateAsync("document.querySelectorAll('input').forEach(i => { if (i.type === 'email') i.type = 'text'; i.maxLength = 524288 })");
        foreach (var label in new[] { "First name", "Last name", "Email", "Username" })
            await visitor.Fill(label, Texts[1]);
        await visitor.Press("Register");
        await Expect(visitor.Alert).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByLabel("Username")).ToHaveValueAsync(Texts[1]);

        await visitor.SignIn(Texts[1], Texts[0]);
        await Expect(visitor.Alert).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByLabel("Username or email")).ToHaveValueAsync(Texts[1]);

        await visitor.Register(NewName());
        var odd = Uri.EscapeDataString(Texts[1]);
        foreach (var path in new[] { "/c/" + odd, "/s/" + odd, "/embed/" + odd, "/nowhere/" + odd })
            Assert.Equal(404, await visitor.Open(path));
        Assert.Equal(400, await visitor.Open("/collections?cursor=" + odd));
        await visitor.Open("/login?return=" + odd);

        await visitor.CreateCollection("Odd files");
        await (await visitor.FilesField()).SetInputFilesAsync(
            new FilePayload { Name = "<img src=x onerror=alert(5)>.gif", MimeType = "image/gif", Buffer = "<script>alert(6)</script>"u8.ToArray() });
        await Expect(visitor.Page.Locator("[data-tray] li[data-state=failed]")).ToContainTextAsync("<img src=x onerror=alert(5)>.gif");
        await visitor.Photograph("upload-refused");
    }

    [Fact]
    public async Task The_watch_sees_what_it_looks_for()
    {
        var visitor = await Visit();
        await visitor.Open("/");
        Assert.Empty(visitor.Troubles);
        await visitor.Page.EvaluateAsync("document.body.insertAdjacentHTML('beforeend', '<img src=/nothing onerror=alert(1)>')");
        // Both of its troubles, or the later one would come after it was forgiven.
        await Eventually.True(
            () => visitor.Troubles.Any(t => t.Contains("Content Security Policy", StringComparison.Ordinal))
                && visitor.Troubles.Any(t => t.StartsWith("404 for", StringComparison.Ordinal)),
            TestContext.Current.CancellationToken);
        visitor.Forgive();
    }

    private async Task Describe(string username, string collection, string text)
    {
        using var api = await ApiClient.SignInAsync(await Address(), username);
        var id = collection.Split('/')[^1];
        var path = "/v1/collections/" + id;
        var gif = (await api.ItemsAsync(id))[0];
        (await api.PatchAsync(path, new { description = text })).IsDone();
        (await api.PatchAsync($"{path}/items/{gif}", new { note = text })).IsDone();
        (await api.PatchAsync($"/v1/gifs/{gif}", new { altText = text })).IsDone();
    }
}
