using System.Globalization;
using System.Net;

namespace GifShare.Faults.Kills;

/// <summary>One write: what is sent, and what it changes in the model once the product has answered that it is done.</summary>
internal sealed record Write(string What, HttpMethod Method, string Path, string? Body, Action<Answer> Applies)
{
    public string? Key { get; } = Method == HttpMethod.Post ? Guid.NewGuid().ToString("N") : null;

    /// <summary>What a repetition may be told besides success: it was done the first time.</summary>
    public HttpStatusCode? WhenDone { get; init; }

    /// <summary>Set: it is not sent again when nobody knows whether it was done; this notes that it may have been.</summary>
    public Action? IsLost { get; init; }

    public bool IsAnonymous { get; init; }
}

/// <summary>
/// One client of a person: writes one after another, remembers what was acknowledged and what it does not know, and compares with what
/// the product has. Collections of its own are modelled exactly, with their order; the person's common one by what must be in it.
/// </summary>
internal sealed class Writer(int number, int round, string username, string token, string common, Random random)
{
    private const int Cap = 5;

    private readonly List<Own> _collections = [];
    private readonly List<string> _registered = [], _favourites = [], _inCommon = [];
    private readonly List<(Write Write, Answer Answer)> _answered = [];
    private int _made;

    /// <summary>Sent, and no answer came: done or not.</summary>
    public Write? Unknown { get; private set; }

    public int Acknowledged { get; private set; }

    /// <summary>Public collections of everybody that may be liked, and who has: shared by all writers of a round.</summary>
    public required Likes Likes { get; init; }

    /// <summary>Writes until it has done its share, is told to stop or the product goes away. What is refused for now is sent again.</summary>
    public async Task RunAsync(Client client, int writes, Action acknowledged, CancellationToken cancel, CancellationToken stop = default)
    {
        var wasRefused = false;
        try
        {
            for (var n = 0; n < writes && !stop.IsCancellationRequested; n++)
            {
                Unknown ??= Next();
                var answer = await SendAsync(client, Unknown, cancel);
                if (IsForNow(answer))
                {
                    wasRefused = !Lose();
                    await Task.Delay(50, cancel);
                    continue;
                }

                Assert.True(answer.IsSuccess || (wasRefused && answer.Status == Unknown.WhenDone), $"{Unknown.What}: {(int)answer.Status} {answer.Text}");
                wasRefused = false;
                Acknowledge(answer);
                acknowledged();
            }
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
    }

    /// <summary>Asks again for what was not answered, with the same key.</summary>
    /// <returns>True: it had been done before the kill; null: nothing was open, or nobody can tell.</returns>
    public async Task<bool?> SettleAsync(Client client, CancellationToken cancel)
    {
        if (Unknown is not { } write || Lose())
            return null;
        while (true)
        {
            var answer = await SendAsync(client, write, cancel);
            if (IsForNow(answer))
            {
                await Task.Delay(50, cancel);
                continue;
            }

            var wasDone = answer.Status == write.WhenDone;
            Assert.True(answer.IsSuccess || wasDone, $"{write.What} again: {(int)answer.Status} {answer.Text}");
            Acknowledge(answer);
            return write.Key is not null || wasDone ? wasDone || answer.IsReplay : null;
        }
    }

    /// <summary>Sends acknowledged writes again with their keys: each has the same answer as the first time.</summary>
    public async Task<int> ReplayAsync(Client client, int atMost, CancellationToken cancel)
    {
        var replayed = 0;
        foreach (var (write, first) in _answered.Where(a => a.Write is { Key: not null, WhenDone: null }).OrderBy(_ => random.Next()).Take(atMost))
        {
            var again = await SendAsync(client, write, cancel);
            Assert.True(again.Status == first.Status && again.Text == first.Text && again.IsReplay, $"{write.What}: first {first.Status} {first.Text}\nagain {again.Status} {again.Text}");
            replayed++;
        }

        return replayed;
    }

    /// <summary>What the product has is what was acknowledged, once each.</summary>
    public async Task VerifyAsync(Client client, CancellationToken cancel)
    {
        foreach (var own in _collections)
        {
            var head = await client.GetAsync($"/v1/collections/{own.Id}", token, cancel);
            Assert.Equal(own.IsDeleted ? HttpStatusCode.NotFound : HttpStatusCode.OK, head.Status);
            if (own.IsDeleted)
                continue;
            Assert.Equal(own.Items.Count, (int)head.Json["itemCount"]!);
            var items = await client.ListAsync($"/v1/collections/{own.Id}/items", token, cancel);
            Assert.Equal(own.Items, items.ConvertAll(item => (string)item["gif"]!["id"]!));
            var links = (await client.ListAsync($"/v1/collections/{own.Id}/links", token, cancel)).ToDictionary(link => (string)link["id"]!, link => (int)link["viewCount"]!);
            Assert.Equal(own.Links.Select(link => link.Id).Order(), links.Keys.Order());
            foreach (var link in own.Links)
                Assert.InRange(links[link.Id], link.Given, Math.Min(Cap, link.Given + link.Lost));
        }

        var inCommon = (await client.ListAsync($"/v1/collections/{common}/items", token, cancel)).ConvertAll(item => (string)item["gif"]!["id"]!);
        Assert.Equal(inCommon.Distinct().Count(), inCommon.Count);
        Assert.Subset(inCommon.ToHashSet(), _inCommon.ToHashSet());
        var favourites = (await client.ListAsync("/v1/favorites", token, cancel)).ConvertAll(gif => (string)gif["id"]!);
        Assert.Equal(favourites.Distinct().Count(), favourites.Count);
        Assert.Subset(favourites.ToHashSet(), _favourites.ToHashSet());
        foreach (var name in _registered)
            (await client.GetAsync($"/v1/users/{name}", null, cancel)).Needs(HttpStatusCode.OK);
    }

    /// <summary>Names of everything it has made: each must be in its person's list exactly once.</summary>
    public IEnumerable<string> CollectionNames => _collections.Where(own => !own.IsDeleted).Select(own => own.Name);

    /// <summary>Unavailable, or the same write is still at work: the client is asked to come again. A balancer says it in its own way.</summary>
    private static bool IsForNow(Answer answer) =>
        answer.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout || (answer.Status == HttpStatusCode.Conflict && answer.Headers.RetryAfter is not null);

    private Task<Answer> SendAsync(Client client, Write write, CancellationToken cancel) =>
        client.SendAsync(write.Method, write.Path, write.IsAnonymous ? null : token, write.Body, write.Key, cancel);

    private bool Lose()
    {
        if (Unknown?.IsLost is not { } lost)
            return false;
        lost();
        Unknown = null;
        return true;
    }

    private void Acknowledge(Answer answer)
    {
        var write = Unknown!;
        write.Applies(answer);
        _answered.Add((write, answer));
        Unknown = null;
        Acknowledged++;
    }

    private Write Next()
    {
        var living = _collections.Where(own => !own.IsDeleted).ToList();
        var own = living.Count > 0 ? living[random.Next(living.Count)] : null;
        return random.Next(100) switch
        {
            _ when own is null => Create(),
            < 6 => Create(),
            < 8 => Register(),
            < 10 when own.Links.Count < 20 => Link(own),
            < 14 when own.Links.Find(link => link.Given + link.Lost < Cap) is { } link => Open(link),
            < 22 => Like(),
            < 30 when own.Items.Count > 0 => Favourite(own),
            < 42 when own.Items.Count > 1 => Move(own),
            < 52 when own.Items.Count > 0 => Delete(own),
            < 60 when own.Deleted.Count > 0 => Restore(own),
            // Others may be about to like a public one.
            < 62 when !own.IsPublic => DeleteCollection(own),
            < 68 when _collections.FirstOrDefault(o => o.IsDeleted) is { } deleted => RestoreCollection(deleted),
            < 80 => Add(common, _inCommon.Add),
            _ => Add(own.Id, own.Items.Add),
        };
    }

    private string Unique(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{round}.{number}.{_made++}");

    private Write Create()
    {
        var name = Unique("c");
        var visibility = random.Next(3) == 0 ? "public" : "shared";
        return new("create", HttpMethod.Post, "/v1/collections", $$"""{"name":"{{name}}","visibility":"{{visibility}}"}""", answer =>
        {
            var own = new Own((string)answer.Json["id"]!, name, visibility == "public");
            _collections.Add(own);
            if (own.IsPublic)
                Likes.Offer(own.Id);
        });
    }

    private Write Register()
    {
        var name = Unique("r");
        return new("register", HttpMethod.Post, "/v1/users", Client.Registration(name), _ => _registered.Add(name)) { WhenDone = HttpStatusCode.Conflict, IsAnonymous = true };
    }

    private Write Add(string collection, Action<string> applies) =>
        new("add", HttpMethod.Post, $"/v1/collections/{collection}/items",
            $$"""{"url":"https://media.example.org/{{username}}/{{Unique("g")}}.gif","width":10,"height":10,"provider":"giphy"}""",
            answer => applies((string)answer.Json["gif"]!["id"]!));

    private Write Move(Own own)
    {
        var gif = own.Items[random.Next(own.Items.Count)];
        var rest = own.Items.Where(item => item != gif).ToList();
        var before = rest[random.Next(rest.Count)];
        return new("move", HttpMethod.Patch, $"/v1/collections/{own.Id}/items/{gif}", $$"""{"before":"{{before}}"}""", _ =>
        {
            rest.Insert(rest.IndexOf(before), gif);
            own.Items = rest;
            // What moved may now stand on the other side of a removed item's place, even where the order looks the same as before.
            own.Deleted.Clear();
        });
    }

    private Write Delete(Own own)
    {
        var place = random.Next(own.Items.Count);
        var gif = own.Items[place];
        return new("delete", HttpMethod.Delete, $"/v1/collections/{own.Id}/items/{gif}", null, _ =>
        {
            // Where it comes back is the product's own business when its neighbours have moved; the model allows only what is certain.
            own.Items.RemoveAt(place);
            own.Deleted.Push((gif, place, [.. own.Items]));
        })
        { WhenDone = HttpStatusCode.NotFound };
    }

    private Write Restore(Own own)
    {
        var (gif, place, then) = own.Deleted.Peek();
        // Only an untouched collection says exactly where the item belongs; else it is deleted for good as far as the model goes.
        if (!then.SequenceEqual(own.Items))
        {
            own.Deleted.Clear();
            return Add(own.Id, own.Items.Add);
        }

        return new("restore", HttpMethod.Post, $"/v1/collections/{own.Id}/items/{gif}/restore", null, _ =>
        {
            own.Deleted.Pop();
            own.Items.Insert(place, gif);
        });
    }

    private static Write Link(Own own) =>
        new("link", HttpMethod.Post, $"/v1/collections/{own.Id}/links", $$"""{"maxViews":{{Cap}}}""", answer => own.Links.Add(new((string)answer.Json["id"]!, (string)answer.Json["token"]!)));

    /// <summary>A view of a capped link: given at most as often as the cap says, and counted before it is given.</summary>
    private static Write Open(CappedLink link) =>
        new("open", HttpMethod.Get, $"/v1/shared/{link.Token}", null, _ => link.Given++) { IsLost = () => link.Lost++, IsAnonymous = true };

    private Write Like()
    {
        if (Likes.Pick(random) is not { } collection)
            return Create();
        return new("like", HttpMethod.Put, $"/v1/collections/{collection}/like", null, _ => Likes.Add(username, collection));
    }

    private Write Favourite(Own own)
    {
        var gif = own.Items[random.Next(own.Items.Count)];
        return new("favourite", HttpMethod.Put, $"/v1/favorites/{gif}", null, _ => _favourites.Add(gif));
    }

    private static Write DeleteCollection(Own own) =>
        new("delete a collection", HttpMethod.Delete, $"/v1/collections/{own.Id}", null, _ => own.IsDeleted = true) { WhenDone = HttpStatusCode.NotFound };

    private static Write RestoreCollection(Own own) =>
        new("restore a collection", HttpMethod.Post, $"/v1/collections/{own.Id}/restore", null, _ => own.IsDeleted = false);

    private sealed class Own(string id, string name, bool isPublic)
    {
        public string Id => id;
        public string Name => name;
        public bool IsPublic => isPublic;
        public List<string> Items { get; set; } = [];
        public Stack<(string Gif, int Place, string[] Then)> Deleted { get; } = [];
        public List<CappedLink> Links { get; } = [];
        public bool IsDeleted { get; set; }
    }

    private sealed class CappedLink(string id, string token)
    {
        public string Id => id;
        public string Token => token;
        public int Given { get; set; }

        /// <summary>Asked for without an answer.</summary>
        public int Lost { get; set; }
    }
}

/// <summary>Who likes what.</summary>
internal sealed class Likes
{
    private readonly Lock _gate = new();
    private readonly List<string> _offered = [];
    private readonly HashSet<(string Who, string Collection)> _given = [];

    public void Offer(string collection)
    {
        lock (_gate)
            _offered.Add(collection);
    }

    public string? Pick(Random random)
    {
        lock (_gate)
            return _offered.Count == 0 ? null : _offered[random.Next(_offered.Count)];
    }

    public void Add(string who, string collection)
    {
        lock (_gate)
            _given.Add((who, collection));
    }

    /// <summary>Every acknowledged like counts once.</summary>
    public async Task VerifyAsync(Client client, CancellationToken cancel)
    {
        foreach (var collection in _given.GroupBy(g => g.Collection))
        {
            var answer = await client.GetAsync($"/v1/collections/{collection.Key}", null, cancel);
            if (answer.Status != HttpStatusCode.NotFound)
                Assert.Equal(collection.Count(), (int)answer.Needs(HttpStatusCode.OK).Json["likeCount"]!);
        }
    }
}
