using System.Collections.Immutable;
using GifShare.Gifs;

namespace GifShare.Grains.Gifs;

/// <summary>The only writer of a user's favourites. Caches the Bloom filter from its first read.</summary>
[GrainType("favorites")]
public sealed class FavoritesGrain(FavoritesStore store) : Grain, IFavoritesGrain
{
    private FavoritesBloom? bloom;

    private UserId Owner => new(this.GetPrimaryKey());

    public async Task<Result> Add(GifId gif, ViaLink? via)
    {
        if (!await Write(store.Add(Owner, gif, via)))
            return Error.NotFound;
        bloom?.Add(gif);
        return Result.Ok;
    }

    public async Task<Result> Remove(GifId gif)
    {
        await Write(Removed());
        bloom?.Remove(gif);
        return Result.Ok;

        async Task<bool> Removed()
        {
            await store.Remove(Owner, gif);
            return true;
        }
    }

    public Task<Result<PageOf<KeptGif>>> List(string? cursor, int limit) => store.List(Owner, cursor, limit);

    public async Task<FavoritesFilter> GetFilter()
    {
        // Reads interleave, so two may load at once; both results are right, because no write runs between.
        bloom ??= new(await store.Ids(Owner));
        return bloom.Finish();
    }

    public async Task<FavoriteIds> Among(ImmutableArray<GifId> gifs)
    {
        var mine = bloom ??= new(await store.Ids(Owner));
        return new([.. gifs.Where(mine.Contains)]);
    }

    public Task GifsChanged()
    {
        bloom = null;
        return Task.CompletedTask;
    }

    /// <summary>Drops the cached filter after a failed write, whose outcome is unknown; the next read loads the rows.</summary>
    private async Task<bool> Write(Task<bool> write)
    {
        try
        {
            return await write;
        }
        catch
        {
            bloom = null;
            throw;
        }
    }
}
