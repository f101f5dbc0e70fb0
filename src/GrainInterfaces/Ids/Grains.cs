using GifShare.Accounts;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.Media;
using GifShare.Operations;

namespace GifShare;

/// <summary>Builds all grain keys.</summary>
public static class GrainKeys
{
    public static IUserGrain User(this IGrainFactory grains, UserId id) => grains.GetGrain<IUserGrain>(id.Value);
    public static IAccountsGrain Accounts(this IGrainFactory grains) => grains.GetGrain<IAccountsGrain>(0);
    public static ISigningKeysGrain SigningKeys(this IGrainFactory grains) => grains.GetGrain<ISigningKeysGrain>(0);
    /// <summary>The id of a collection grain.</summary>
    public static CollectionId GetId(this ICollectionGrain collection) => new(collection.GetPrimaryKey());

    public static IMediaGrain Media(this IGrainFactory grains, MediaId id) => grains.GetGrain<IMediaGrain>(id.Value);
    public static IUploadsGrain Uploads(this IGrainFactory grains) => grains.GetGrain<IUploadsGrain>(0);
    public static IGifGrain Gif(this IGrainFactory grains, GifId id) => grains.GetGrain<IGifGrain>(id.Value);
    public static IFavoritesGrain Favorites(this IGrainFactory grains, UserId owner) => grains.GetGrain<IFavoritesGrain>(owner.Value);
    public static ICollectionGrain Collection(this IGrainFactory grains, CollectionId id) => grains.GetGrain<ICollectionGrain>(id.Value);
    public static ICollectionListsGrain CollectionLists(this IGrainFactory grains) => grains.GetGrain<ICollectionListsGrain>(0);
    public static IOperationsGrain Operations(this IGrainFactory grains) => grains.GetGrain<IOperationsGrain>(0);
    public static IHealthGrain Health(this IGrainFactory grains) => grains.GetGrain<IHealthGrain>(0);
}
