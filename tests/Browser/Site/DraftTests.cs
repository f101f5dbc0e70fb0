using GifShare.Fixtures;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Site;

/// <summary>What somebody typed outlasts what goes wrong, and is for nobody else.</summary>
public sealed class DraftTests(RunningSite site) : Journey(site)
{
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
    public async Task What_was_typed_in_a_dialog_survives_refusal_and_lost_connection()
    {
        var (ada, name) = (await Visit(), NewName());
        await ada.Open("/design");
        await ada.Page.EvaluateAsync($"import('{await ada.Module("dialogs.js")}').then(d => {{ d.openDialog('/register') }})");
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
    public async Task A_session_that_ended_leads_to_the_log_in_page_and_back()
    {
        var ada = await Member();
        await ada.Open("/settings/display?x=1");
        await ada.Page.Context.ClearCookiesAsync();
        await ada.Arrive(async () => await ada.Page.EvaluateAsync($"import('{await ada.Module("api.js")}').then(api => {{ api.call('GET', '/v1/users/me') }})"));
        Assert.Equal("/login?return=%2Fsettings%2Fdisplay%3Fx%3D1", new Uri(ada.Page.Url).PathAndQuery);
        ada.Forgive();
    }

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
        await failed.Task.WaitAsync(TimeSpan.FromMilliseconds(RunningSite.DeadlineMilliseconds));
        // The browser's own error page may still be on its way, and would take the place of the next page. (To wait for it is no answer: CI once saw none.)
        await Eventually.True(async () => await visitor.TryOpen("about:blank"), TestContext.Current.CancellationToken, TimeSpan.FromMinutes(1));
    }
}
