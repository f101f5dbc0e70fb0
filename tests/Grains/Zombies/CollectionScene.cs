using GifShare.Collections;

namespace GifShare.Grains.Tests.Zombies;

/// <summary>A shared collection of four gifs and two links, with one more gif taken out of it, and gifs to add; made through the live cluster.</summary>
public sealed class CollectionScene : IScene
{
    private readonly TwoClusters clusters;

    private CollectionScene(TwoClusters clusters, UserId owner) => (this.clusters, Owner) = (clusters, owner);

    public UserId Owner { get; }
    public CollectionId Id { get; } = CollectionId.New();
    public List<GifId> Items { get; } = [];
    public List<GifId> Spares { get; } = [];
    public GifId Removed { get; private set; }
    public List<ShareLink> Links { get; } = [];

    /// <summary>Another collection of the owner's, to copy from.</summary>
    public CollectionId Source { get; } = CollectionId.New();

    public static async Task<CollectionScene> Make(TwoClusters clusters)
    {
        var scene = new CollectionScene(clusters, await clusters.NewUser());
        var grain = clusters.Live.Collection(scene.Id);
        Assert.Null((await grain.Create(scene.Owner, new("Cats", null, "shared"), null)).Error);
        for (var i = 0; i < 5; i++)
        {
            var gif = await clusters.NewGif(scene.Owner);
            scene.Items.Add(gif);
            Assert.Null((await grain.AddItem(scene.Owner, new(gif), null, null)).Error);
        }

        scene.Removed = scene.Items[2];
        scene.Items.Remove(scene.Removed);
        Assert.Null((await grain.RemoveItem(scene.Owner, scene.Removed, null)).Error);
        for (var i = 0; i < 2; i++)
            scene.Links.Add((await grain.CreateLink(scene.Owner, new($"Link {i}"), null)).Value!);
        for (var i = 0; i < 4; i++)
            scene.Spares.Add(await clusters.NewGif(scene.Owner));
        var source = clusters.Live.Collection(scene.Source);
        await source.Create(scene.Owner, new("Dogs"), null);
        await source.AddItem(scene.Owner, new(scene.Spares[3]), null, null);
        return scene;
    }

    public ICollectionGrain Live => clusters.Live.Collection(Id);

    public IdempotencyTicket Ticket(string scope) => new(Owner, scope, "request");

    /// <summary>The gif's row says so; nobody was told yet.</summary>
    public Task MarkDeleted(GifId gif) => clusters.Execute("UPDATE gifs SET deleted_at = coalesce(deleted_at, now()) WHERE id = @id", new { id = gif.Value });

    public CopyOrder Copied() => new(Source);

    public Task<long> Version() => clusters.Scalar<long>("SELECT version FROM collections WHERE id = @id", new { id = Id.Value });

    public async Task<Error?> Touch(IGrainFactory grains) => (await grains.Collection(Id).Update(Owner, new(Description: "Touched"), null)).Error;

    public async Task<string> See(IGrainFactory grains)
    {
        var grain = grains.Collection(Id);
        var page = await grain.Read(Owner, null, counts: false);
        if (page.Error is { } error)
            return error.Code;
        var items = await grain.ReadItems(Owner, ItemSort.Manual, null, 50, null);
        var links = await grain.ListLinks(Owner, null, 50);
        return $"{page.Value!.ETag} {items.Value!.ETag} {string.Join(' ', links.Value!.Items.Select(link => $"{link.Id}/{link.Version}"))}";
    }
}
