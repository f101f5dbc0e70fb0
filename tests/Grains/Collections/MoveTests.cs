using GifShare.Collections;
using GifShare.Grains.Tests.Gifs;

namespace GifShare.Grains.Tests.Collections;

/// <summary>Moves between two collections of one owner, also in both directions at once.</summary>
public sealed class MoveTests(GifsSilo silo) : IClassFixture<GifsSilo>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_is_moved_leaves_one_and_arrives_in_the_other_and_the_same_move_again_does_nothing()
    {
        var scene = await Scene.Make(silo, 3);
        var moved = await scene.Left.MoveTo(scene.Owner, [.. scene.Ours[..2], scene.Theirs[0]], scene.RightId, null);
        Assert.Equal(scene.Ours[..2], moved.Value!.Items);
        Assert.Equal(scene.Ours[..2], moved.Value.Arrived);
        Assert.Equal([scene.Ours[2]], await scene.ItemsOf(scene.Left));
        Assert.Equal([.. scene.Theirs, .. scene.Ours[..2]], await scene.ItemsOf(scene.Right));

        var again = await scene.Left.MoveTo(scene.Owner, [.. scene.Ours[..2]], scene.RightId, null);
        Assert.Empty(again.Value!.Items);
        Assert.Empty(again.Value.Arrived);
        Assert.Equal(5, (await scene.ItemsOf(scene.Right)).Count);
    }

    /// <summary>As after a crash between the two edits: they are in both, and the move is made again.</summary>
    [Fact]
    public async Task What_is_in_the_target_already_only_leaves()
    {
        var scene = await Scene.Make(silo, 2);
        Assert.Null((await scene.Right.AddItem(scene.Owner, new(scene.Ours[0]), null, null)).Error);
        var moved = await scene.Left.MoveTo(scene.Owner, [.. scene.Ours], scene.RightId, null);
        Assert.Equal(scene.Ours, moved.Value!.Items);
        Assert.Equal([scene.Ours[1]], moved.Value.Arrived);
        Assert.Empty(await scene.ItemsOf(scene.Left));
        Assert.Equal(4, (await scene.ItemsOf(scene.Right)).Count);
    }

    [Fact]
    public async Task A_new_collection_is_made_of_what_is_moved()
    {
        var scene = await Scene.Make(silo, 2);
        var fresh = CollectionId.New();
        Assert.Equal([scene.Ours[1]], (await scene.Left.MoveTo(scene.Owner, [scene.Ours[1]], fresh, "Kittens")).Value!.Arrived);
        Assert.Equal([scene.Ours[1]], await scene.ItemsOf(silo.Grains.Collection(fresh)));
        Assert.Equal([scene.Ours[0]], await scene.ItemsOf(scene.Left));
    }

    [Fact]
    public async Task Where_one_of_the_two_refuses_nothing_moves()
    {
        var scene = await Scene.Make(silo, 2);
        var eve = await silo.NewUser();
        var hers = CollectionId.New();
        Assert.Null((await silo.Grains.Collection(hers).Create(eve, new("Hers", Visibility: "public"), null)).Error);
        Assert.Equal(ErrorCode.NotFound, (await scene.Left.MoveTo(eve, [.. scene.Ours], hers, null)).Error?.Code);
        Assert.Equal(ErrorCode.Forbidden, (await scene.Left.MoveTo(scene.Owner, [.. scene.Ours], hers, null)).Error?.Code);
        Assert.Equal(ErrorCode.InvalidRequest, (await scene.Left.MoveTo(scene.Owner, [.. scene.Ours], CollectionId.New(), null)).Error?.Code);
        Assert.Equal(ErrorCode.InvalidRequest, (await scene.Left.MoveTo(scene.Owner, [.. scene.Ours], scene.LeftId, null)).Error?.Code);
        Assert.Equal(scene.Ours, await scene.ItemsOf(scene.Left));
        Assert.Empty(await scene.ItemsOf(silo.Grains.Collection(hers), eve));
    }

    [Fact]
    public async Task Opposite_moves_at_once_end_and_swap_what_is_in_them()
    {
        var scene = await Scene.Make(silo, 8);
        var (left, right) = (scene.Ours, scene.Theirs);
        for (var round = 0; round < 6; round++)
        {
            var moves = await Task.WhenAll(
                left.Chunk(2).Select(gifs => scene.Left.MoveTo(scene.Owner, [.. gifs], scene.RightId, null))
                    .Concat(right.Chunk(2).Select(gifs => scene.Right.MoveTo(scene.Owner, [.. gifs], scene.LeftId, null))))
                .WaitAsync(Deadline, TestContext.Current.CancellationToken);
            Assert.All(moves, move => Assert.Null(move.Error));
            (left, right) = (right, left);
            Assert.Equal(left.ToHashSet(), [.. await scene.ItemsOf(scene.Left)]);
            Assert.Equal(right.ToHashSet(), [.. await scene.ItemsOf(scene.Right)]);
        }
    }

    [Fact]
    public async Task Of_what_is_in_both_opposite_moves_at_once_take_nothing_away()
    {
        var scene = await Scene.Make(silo, 4);
        foreach (var gif in scene.Ours)
            Assert.Null((await scene.Right.AddItem(scene.Owner, new(gif), null, null)).Error);
        for (var round = 0; round < 12; round++)
        {
            var moves = await Task.WhenAll(
                scene.Left.MoveTo(scene.Owner, [.. scene.Ours], scene.RightId, null), scene.Right.MoveTo(scene.Owner, [.. scene.Ours], scene.LeftId, null))
                .WaitAsync(Deadline, TestContext.Current.CancellationToken);
            Assert.All(moves, move => Assert.Null(move.Error));
            var (left, right) = (await scene.ItemsOf(scene.Left), await scene.ItemsOf(scene.Right));
            Assert.All(scene.Ours, gif => Assert.True(left.Contains(gif) || right.Contains(gif), $"{gif} is in neither after round {round}."));
            Assert.Null((await scene.Left.EditItems(scene.Owner, new(Add: [.. scene.Ours]), null, null)).Error);
            Assert.Null((await scene.Right.EditItems(scene.Owner, new(Add: [.. scene.Ours]), null, null)).Error);
        }
    }

    [Fact]
    public async Task Items_that_are_gone_already_are_passed_over_when_several_are_removed()
    {
        var scene = await Scene.Make(silo, 3);
        Assert.Null((await scene.Left.RemoveItem(scene.Owner, scene.Ours[0], null)).Error);
        Assert.Equal([.. scene.Ours[1..]], (await scene.Left.RemoveItems(scene.Owner, [.. scene.Ours], false)).Value);
        Assert.Empty((await scene.Left.RemoveItems(scene.Owner, [.. scene.Ours], false)).Value);
        Assert.Equal(ErrorCode.NotFound, (await scene.Left.RemoveItems(await silo.NewUser(), [.. scene.Ours], true)).Error?.Code);
    }

    [Fact]
    public async Task A_collection_goes_with_its_last_items_when_that_is_asked_and_only_then()
    {
        var scene = await Scene.Make(silo, 3);
        Assert.Equal([.. scene.Ours[..2]], (await scene.Left.RemoveItems(scene.Owner, [.. scene.Ours[..2]], true)).Value);
        Assert.Equal([scene.Ours[2]], await scene.ItemsOf(scene.Left));
        Assert.Equal([.. scene.Ours[2..]], (await scene.Left.RemoveItems(scene.Owner, [.. scene.Ours], true)).Value);
        Assert.Equal(ErrorCode.NotFound, (await scene.Left.GetItem(scene.Owner, scene.Ours[2])).Error?.Code);
        // Its last item came back with it.
        Assert.Null((await scene.Left.Restore(scene.Owner, null)).Error);
        Assert.Equal([scene.Ours[2]], await scene.ItemsOf(scene.Left));
        Assert.Equal([.. scene.Theirs], (await scene.Right.RemoveItems(scene.Owner, [.. scene.Theirs], false)).Value);
        Assert.Empty(await scene.ItemsOf(scene.Right));
    }

    /// <summary>Two collections of one owner, each with gifs of its own.</summary>
    private sealed record Scene(GifsSilo Silo, UserId Owner, CollectionId LeftId, CollectionId RightId, GifId[] Ours, GifId[] Theirs)
    {
        public ICollectionGrain Left => Silo.Grains.Collection(LeftId);

        public ICollectionGrain Right => Silo.Grains.Collection(RightId);

        public static async Task<Scene> Make(GifsSilo silo, int each)
        {
            var owner = await silo.NewUser();
            var (left, right) = (await Collection("Left"), await Collection("Right"));
            return new(silo, owner, left.Id, right.Id, left.Gifs, right.Gifs);

            async Task<(CollectionId Id, GifId[] Gifs)> Collection(string name)
            {
                var id = CollectionId.New();
                Assert.Null((await silo.Grains.Collection(id).Create(owner, new(name), null)).Error);
                var gifs = new GifId[each];
                for (var i = 0; i < each; i++)
                {
                    gifs[i] = await silo.NewLinked(owner);
                    Assert.Null((await silo.Grains.Collection(id).AddItem(owner, new(gifs[i]), null, null)).Error);
                }

                return (id, gifs);
            }
        }

        public async Task<List<GifId>> ItemsOf(ICollectionGrain collection, UserId? owner = null) =>
            [.. (await collection.GetCopySource(owner ?? Owner, null, null)).Value!.Items.Select(item => item.Gif)];
    }
}
