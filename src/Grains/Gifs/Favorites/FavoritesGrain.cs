using System.Collections.Immutable;
using GifShare.Gifs;

namespace GifShare.Grains.Gifs;

/// <summary>The one writer of a user's favourites. It holds the filter, from when somebody asks for it first.</summary>
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
        // Reads interleave: two of them may both load, and either result is right, because no write runs between.
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

    /// <summary>After a failed write nobody knows what is committed: the rows tell the next reader.</summary>
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
