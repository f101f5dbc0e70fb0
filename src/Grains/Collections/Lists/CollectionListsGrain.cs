using GifShare.Collections;
using GifShare.Gifs;
using GifShare.Grains.Gifs;
using Orleans.Concurrency;

namespace GifShare.Grains.Collections;

/// <summary>Lists and look-ups across collections; delegates to <see cref="CollectionLists"/>.</summary>
[GrainType("collection-lists"), StatelessWorker(8), Reentrant]
public sealed class CollectionListsGrain(CollectionLists lists, LinkStore links, GifTrash gifs) : Grain, ICollectionListsGrain
{
    public Task<Result<PageOf<Collection>>> Mine(UserId caller, string? query, string? cursor, int limit) => lists.Mine(caller, query, cursor, limit);

    public Task<Result<PageOf<Collection>>> PublicOf(string username, string? cursor, int limit) => lists.PublicOf(username, cursor, limit);

    public Task<bool> IsLiked(UserId caller, CollectionId collection) => lists.IsLiked(caller, collection);

    public Task<CollectionId?> FindByLink(string tokenHash) => links.Find(Convert.FromHexString(tokenHash));

    public Task<Result<PageOf<TrashedCollection>>> TrashedCollections(UserId caller, string? cursor, int limit) => lists.Trashed(caller, cursor, limit);

    public Task<Result<PageOf<TrashedItem>>> TrashedItems(UserId caller, string? cursor, int limit) => lists.TrashedItems(caller, cursor, limit);

    public Task<Result<PageOf<TrashedGif>>> TrashedGifs(UserId caller, string? cursor, int limit) => gifs.List(caller, cursor, limit);
}
