using System.Security.Cryptography;
using System.Text;
using GifShare.Collections;
using GifShare.Fixtures;

namespace GifShare.Grains.Tests.Zombies;

/// <summary>What needs no revision: both activations write, neither is overtaken, and nothing is lost.</summary>
public sealed class CommutingTests(TwoClusters clusters) : IClassFixture<TwoClusters>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Likes_through_both_add_up_and_leave_edits_alone()
    {
        var scene = await PublicScene();
        UserId[] fans = [.. await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => clusters.NewUser()))];
        await Task.WhenAll(fans.SelectMany((fan, i) => new[]
        {
            clusters.Live.Collection(scene.Id).SetLike(fan, null, liked: true),
            clusters.Zombie.Collection(scene.Id).SetLike(fan, null, liked: true),
        }));
        await Task.WhenAll(fans.Take(5).Select(fan => clusters.Zombie.Collection(scene.Id).SetLike(fan, null, liked: false)));
        Assert.Equal(7, await Scalar(scene, "SELECT like_count FROM collection_counters WHERE collection_id = @id"));
        Assert.Null(await scene.Touch(clusters.Live));
        await clusters.CountsAgree();
    }

    [Fact]
    public async Task Views_through_both_add_up_and_leave_edits_alone()
    {
        var scene = await PublicScene();
        var visit = Visit(scene.Links[0]);
        for (var i = 0; i < 7; i++)
        {
            Assert.Null((await clusters.Live.Collection(scene.Id).ReadShared(visit)).Error);
            Assert.Null((await clusters.Zombie.Collection(scene.Id).ReadShared(visit)).Error);
            Assert.Null((await clusters.Zombie.Collection(scene.Id).Read(null, null, counts: true)).Error);
        }

        await Eventually.True(async () => await Scalar(scene, "SELECT view_count FROM collection_counters WHERE collection_id = @id") == 21, Token);
        Assert.Equal(14, await Scalar(scene, "SELECT sum(view_count)::bigint FROM share_links WHERE collection_id = @id"));
        Assert.Null(await scene.Touch(clusters.Live));
        await clusters.CountsAgree();
    }

    [Fact]
    public async Task Favourites_through_both_add_up()
    {
        var ada = await clusters.NewUser();
        GifId[] gifs = [.. await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => clusters.NewGif(ada)))];
        Assert.Equal(0, (await clusters.Live.Favorites(ada).GetFilter()).Count);
        Assert.Equal(0, (await clusters.Zombie.Favorites(ada).GetFilter()).Count);
        await Task.WhenAll(gifs.Select((gif, i) => (i % 2 == 0 ? clusters.Live : clusters.Zombie).Favorites(ada).Add(gif, null)));
        await clusters.Zombie.Favorites(ada).Add(gifs[0], null);
        await clusters.Zombie.Favorites(ada).Remove(gifs[2]);
        Assert.Equal(
            gifs.Where(gif => gif != gifs[2]).Order(Comparer<GifId>.Create((a, b) => a.Value.CompareTo(b.Value))),
            (await clusters.Live.Favorites(ada).List(null, 50)).Value!.Items.Select(gif => gif.Id).Order(Comparer<GifId>.Create((a, b) => a.Value.CompareTo(b.Value))));
    }

    [Fact]
    public async Task A_capped_link_gives_no_more_views_through_both_than_its_cap()
    {
        const int cap = 9;
        var scene = await CollectionScene.Make(clusters);
        var link = (await clusters.Live.Collection(scene.Id).CreateLink(scene.Owner, new(MaxViews: cap), null)).Value!;
        Assert.Null((await clusters.Zombie.Collection(scene.Id).CanEdit(scene.Owner)).Error);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4 * cap).Select(i => (i % 2 == 0 ? clusters.Live : clusters.Zombie).Collection(scene.Id).ReadShared(Visit(link))));
        Assert.Equal(cap, answers.Count(answer => answer.Error is null));
        Assert.All(answers.Where(answer => answer.Error is not null), answer => Assert.Equal(ErrorCode.NotFound, answer.Error!.Code));
        Assert.Equal(cap, await Scalar(scene, "SELECT max(view_count) FROM share_links WHERE collection_id = @id"));
        await clusters.CountsAgree();
    }

    [Fact]
    public async Task A_link_that_was_revoked_gives_no_capped_view_through_who_does_not_know()
    {
        var scene = await CollectionScene.Make(clusters);
        var link = (await clusters.Live.Collection(scene.Id).CreateLink(scene.Owner, new(MaxViews: 5), null)).Value!;
        Assert.Null((await clusters.Zombie.Collection(scene.Id).ReadShared(Visit(link))).Error);
        Assert.Null((await clusters.Live.Collection(scene.Id).DeleteLink(scene.Owner, link.Id)).Error);
        Assert.Equal(ErrorCode.NotFound, (await clusters.Zombie.Collection(scene.Id).ReadShared(Visit(link))).Error?.Code);
        Assert.Equal(1, await Scalar(scene, "SELECT max(view_count) FROM share_links WHERE collection_id = @id"));
    }

    private async Task<CollectionScene> PublicScene()
    {
        var scene = await CollectionScene.Make(clusters);
        Assert.Null((await clusters.Live.Collection(scene.Id).Update(scene.Owner, new(Visibility: "public"), null)).Error);
        Assert.Null((await clusters.Zombie.Collection(scene.Id).CanEdit(scene.Owner)).Error);
        return scene;
    }

    private Task<long> Scalar(CollectionScene scene, string sql) => clusters.Scalar<long>(sql, new { id = scene.Id.Value });

    private static LinkVisit Visit(ShareLink link) => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(link.Token))));
}
