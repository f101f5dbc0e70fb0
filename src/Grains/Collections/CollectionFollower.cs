using GifShare.Grains.Accounts;
using GifShare.Grains.Gifs;

namespace GifShare.Grains.Collections;

/// <summary>Notifies collections when their owner's account or a gif they hold changes.</summary>
internal sealed class CollectionFollower(Postgres postgres, IGrainFactory grains) : IAccountFollower, IGifFollower
{
    public async Task Follow(UserId account)
    {
        var (own, holding) = await postgres.Run(async connection => (
            // Collections in the trash too: they may be restored later.
            await connection.Query("SELECT id FROM collections WHERE owner_id = $1", [account.Value], row => row.GetGuid(0)),
            await connection.Query(
                """
                SELECT item.collection_id, array_agg(item.gif_id)
                FROM collection_items item
                JOIN gifs gif ON gif.id = item.gif_id
                JOIN collections collection ON collection.id = item.collection_id
                WHERE gif.owner_id = $1 AND collection.owner_id <> $1
                GROUP BY item.collection_id
                """,
                [account.Value],
                row => (Collection: row.GetGuid(0), Gifs: row.GetFieldValue<Guid[]>(1)))));
        await own.ForEachBatch(collection => grains.Collection(new(collection)).OwnerChanged());
        await holding.ForEachBatch(held => grains.Collection(new(held.Collection)).GifsChanged([.. held.Gifs.Select(gif => new GifId(gif))]));
    }

    public async Task Follow(GifId gif)
    {
        var collections = await postgres.Run(connection => connection.Query("SELECT collection_id FROM collection_items WHERE gif_id = $1", [gif.Value], row => row.GetGuid(0)));
        await collections.ForEachBatch(collection => grains.Collection(new(collection)).GifsChanged([gif]));
    }
}
