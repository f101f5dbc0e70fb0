using System.Collections.Concurrent;
using GifShare.Fixtures;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.EndToEnd.Tests.Journeys;

/// <summary>What the scripts of every page promise: sent once, nothing typed is lost, a lost connection is said and outlasted, dialogs keep the focus.</summary>
public sealed class ScriptTests(Site site) : Journey(site)
{
    private const string Lost = "Connection lost. Trying again…";

    [Fact]
    public async Task However_often_a_button_is_pressed_the_form_is_sent_once()
    {
        var ada = await Member();
        var sent = Posts(ada);
        await ada.Open("/collections/new");
        await ada.Fill("Name", "Once");
        await ada.Arrive(() => ada.Button("Create collection").EvaluateAsync("b => { for (let i = 0; i < 5; i++) b.click(); }"));
        await Expect(ada.Heading("Once")).ToBeVisibleAsync();
        Assert.Single(sent);

        await ada.Page.GoBackAsync();
        await ada.Fill("Name", "Twice");
        await ada.Arrive(() => ada.Page.GetByLabel("Name", new() { Exact = true }).EvaluateAsync("i => { i.form.requestSubmit(); i.form.requestSubmit(); }"));
        await Expect(ada.Heading("Twice")).ToBeVisibleAsync();
        Assert.Equal(2, sent.Count);
    }

    [Fact]
    public async Task A_form_waits_for_the_server_and_keeps_what_was_typed()
    {
        using var relay = new Relay(await Address());
        var (ada, name) = (await Visit(through: relay.Address), NewName());
        await ada.Open("/register");
        await ada.FillRegistration(name);
        relay.Cut();
        await ada.Button("Register").ClickAsync();
        await Expect(ada.Page.GetByText(Lost)).ToBeVisibleAsync();
        await Expect(ada.Button("Register")).ToHaveAttributeAsync("aria-busy", "true");
        await Expect(ada.Page.GetByLabel("Email")).ToHaveValueAsync(name + "@example.org");

        await ada.Arrive(() =>
        {
            relay.Mend();
            return Task.CompletedTask;
        });
        await Expect(ada.Heading("My collections")).ToBeVisibleAsync();
        await Expect(ada.Page.GetByText(Lost)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Offline_is_said_and_over_when_it_is_over()
    {
        var ada = await Visit(width: 360);
        await ada.Open("/login");
        await ada.Page.Context.SetOfflineAsync(true);
        await Expect(ada.Page.GetByText(Lost)).ToBeVisibleAsync();
        await ada.Photograph("connection-lost");
        await ada.Page.Context.SetOfflineAsync(false);
        await Expect(ada.Page.GetByText(Lost)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Calls_outlast_a_lost_connection_and_a_refusing_server()
    {
        using var relay = new Relay(await Address());
        var ada = await Member(relay.Address);
        relay.Cut();
        var answer = Call(ada, "call('GET', '/v1/users/me')");
        await Expect(ada.Page.GetByText(Lost)).ToBeVisibleAsync();
        relay.Mend();
        Assert.Equal("200", await answer);
        await Expect(ada.Page.GetByText(Lost)).ToHaveCountAsync(0);

        // Away for a moment, twice.
        var refusals = 0;
        await ada.Page.RouteAsync("**/v1/favorites?*", route => ++refusals <= 2
            ? route.FulfillAsync(new() { Status = 503, Headers = [new("Retry-After", "1")], ContentType = "application/problem+json", Body = "{\"code\":\"unavailable\"}" })
            : route.ContinueAsync());
        Assert.Equal("200", await Call(ada, "call('GET', '/v1/favorites?limit=1')"));
        Assert.Equal(3, refusals);
        ada.Forgive();
    }

    [Fact]
    public async Task A_call_whose_answer_was_lost_does_its_work_once()
    {
        var ada = await Member();
        var keys = new ConcurrentQueue<string>();
        await ada.Page.RouteAsync("**/v1/collections", async route =>
        {
            keys.Enqueue(route.Request.Headers["idempotency-key"]);
            if (keys.Count > 1)
            {
                await route.ContinueAsync();
                return;
            }

            await route.FetchAsync();
            await route.AbortAsync("connectionreset");
        });
        Assert.Equal("201", await Call(ada, "call('POST', '/v1/collections', { body: { name: 'Once only' }, key: true })"));
        Assert.Equal(2, keys.Count);
        Assert.Single(keys.Distinct());
        await ada.Page.UnrouteAllAsync();
        await ada.Open("/collections");
        await Expect(ada.Page.GetByText("Once only", new() { Exact = true })).ToHaveCountAsync(1);

        // Without a key nobody knows whether it was done: it is said, not repeated.
        var posts = Posts(ada);
        await ada.Page.RouteAsync("**/v1/collections", route => route.AbortAsync("connectionreset"));
        Assert.Equal("0", await Call(ada, "call('POST', '/v1/collections', { body: { name: 'Perhaps' } })"));
        Assert.Single(posts);
    }

    [Fact]
    public async Task A_session_that_ended_leads_to_the_log_in_page_and_back()
    {
        var ada = await Member();
        await ada.Open("/settings/display?x=1");
        await ada.Page.Context.ClearCookiesAsync();
        await ada.Arrive(() => ada.Page.EvaluateAsync(Import + ".then(api => { api.call('GET', '/v1/users/me') })"));
        Assert.Equal("/login?return=%2Fsettings%2Fdisplay%3Fx%3D1", new Uri(ada.Page.Url).PathAndQuery);
        ada.Forgive();
    }

    [Fact]
    public async Task What_was_typed_survives_an_answer_that_never_came()
    {
        var (ada, name) = (await Visit(), NewName());
        await ada.Open("/register");
        await ada.FillRegistration(name);
        await ada.Page.RouteAsync("**/register", route => route.Request.Method == "POST" ? route.AbortAsync("connectionreset") : route.ContinueAsync());
        // The browser shows an error page of its own.
        await Fails(ada, () => ada.Button("Register").ClickAsync());
        await ada.Page.UnrouteAllAsync();
        await ada.Open("/register");
        await Expect(ada.Page.GetByLabel("Email")).ToHaveValueAsync(name + "@example.org");
        await Expect(ada.Page.GetByLabel("First name")).ToHaveValueAsync("Ada");
    }

    [Fact]
    public async Task What_was_typed_survives_a_session_that_ended()
    {
        var (ada, name) = (await Visit(), NewName());
        await ada.Register(name);
        await ada.Open("/collections/new");
        await ada.Fill("Name", "Long thought about");
        await ada.Fill("Description (optional)", "With *many* words. 🎉");
        await ada.Page.Context.ClearCookiesAsync();
        await ada.Press("Create collection");
        await Expect(ada.Heading("Log in")).ToBeVisibleAsync();
        await ada.SignIn(name, Visitor.Password, page: null);
        await Expect(ada.Heading("New collection")).ToBeVisibleAsync();
        await Expect(ada.Page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("Long thought about");
        await Expect(ada.Page.GetByLabel("Description (optional)")).ToHaveValueAsync("With *many* words. 🎉");
        await ada.Press("Create collection");
        await Expect(ada.Heading("Long thought about")).ToBeVisibleAsync();
        await ada.Open("/collections/new");
        await Expect(ada.Page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("");
    }

    [Fact]
    public async Task What_was_typed_is_not_for_the_next_person_at_this_screen()
    {
        var (visitor, ada, eve) = (await Visit(), NewName(), NewName());
        await visitor.Register(eve);
        await visitor.LogOut();
        await visitor.Register(ada);
        await visitor.Open("/collections/new");
        await visitor.Fill("Name", "Ada's secret");
        await visitor.Page.Context.ClearCookiesAsync();
        await visitor.Press("Create collection");
        await Expect(visitor.Heading("Log in")).ToBeVisibleAsync();
        await visitor.SignIn(eve, Visitor.Password, page: null);
        // It leads to the form, but not to what stood in it.
        await Expect(visitor.Heading("New collection")).ToBeVisibleAsync();
        await visitor.Page.WaitForFunctionAsync("sessionStorage.getItem('gifshare-draft') === null");
        await Expect(visitor.Page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("");
        Assert.DoesNotContain("secret", await visitor.Page.EvaluateAsync<string>("JSON.stringify(sessionStorage)"), StringComparison.Ordinal);
    }

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
    public async Task What_was_typed_in_a_dialog_survives_refusal_and_lost_connection()
    {
        var (ada, name) = (await Visit(), NewName());
        await ada.Open("/design");
        await ada.Page.EvaluateAsync($"import('{await Module(ada, "dialogs.js")}').then(d => {{ d.openDialog('/register') }})");
        var dialog = ada.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByLabel("First name")).ToBeFocusedAsync();
        foreach (var (label, text) in new[] { ("First name", "Ada"), ("Last name", "Lovelace"), ("Email", name + "@example.org"), ("Username", name + "..x"), ("Password", Visitor.Password) })
            await dialog.GetByLabel(label, new() { Exact = true }).FillAsync(text);
        var send = dialog.GetByRole(AriaRole.Button, new() { Name = "Register", Exact = true });

        await ada.Page.RouteAsync("**/register", route => route.AbortAsync("connectionreset"));
        await send.ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("What you typed is still here");
        await Expect(dialog.GetByLabel("Email")).ToHaveValueAsync(name + "@example.org");
        await ada.Page.UnrouteAllAsync();

        await send.ClickAsync();
        await Expect(dialog.GetByLabel("Username")).ToBeFocusedAsync();
        await Expect(dialog.GetByLabel("Username")).ToHaveValueAsync(name + "..x");
        Assert.Contains("username", await dialog.GetByLabel("Username").GetAttributeAsync("aria-describedby"), StringComparison.Ordinal);
        await Expect(dialog.GetByLabel("Email")).ToHaveValueAsync(name + "@example.org");

        await dialog.GetByLabel("Username").FillAsync(name);
        await dialog.GetByLabel("Password", new() { Exact = true }).FillAsync(Visitor.Password);
        await ada.Arrive(() => send.ClickAsync());
        await Expect(ada.Heading("My collections")).ToBeVisibleAsync();
        ada.Forgive();
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
        var key = await ada.Page.EvaluateAsync<string>($"import('{await Module(ada, "dom.js")}').then(d => d.randomKey())");
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

    private const string Import = "import(document.querySelector('script[src$=\"/app.js\"]').src.replace('app.js', 'api.js'))";

    private static Task<string> Call(Visitor visitor, string call) => visitor.Page.EvaluateAsync<string>($"{Import}.then(async api => String((await api.{call}).status))");

    private static Task<string> Module(Visitor visitor, string name) =>
        visitor.Page.EvaluateAsync<string>("name => document.querySelector('script[src$=\"/app.js\"]').src.replace('app.js', name)", name);

    /// <summary>Does something whose request gets no answer, waits for that, and leaves the page.</summary>
    private static async Task Fails(Visitor visitor, Func<Task> act)
    {
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        visitor.Page.RequestFailed += (_, request) =>
        {
            if (request.Method == "POST")
                failed.TrySetResult();
        };
        await act();
        await failed.Task.WaitAsync(TimeSpan.FromMilliseconds(Site.DeadlineMilliseconds));
        // The browser's own error page may still be on its way, and would take the place of the next page. (To wait for it is no answer: CI once saw none.)
        await Eventually.True(async () => await visitor.TryOpen("about:blank"), TestContext.Current.CancellationToken, TimeSpan.FromMinutes(1));
    }

    private static ConcurrentQueue<string> Posts(Visitor visitor)
    {
        var posts = new ConcurrentQueue<string>();
        visitor.Page.Request += (_, request) =>
        {
            if (request.Method == "POST")
                posts.Enqueue(request.Url);
        };
        return posts;
    }

    private async Task<Visitor> Member(Uri? through = null)
    {
        var visitor = await Visit(through: through);
        await visitor.Register(NewName());
        return visitor;
    }
}
