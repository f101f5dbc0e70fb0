using Dapper;
using GifShare.Grains.Accounts;

namespace GifShare.Grains.Gifs;

/// <summary>Notifies favourites when one of their gifs or its owner changes.</summary>
internal sealed class FavoritesFollower(Postgres postgres, IGrainFactory grains) : IAccountFollower, IGifFollower
{
    public Task Follow(UserId account) => Tell(
        "SELECT DISTINCT favorite.user_id FROM favorites favorite JOIN gifs gif ON gif.id = favorite.gif_id WHERE gif.owner_id = @id", account.Value);

    public Task Follow(GifId gif) => Tell("SELECT user_id FROM favorites WHERE gif_id = @id", gif.Value);

    private async Task Tell(string sql, Guid id)
    {
        var users = await postgres.Run(connection => connection.QueryAsync<Guid>(sql, new { id }));
        await users.ForEachBatch(user => grains.Favorites(new(user)).GifsChanged());
    }
}
