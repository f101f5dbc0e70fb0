using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Site;

/// <summary>What the scripts of every page promise: dialogs keep the focus, what was done is said once and can be undone, errors stand at their fields, times are local.</summary>
public sealed class ScriptTests(RunningSite site) : Journey(site)
{
    [Fact]
    public async Task A_dialog_keeps_the_focus_and_gives_it_back()
    {
        var ada = await Visit(width: 360);
        await ada.Open("/design");
        var (opener, dialog) = (ada.Link("A page as a dialog"), ada.Page.GetByRole(AriaRole.Dialog));
        await opener.FocusAsync();
        await ada.Page.Keyboard.PressAsync("Enter");
        await Expect(dialog).ToBeVisibleAsync();
        await Expect(dialog).ToHaveAccessibleNameAsync("Display");
        for (var i = 0; i < 12; i++)
        {
            // The document itself has it while the browser's own controls have their turn.
            Assert.True(await ada.Page.EvaluateAsync<bool>("document.activeElement === document.body || document.activeElement.closest('dialog') !== null"));
            await ada.Page.Keyboard.PressAsync(i % 3 == 2 ? "Shift+Tab" : "Tab");
        }

        await ada.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(opener).ToBeFocusedAsync();
        Assert.EndsWith("/design", ada.Page.Url, StringComparison.Ordinal);

        // Its form is sent from there; the answer is shown there, and the page below is made anew afterwards.
        await opener.ClickAsync();
        await dialog.GetByText("Light", new() { Exact = true }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(dialog.GetByText("Saved for this browser.")).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).First.ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(opener).ToBeFocusedAsync();
        Assert.EndsWith("/design", ada.Page.Url, StringComparison.Ordinal);
        await ada.Reload();
        Assert.Equal("light", await ada.Page.Locator("html").GetAttributeAsync("data-theme"));
    }

    [Fact]
    public async Task Undo_is_a_button_and_a_key()
    {
        var ada = await Visit();
        await ada.Open("/design");
        var undone = ada.Page.Locator("body > .toasts").GetByText("They are back.");
        await ada.Page.GetByRole(AriaRole.Button, new() { Name = "A message with Undo" }).ClickAsync();
        await ada.Page.Keyboard.PressAsync("Control+z");
        await Expect(undone).ToHaveCountAsync(1);

        // In a text it belongs to the text.
        await ada.Page.GetByRole(AriaRole.Button, new() { Name = "A message with Undo" }).ClickAsync();
        await ada.Page.GetByLabel("Empty, with a hint").First.FocusAsync();
        await ada.Page.Keyboard.TypeAsync("abc");
        await ada.Page.Keyboard.PressAsync("Control+z");
        await Expect(undone).ToHaveCountAsync(1);
        await ada.Page.Locator("body > .toasts").GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(undone).ToHaveCountAsync(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_done_is_said_once(bool script)
    {
        var ada = await Visit(script: script);
        await ada.Open("/settings/display");
        await ada.Page.GetByText("Dark", new() { Exact = true }).ClickAsync();
        await ada.Press("Save");
        await Expect(ada.Page.GetByText("Saved for this browser.", new() { Exact = true }).Locator("visible=true")).ToHaveCountAsync(1);
        Assert.Equal("dark", await ada.Page.Locator("html").GetAttributeAsync("data-theme"));
        if (script)
        {
            Assert.EndsWith("/settings/display", ada.Page.Url, StringComparison.Ordinal);
            await ada.Reload();
            await Expect(ada.Page.GetByText("Saved for this browser.")).ToHaveCountAsync(0);
        }

        // Nobody can make our pages say something by a link.
        await ada.Open("/settings/display?done=%3Cb%3Eyou%20won&of=1");
        await Expect(ada.Page.GetByText("you won")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task On_a_plain_http_host_copying_and_keys_work_too()
    {
        var (ada, product) = (await Visit(through: new("http://gifs.example.org/")), await Address());
        await ada.Page.Context.RouteAsync("http://gifs.example.org/**", async route =>
        {
            var answer = await route.FetchAsync(new() { Url = new Uri(product, new Uri(route.Request.Url).PathAndQuery).ToString(), MaxRedirects = 0 });
            await route.FulfillAsync(new() { Response = answer });
        });
        await ada.Open("/design");
        Assert.False(await ada.Page.EvaluateAsync<bool>("isSecureContext"));
        Assert.False(await ada.Page.EvaluateAsync<bool>("Boolean(navigator.clipboard || crypto.randomUUID || crypto.subtle)"));

        await ada.Button("Copy").ClickAsync();
        await Expect(ada.Page.Locator(".toasts").GetByText("Copied.")).ToBeVisibleAsync();
        await Expect(ada.Button("Copy")).ToBeFocusedAsync();
        var field = ada.Page.GetByLabel("Empty, with a hint").First;
        await field.FocusAsync();
        await ada.Page.Keyboard.PressAsync("Control+v");
        await Expect(field).ToHaveValueAsync("Copied from /design");
        var key = await ada.Page.EvaluateAsync<string>($"import('{await ada.Module("dom.js")}').then(d => d.randomKey())");
        Assert.Equal(32, key.Length);
    }

    [Fact]
    public async Task Passwords_can_be_looked_at_and_errors_stand_at_their_fields()
    {
        var (ada, name) = (await Visit(width: 360), NewName());
        await ada.Open("/register");
        await ada.FillRegistration(name);
        var password = ada.Page.GetByLabel("Password", new() { Exact = true });
        await ada.Button("Show what is typed").ClickAsync();
        await Expect(password).ToHaveAttributeAsync("type", "text");
        await Expect(password).ToHaveValueAsync(Visitor.Password);
        await Expect(ada.Button("Show what is typed")).ToHaveAttributeAsync("aria-pressed", "true");
        await ada.Button("Show what is typed").ClickAsync();
        await Expect(password).ToHaveAttributeAsync("type", "password");

        await ada.Fill("Username", name + "..x");
        await ada.Press("Register");
        var username = ada.Page.GetByLabel("Username", new() { Exact = true });
        await Expect(username).ToBeFocusedAsync();
        await Expect(username).ToHaveAttributeAsync("aria-invalid", "true");
        var said = await ada.Page.Locator("#username-error").InnerTextAsync();
        Assert.Contains(said.Trim(), await ada.Alert.InnerTextAsync(), StringComparison.Ordinal);
        await ada.Photograph("register-refused-field");
    }

    [Fact]
    public async Task Times_are_the_viewers_own()
    {
        var ada = await Visit();
        await ada.Open("/design");
        await Expect(ada.Page.Locator("time").First).ToHaveTextAsync("5 minutes ago");
        Assert.DoesNotContain("UTC", await ada.Page.Locator("time").Last.InnerTextAsync(), StringComparison.Ordinal);
        Assert.NotEqual("", await ada.Page.Locator("time").First.GetAttributeAsync("title"));

        var plain = await Visit(script: false);
        await plain.Open("/design");
        Assert.EndsWith("UTC", await plain.Page.Locator("time").First.InnerTextAsync(), StringComparison.Ordinal);
    }
}
