using System.Globalization;
using System.Net;

namespace GifShare.Fixtures.Clients;

/// <summary>
/// What a person's writes have made, as far as the product acknowledged them, and what comes next. Collections of its own are modelled exactly,
/// with their order; the person's common one, to which other clients of the person add as well, by what must be in it.
/// </summary>
/// <param name="number">Of the client among those of a round: names are made of it.</param>
/// <param name="round">Of the test.</param>
/// <param name="username">The person's.</param>
/// <param name="common">The id of the collection that all clients of the person share.</param>
/// <param name="likes">Public collections of everybody, and who likes them.</param>
/// <param name="random">Chooses.</param>
internal sealed class WriterModel(int number, int round, string username, string common, Likes likes, Random random)
{
    private const int Cap = 5;

    private readonly List<Own> collections = [];
    private readonly List<string> registered = [], favourites = [], inCommon = [];
    private int made;

    /// <summary>Names of everything it has made: each must be in its person's list exactly once.</summary>
    public IEnumerable<string> CollectionNames => collections.Where(own => !own.IsDeleted).Select(own => own.Name);

    /// <summary>What the product has is what was acknowledged, once each.</summary>
    public async Task VerifyAsync(ApiClient client)
    {
        foreach (var own in collections)
        {
            var head = await client.GetAsync($"/v1/collections/{own.Id}");
            Assert.Equal(own.IsDeleted ? HttpStatusCode.NotFound : HttpStatusCode.OK, head.Status);
            if (own.IsDeleted)
                continue;
            Assert.Equal(own.Items.Count, (int)head["itemCount"]!);
            var items = await client.ListAsync($"/v1/collections/{own.Id}/items");
            Assert.Equal(own.Items, items.ConvertAll(item => (string)item["gif"]!["id"]!));
            var links = (await client.ListAsync($"/v1/collections/{own.Id}/links")).ToDictionary(link => (string)link["id"]!, link => (int)link["viewCount"]!);
            Assert.Equal(own.Links.Select(link => link.Id).Order(), links.Keys.Order());
            foreach (var link in own.Links)
                Assert.InRange(links[link.Id], link.Given, Math.Min(Cap, link.Given + link.Lost));
        }

        var inCommon = (await client.ListAsync($"/v1/collections/{common}/items")).ConvertAll(item => (string)item["gif"]!["id"]!);
        Assert.Equal(inCommon.Distinct().Count(), inCommon.Count);
        Assert.Subset(inCommon.ToHashSet(), this.inCommon.ToHashSet());
        var favourites = (await client.ListAsync("/v1/favorites")).ConvertAll(gif => (string)gif["id"]!);
        Assert.Equal(favourites.Distinct().Count(), favourites.Count);
        Assert.Subset(favourites.ToHashSet(), this.favourites.ToHashSet());
        foreach (var name in registered)
            (await client.As(null).GetAsync($"/v1/users/{name}")).Is(HttpStatusCode.OK);
    }

    /// <summary>What the person does next, chosen at random.</summary>
    public Write Next()
    {
        var living = collections.Where(own => !own.IsDeleted).ToList();
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
            < 68 when collections.FirstOrDefault(o => o.IsDeleted) is { } deleted => RestoreCollection(deleted),
            < 80 => Add(common, inCommon.Add),
            _ => Add(own.Id, own.Items.Add),
        };
    }

    private string Unique(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{round}.{number}.{made++}");

    private Write Create()
    {
        var name = Unique("c");
        var visibility = random.Next(3) == 0 ? "public" : "shared";
        return new("create", "POST", "/v1/collections", $$"""{"name":"{{name}}","visibility":"{{visibility}}"}""", answer =>
        {
            var own = new Own((string)answer["id"]!, name, visibility == "public");
            collections.Add(own);
            if (own.IsPublic)
                likes.Offer(own.Id);
        });
    }

    private Write Register()
    {
        var name = Unique("r");
        return new("register", "POST", "/v1/users", ApiClient.Registration(name).ToJsonString(), _ => registered.Add(name)) { WhenDone = HttpStatusCode.Conflict, IsAnonymous = true };
    }

    private Write Add(string collection, Action<string> applies) =>
        new("add", "POST", $"/v1/collections/{collection}/items",
            $$"""{"url":"https://media.example.org/{{username}}/{{Unique("g")}}.gif","width":10,"height":10,"provider":"giphy"}""",
            answer => applies((string)answer["gif"]!["id"]!));

    private Write Move(Own own)
    {
        var gif = own.Items[random.Next(own.Items.Count)];
        var rest = own.Items.Where(item => item != gif).ToList();
        var before = rest[random.Next(rest.Count)];
        return new("move", "PATCH", $"/v1/collections/{own.Id}/items/{gif}", $$"""{"before":"{{before}}"}""", _ =>
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
        return new("delete", "DELETE", $"/v1/collections/{own.Id}/items/{gif}", null, _ =>
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

        return new("restore", "POST", $"/v1/collections/{own.Id}/items/{gif}/restore", null, _ =>
        {
            own.Deleted.Pop();
            own.Items.Insert(place, gif);
        });
    }

    private static Write Link(Own own) =>
        new("link", "POST", $"/v1/collections/{own.Id}/links", $$"""{"maxViews":{{Cap}}}""", answer => own.Links.Add(new((string)answer["id"]!, (string)answer["token"]!)));

    /// <summary>A view of a capped link: given at most as often as the cap says, and counted before it is given.</summary>
    private static Write Open(CappedLink link) =>
        new("open", "GET", $"/v1/shared/{link.Token}", null, _ => link.Given++) { IsLost = () => link.Lost++, IsAnonymous = true };

    private Write Like()
    {
        if (likes.Pick(random) is not { } collection)
            return Create();
        return new("like", "PUT", $"/v1/collections/{collection}/like", null, _ => likes.Add(username, collection));
    }

    private Write Favourite(Own own)
    {
        var gif = own.Items[random.Next(own.Items.Count)];
        return new("favourite", "PUT", $"/v1/favorites/{gif}", null, _ => favourites.Add(gif));
    }

    private static Write DeleteCollection(Own own) =>
        new("delete a collection", "DELETE", $"/v1/collections/{own.Id}", null, _ => own.IsDeleted = true) { WhenDone = HttpStatusCode.NotFound };

    private static Write RestoreCollection(Own own) =>
        new("restore a collection", "POST", $"/v1/collections/{own.Id}/restore", null, _ => own.IsDeleted = false);

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
