using System.Collections.Concurrent;
using System.Threading.Channels;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Site;

/// <summary>A person with a browser, doing on the pages what people do; every page they come to is looked over.</summary>
public sealed class Visitor : IAsyncDisposable
{
    public const string Password = ApiClient.Password;

    private static readonly string? ScreenshotFolder = Environment.GetEnvironmentVariable("GIFSHARE_SCREENSHOTS");

    private readonly IBrowserContext context;
    private readonly Uri address;
    private readonly ConcurrentQueue<string> troubles = [];
    private readonly Channel<IFileChooser> choosers = Channel.CreateUnbounded<IFileChooser>();

    private Visitor(IBrowserContext context, IPage page, Uri address)
    {
        (this.context, Page, this.address) = (context, page, address);
        // From the start: Chromium may take a key before it hears of an interception that is asked for only just before.
        page.FileChooser += (_, chooser) => choosers.Writer.TryWrite(chooser);
        context.Console += (_, message) =>
        {
            // Which answers may be errors is for the tests to say; everything else the console complains about is a fault of ours.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                troubles.Enqueue($"console of {page.Url}: {message.Text}");
        };
        context.WebError += (_, error) => troubles.Enqueue($"script on {page.Url}: {error.Error}");
        context.Dialog += async (_, dialog) =>
        {
            if (dialog.Type == DialogType.BeforeUnload && IsWarned is not null)
            {
                IsWarned = true;
                await dialog.AcceptAsync();
                return;
            }

            troubles.Enqueue($"dialog on {page.Url}: {dialog.Message}");
            await dialog.DismissAsync();
        };
        context.Response += (_, response) =>
        {
            if (response.Status >= 500 || (response.Status >= 400 && !response.Request.IsNavigationRequest))
                troubles.Enqueue($"{response.Status} for {response.Url}");
        };
    }

    public static IEnumerable<string> Samples => Directory.EnumerateFiles(Path.Combine(RunningProgram.Checkout, "docs", "samples"), "*.gif").Order();

    public IPage Page { get; }

    /// <summary>False: a warning before leaving is expected, and accepted; then true. Null: it would be a fault.</summary>
    public bool? IsWarned { get; set; }

    public IReadOnlyCollection<string> Troubles => troubles;

    public void Forgive() => troubles.Clear();

    public static async Task<Visitor> Enter(IBrowserContext context, Uri address)
    {
        var visitor = new Visitor(context, await context.NewPageAsync(), address);
        // Nothing here has a reason to leave the site.
        await context.RouteAsync(url => !IsOurs(url, address), async route =>
        {
            visitor.troubles.Enqueue($"left the site for {route.Request.Url}");
            await route.AbortAsync();
        });
        return visitor;
    }

    public async Task<int> Open(string path)
    {
        var response = await Page.GotoAsync(path);
        await LookOver();
        return response!.Status;
    }

    /// <summary>The address of a module of ours, from the page that is open.</summary>
    public Task<string> Module(string name) =>
        Page.EvaluateAsync<string>("name => document.querySelector('script[src$=\"/app.js\"]').src.replace('app.js', name)", name);

    /// <returns>False when another navigation came first.</returns>
    public async Task<bool> TryOpen(string address)
    {
        try
        {
            await Page.GotoAsync(address);
            return true;
        }
        catch (PlaywrightException e) when (e.Message.Contains("interrupted by another navigation", StringComparison.Ordinal))
        {
            return false;
        }
    }

    public async Task<int> Reload()
    {
        var response = await Page.ReloadAsync();
        await LookOver();
        return response!.Status;
    }

    public Task Click(ILocator what) => Arrive(() => what.ClickAsync());

    /// <summary>Does something that leads to another page, and waits until that one is whole.</summary>
    public async Task Arrive(Func<Task> act)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Loaded(object? sender, IPage page) => arrived.TrySetResult();
        Page.Load += Loaded;
        try
        {
            await act();
            await arrived.Task.WaitAsync(TimeSpan.FromMilliseconds(RunningSite.DeadlineMilliseconds));
        }
        finally
        {
            Page.Load -= Loaded;
        }

        await LookOver();
    }

    /// <summary>Opens the file dialog and chooses there.</summary>
    public async Task ChooseFiles(Func<Task> open, IEnumerable<string> files, CancellationToken cancellationToken)
    {
        await open();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(RunningSite.DeadlineMilliseconds);
        await (await choosers.Reader.ReadAsync(deadline.Token)).SetFilesAsync(files);
    }

    public Task Press(string button) => Click(Button(button));

    public async Task LogOut()
    {
        await Page.Locator("header summary").ClickAsync();
        await Press("Log out");
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Heading(string text) => Page.GetByRole(AriaRole.Heading, new() { Level = 1, Name = text, Exact = true });

    public ILocator Link(string text) => Page.GetByRole(AriaRole.Link, new() { Name = text, Exact = true });

    public Task Fill(string label, string text) => Page.GetByLabel(label, new() { Exact = true }).FillAsync(text);

    public async Task FillRegistration(string username, string first = "Ada", string last = "Lovelace")
    {
        await Fill("First name", first);
        await Fill("Last name", last);
        await Fill("Email", username + "@example.org");
        await Fill("Username", username);
        await Fill("Password", Password);
    }

    public async Task Register(string username, string first = "Ada", string last = "Lovelace")
    {
        await Open("/");
        await Click(Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = "Register", Exact = true }));
        await FillRegistration(username, first, last);
        await Press("Register");
        await Expect(Heading("My collections")).ToBeVisibleAsync();
    }

    public async Task SignIn(string login, string password, string? page = "/login")
    {
        if (page is not null)
            await Open(page);
        await Fill("Username or email", login);
        await Fill("Password", password);
        await Press("Log in");
    }

    public async Task CreateCollection(string name)
    {
        await Open("/collections/new");
        await Fill("Name", name);
        await Press("Create collection");
        await Expect(Heading(name)).ToBeVisibleAsync();
    }

    public async Task AddSamples()
    {
        await (await FilesField()).SetInputFilesAsync(Samples);
        await SendFiles();
        await Expect(Pictures).ToHaveCountAsync(Samples.Count());
    }

    /// <summary>From the page of a collection to the field for files: in a dialog, or without a script on a page of its own.</summary>
    public async Task<ILocator> FilesField()
    {
        await Link("Add GIFs").First.ClickAsync();
        return Page.Locator("dialog[open] input[type=file], main > form input[type=file]");
    }

    /// <summary>A script sends them by itself as soon as they are chosen.</summary>
    public async Task SendFiles()
    {
        if (await Button("Upload and add").CountAsync() > 0)
            await Press("Upload and add");
    }

    /// <summary>The path of the collection that one of its pages is open of.</summary>
    public string Collection => string.Join('/', new Uri(Page.Url).AbsolutePath.Split('/')[..3]);

    public async Task SetVisibility(string value)
    {
        await Open(Collection + "/edit");
        await Page.Locator($"input[name=visibility][value={value}]").CheckAsync();
        await Press("Save");
    }

    /// <summary>Makes the first link of the collection that is open, and reads its address from the page where its links are.</summary>
    public async Task<string> CreateLink(string? password = null, int? maxViews = null)
    {
        await Open(Collection + "/share");
        if (await Button("Share it").CountAsync() > 0)
            await Press("Share it");
        if (password is not null || maxViews is not null)
            await Page.GetByText("Password, end date, limit of views").ClickAsync();
        if (password is not null)
            await Fill("Password (optional)", password);
        if (maxViews is not null)
            await Fill("At most so many views (optional)", $"{maxViews}");
        await Press("Create a link");
        return await LinkRow.GetByLabel("Address of").InputValueAsync();
    }

    public ILocator LinkRow => Page.Locator(".links > li");

    public ILocator Pictures => Page.Locator(".grid img");

    public ILocator Tiles => Page.Locator(".grid > .tile");

    public ILocator Alert => Page.GetByRole(AriaRole.Alert);

    /// <summary>Every picture was loaded and decoded, not only mentioned.</summary>
    public async Task SeesPictures(int count, CancellationToken cancellationToken)
    {
        await Expect(Pictures).ToHaveCountAsync(count);
        foreach (var picture in await Pictures.AllAsync())
        {
            await picture.ScrollIntoViewIfNeededAsync();
            await Eventually.True(() => picture.EvaluateAsync<bool>("i => i.complete && i.naturalWidth > 0"), cancellationToken, TimeSpan.FromMinutes(1));
            Assert.NotEqual("", await picture.GetAttributeAsync("alt"));
        }
    }

    public async Task SeesMovement(CancellationToken cancellationToken)
    {
        await Pictures.First.ScrollIntoViewIfNeededAsync();
        var before = await Pictures.First.ScreenshotAsync();
        await Eventually.True(
            async () => !(await Pictures.First.ScreenshotAsync()).AsSpan().SequenceEqual(before), cancellationToken, TimeSpan.FromMinutes(1));
    }

    /// <summary>With GIFSHARE_SCREENSHOTS=folder the journeys leave pictures of what they see there (those of the README are made so).</summary>
    public async Task Photograph(string name, bool isWhole = true)
    {
        if (ScreenshotFolder is null)
            return;
        if (isWhole)
            await Page.EvaluateAsync("scrollTo(0, 0)");
        await Page.ScreenshotAsync(new() { Path = Path.Combine(ScreenshotFolder, $"{name}-{Page.ViewportSize!.Width}.png"), FullPage = isWhole });
    }

    /// <summary>What holds for every page, whatever is on it.</summary>
    public async Task LookOver()
    {
        Assert.True(IsOurs(Page.Url, address), $"left the site for {Page.Url}");
        Assert.NotEqual("", await Page.TitleAsync());
        Assert.Equal(1, await Page.Locator("h1").CountAsync());
        Assert.Equal(0, await Page.Locator("script:not([src])").CountAsync());
        Assert.Equal(0, await Page.Locator("xpath=//@*[starts-with(name(), 'on')]/..").CountAsync());
        var (wide, room) = (await Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), await Page.EvaluateAsync<int>("document.documentElement.clientWidth"));
        Assert.True(wide <= room, $"{Page.Url} scrolls sideways: {wide} px of content in {room} px");
        var nameless = await Page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('input:not([type=hidden]), select')].filter(e => !e.labels.length).map(e => e.outerHTML)");
        Assert.Empty(nameless);
    }

    public ValueTask DisposeAsync() => context.DisposeAsync();

    private static bool IsOurs(string url, Uri address) => new Uri(url) is var uri && uri.Scheme == address.Scheme && uri.Authority == address.Authority;
}
