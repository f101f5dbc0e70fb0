using System.Reflection;

namespace GifShare.Grains.Tests.Zombies;

/// <summary>Whoever adds a method to a grain says here whether it writes what another activation may have written meanwhile.</summary>
public sealed class CoverageTests
{
    private const string Reads = "reads", Stateless = "reads, and holds nothing", Fresh = "inserts rows under a fresh id; a second insert is refused",
        Guarded = "holds nothing, and names the status that it leaves under the row's lock";

    /// <summary>Methods of no matrix, each with its reason.</summary>
    private static readonly Dictionary<string, string> Exempt = new()
    {
        ["IUserGrain.Register"] = Fresh,
        ["IUserGrain.OpenSession"] = "the second half of SignIn and Restore",
        ["IUserGrain.Reload"] = Reads,
        ["IUserGrain.Admit"] = "commutes: the latest time of use stays",
        ["IUserGrain.TakeRows"] = "counts in memory; the rows are counted again before anybody is refused",
        ["IUserGrain.GetQuota"] = Reads,
        ["IUserGrain.ListSessions"] = Reads,
        ["IUserGrain.GetMe"] = Reads,
        ["IUserGrain.GetProfile"] = Reads,
        ["IUserGrain.FindAnswer"] = "reads; removes only keys that are too old for everybody",
        ["IAccountsGrain.SignIn"] = "calls IUserGrain.SignIn",
        ["IAccountsGrain.Restore"] = "calls IUserGrain.Restore",
        ["IAccountsGrain.FindByUsername"] = Reads,
        ["IAccountsGrain.CreateInvite"] = Fresh,
        ["ISigningKeysGrain.GetPublicKeys"] = "makes keys under an advisory lock, after reading again",
        ["ISigningKeysGrain.GetProtectionKeys"] = Reads,
        ["ISigningKeysGrain.AddProtectionKey"] = "commutes: a name has one maker",
        ["IGifGrain.CreateLinked"] = Fresh,
        ["IGifGrain.CreateUploaded"] = Fresh,
        ["IGifGrain.CreateFromMedia"] = Fresh,
        ["IGifGrain.CreateFetched"] = Fresh,
        ["IGifGrain.MediaSettled"] = Guarded,
        ["IGifGrain.RecordFile"] = Guarded,
        ["IMediaGrain.Begin"] = Fresh,
        ["IMediaGrain.BeginFetch"] = Fresh,
        ["IMediaGrain.GetUpload"] = Reads,
        ["IMediaGrain.Get"] = Reads,
        ["IMediaGrain.Complete"] = Guarded,
        ["IMediaGrain.Delete"] = Guarded,
        ["IMediaGrain.Settle"] = Guarded,
        ["IMediaGrain.Expire"] = Guarded,
        ["IMediaGrain.LookForBytes"] = Guarded,
        ["IUploadsGrain.Stored"] = "calls IMediaGrain.LookForBytes",
        ["IMediaGrain.BeginShaped"] = Fresh,
        ["IMediaGrain.GetChunks"] = Guarded,
        ["IMediaGrain.TakeTurn"] = Guarded,
        ["IMediaGrain.CommitChunk"] = Guarded,
        ["IMediaGrain.FinishChunks"] = Guarded,
        ["IGifGrain.Get"] = Reads,
        ["IFavoritesGrain.Add"] = "commutes",
        ["IFavoritesGrain.Remove"] = "commutes",
        ["IFavoritesGrain.List"] = Reads,
        ["IFavoritesGrain.GetFilter"] = Reads,
        ["IFavoritesGrain.Among"] = Reads,
        ["IFavoritesGrain.GifsChanged"] = Reads,
        ["ICollectionGrain.Create"] = Fresh,
        ["ICollectionGrain.Read"] = "reads; views commute",
        ["ICollectionGrain.Get"] = "reads; views commute",
        ["ICollectionGrain.GetShared"] = Reads,
        ["ICollectionGrain.GetLink"] = Reads,
        ["ICollectionGrain.ReadItems"] = Reads,
        ["ICollectionGrain.ReadDownload"] = Reads,
        ["ICollectionGrain.CanEdit"] = Reads,
        ["ICollectionGrain.GetItem"] = Reads,
        ["ICollectionGrain.ListLinks"] = Reads,
        ["ICollectionGrain.ReadShared"] = "reads; views commute, and a cap is decided by the statement that spends it",
        ["ICollectionGrain.ReadSharedItems"] = Reads,
        ["ICollectionGrain.GetLinkCard"] = Reads,
        ["ICollectionGrain.Unlock"] = "reads; the same password hashed as today is written on the known revision, or left",
        ["ICollectionGrain.SetLike"] = "commutes",
        ["ICollectionGrain.MoveTo"] = "calls CopyFrom on the target, then makes the edit of RemoveItems",
        ["ICollectionGrain.GetCopySource"] = Reads,
        ["ICollectionGrain.SnapshotOf"] = Reads,
        ["ICollectionListsGrain.Mine"] = Stateless,
        ["ICollectionListsGrain.PublicOf"] = Stateless,
        ["ICollectionListsGrain.IsLiked"] = Stateless,
        ["ICollectionListsGrain.FindByLink"] = Stateless,
        ["ICollectionListsGrain.TrashedCollections"] = Stateless,
        ["ICollectionListsGrain.TrashedItems"] = Stateless,
        ["ICollectionListsGrain.TrashedGifs"] = Stateless,
        ["IOperationsGrain.Report"] = "writes no rows",
        ["IOperationsGrain.Read"] = Reads,
        ["IHealthGrain.Answer"] = Reads,
    };

    [Fact]
    public void Every_method_of_a_grain_is_in_a_matrix_or_has_a_reason_not_to_be()
    {
        string[] all =
        [
            .. typeof(GrainKeys).Assembly.GetTypes().Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrain)))
                .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance).Select(method => $"{type.Name}.{method.Name}")),
        ];
        string[] tested =
        [
            .. CollectionWrites.All.Select(write => write.Method), .. UserWrites.All.Select(write => write.Method), .. GifWrites.All.Select(write => write.Method),
        ];
        Assert.Equal(all.Distinct().Order(StringComparer.Ordinal), tested.Concat(Exempt.Keys).Distinct().Order(StringComparer.Ordinal));
        Assert.Empty(tested.Intersect(Exempt.Keys));
    }
}
