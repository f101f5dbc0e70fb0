namespace GifShare.Grains.Tests.Zombies;

/// <summary>A write on an old revision changes nothing, whatever overtook it, and its grain reads the rows again (docs/decisions/0022-zombies.md).</summary>
public sealed class CollectionZombieTests(TwoClusters clusters) : IClassFixture<TwoClusters>
{
    public static TheoryData<string, string> Cases => Overtaking.Pairs(
        CollectionWrites.All, CollectionWrites.Rename, CollectionWrites.Append, CollectionWrites.Link, CollectionWrites.Follow, CollectionWrites.Delete);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_overtaken_write_of_a_collection_changes_nothing(string what, string overtaker) => await Overtaking.Run(
        clusters, await CollectionScene.Make(clusters), CollectionWrites.All.Single(write => write.What == what), CollectionWrites.All.Single(write => write.What == overtaker));
}

public sealed class UserZombieTests(TwoClusters clusters) : IClassFixture<TwoClusters>
{
    public static TheoryData<string, string> Cases => Overtaking.Pairs(
        UserWrites.All, UserWrites.Profile, UserWrites.Password, UserWrites.SignOut, UserWrites.Promote);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_overtaken_write_of_a_user_changes_nothing(string what, string overtaker) => await Overtaking.Run(
        clusters, await UserScene.Make(clusters), UserWrites.All.Single(write => write.What == what), UserWrites.All.Single(write => write.What == overtaker));
}

public sealed class GifZombieTests(TwoClusters clusters) : IClassFixture<TwoClusters>
{
    public static TheoryData<string, string> Cases => Overtaking.Pairs(GifWrites.All, GifWrites.Update, GifWrites.Delete);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_overtaken_write_of_a_gif_changes_nothing(string what, string overtaker) => await Overtaking.Run(
        clusters, await GifScene.Make(clusters), GifWrites.All.Single(write => write.What == what), GifWrites.All.Single(write => write.What == overtaker));
}
