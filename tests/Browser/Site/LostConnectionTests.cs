using System.Collections.Concurrent;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Site;

/// <summary>A server that does not answer, or not now, costs nobody their work, and nothing is done twice.</summary>
public sealed class LostConnectionTests(RunningSite site) : Journey(site)
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

    private static async Task<string> Call(Visitor visitor, string call) =>
        await visitor.Page.EvaluateAsync<string>($"import('{await visitor.Module("api.js")}').then(async api => String((await api.{call}).status))");

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
}
