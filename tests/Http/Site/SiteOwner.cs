using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Site;

/// <summary>Somebody with a collection of linked gifs, at its pages and at the API.</summary>
internal sealed partial class SiteOwner(Uri address, ApiClient person) : IDisposable
{
    public Browser Browser { get; } = new(address);

    public ApiClient Api => person;

    public string Collection { get; private set; } = "";

    public List<string> Gifs { get; } = [];

    public static async Task<SiteOwner> Enter(Uri address, int gifs = 0)
    {
        var person = await ApiClient.RegisterAsync(address);
        var one = new SiteOwner(address, person);
        await one.Browser.SignIn(person.Username, ApiClient.Password);
        one.Collection = await one.NewCollection("Cats");
        for (var i = 0; i < gifs; i++)
            one.Gifs.Add(await person.AddNewGifAsync(one.Collection));
        return one;
    }

    public Task<string> Cover(int gif) => Change($"/c/{Collection}/items/{Gifs[gif]}", $"/c/{Collection}/items/{Gifs[gif]}/cover", []);

    public async Task<string> CoverUrl() => (string)(await Api.GetAsync($"/v1/collections/{Collection}"))["coverUrl"]!;

    public Task<string> NewCollection(string name) => Api.NewCollectionAsync("private", name);

    public async Task<string> CollectionNamed(string name) => (string)(await Api.GetAsync("/v1/collections"))["items"]!.AsArray().Single(c => (string)c!["name"]! == name)!["id"]!;

    public async Task<JsonArray> Items(string? collection = null) =>
        (await Api.GetAsync($"/v1/collections/{collection ?? Collection}/items?limit=100"))["items"]!.AsArray();

    public Task<List<string>> Order(string? collection = null) => Api.ItemsAsync(collection ?? Collection);

    /// <summary>Sends the form of the ticked boxes; the address it leads to.</summary>
    public async Task<string> Select(Dictionary<string, string> form)
    {
        var reply = await Browser.Submit($"/c/{Collection}", $"/c/{Collection}/items/selected", form);
        Assert.Equal(303, reply.StatusCode);
        return reply.Header("Location")!;
    }

    /// <summary>Makes the collection shared and gives it a link: its page, its id and the form that changes it.</summary>
    public async Task<(string Share, string Link, string Action)> Link()
    {
        var share = $"/c/{Collection}/share";
        Assert.Equal(303, (await Browser.Submit(share, share + "/open")).StatusCode);
        Assert.Equal(303, (await Browser.Submit(share, share)).StatusCode);
        var form = LinkForm().Match((await Browser.Get(share)).Text);
        return (share, form.Groups[2].Value, form.Groups[1].Value);
    }

    public async Task<string> OpenLink() => "/s/" + (string)(await ReadLink((await Link()).Link))["token"]!;

    public async Task<JsonNode> ReadLink(string link) =>
        (await Api.GetAsync($"/v1/collections/{Collection}/links"))["items"]!.AsArray().Single(one => (string)one!["id"]! == link)!;

    /// <summary>The address that a form leads to, which offers an Undo.</summary>
    public async Task<string> Change(string path, string action, Dictionary<string, string> form)
    {
        var reply = await Browser.Submit(path, action, form);
        Assert.Equal(303, reply.StatusCode);
        Assert.Matches(TicketIn(), reply.Header("Location"));
        return reply.Header("Location")!;
    }

    /// <summary>Where the Undo of this address leads to.</summary>
    public async Task<string> Undo(string location, string back = "")
    {
        var ticket = Ticket(location);
        Assert.Contains($"name=\"what\" value=\"{ticket}\"", (await Browser.Get(location)).Text, StringComparison.Ordinal);
        var reply = await Browser.Submit(location, "/undo", new() { ["what"] = ticket, ["return"] = back });
        Assert.True(reply.StatusCode == 303, WebUtility.HtmlDecode(reply.Text));
        return reply.Header("Location")!;
    }

    /// <summary>The same form without looking at the page: it may be old.</summary>
    public async Task<Answer> Send(string location) => await Browser.Post(
        "/undo", new() { ["_antiforgery"] = Browser.FormToken(await Browser.Get("/collections")), ["what"] = Ticket(location) });

    public void Dispose()
    {
        Browser.Dispose();
        person.Dispose();
    }

    /// <summary>What the Undo of this address gives back.</summary>
    public static string Ticket(string location) => TicketIn().Match(location).Groups[1].Value;

    [GeneratedRegex("""action="(/c/[^"]*/share/([0-9a-f-]{36}))">""")]
    private static partial Regex LinkForm();

    [GeneratedRegex("&undo=([A-Za-z0-9_-]+)$")]
    private static partial Regex TicketIn();
}
