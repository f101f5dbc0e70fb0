using GifShare.Collections;

namespace GifShare.Grains.Tests.Zombies;

/// <summary>
/// An edit that would be refused because of what this activation does not know yet is not refused: it is told to come again, and then the rows
/// have been read. Somebody whose item was added a moment ago is not told that there is none.
/// </summary>
public sealed class RefusalTests(TwoClusters clusters) : IClassFixture<TwoClusters>
{
    private static readonly Dictionary<string, (Func<CollectionScene, ICollectionGrain, Task> Elsewhere, Func<CollectionScene, ICollectionGrain, Task<Error?>> Edit)> Edits = new()
    {
        ["remove an item that was added"] = (AddAnother, async (scene, grain) => (await grain.RemoveItem(scene.Owner, scene.Spares[0], null)).Error),
        ["note an item that was added"] = (AddAnother, async (scene, grain) => (await grain.UpdateItem(scene.Owner, scene.Spares[0], new(Note: "Look"), null)).Error),
        ["place an item that was added"] = (AddAnother, async (scene, grain) => (await grain.PlaceItem(scene.Owner, scene.Spares[0], 1)).Error),
        ["move behind an item that was added"] = (AddAnother, async (scene, grain) => (await grain.AddItem(scene.Owner, new(scene.Spares[1], After: scene.Spares[0]), null, null)).Error),
        ["edit many, one of which was added"] = (AddAnother, async (scene, grain) => (await grain.EditItems(scene.Owner, new(Remove: [scene.Spares[0]]), null, null)).Error),
        ["rename at the new version"] = (AddAnother, async (scene, grain) => (await grain.Update(scene.Owner, new(Name: "Kittens"), await ETag(scene))).Error),
        ["append at the new version"] = (AddAnother, async (scene, grain) => (await grain.AddItem(scene.Owner, new(scene.Spares[1]), await ETag(scene), null)).Error),
        ["restore an item that was removed"] = (
            async (scene, grain) => Assert.Null((await grain.RemoveItem(scene.Owner, scene.Items[0], null)).Error),
            async (scene, grain) => (await grain.RestoreItem(scene.Owner, scene.Items[0], null)).Error),
        ["edit what was restored"] = (
            async (scene, grain) => Assert.Null((await grain.Restore(scene.Owner, null)).Error),
            async (scene, grain) => (await grain.Update(scene.Owner, new(Name: "Kittens"), null)).Error),
        ["append to what was restored"] = (
            async (scene, grain) => Assert.Null((await grain.Restore(scene.Owner, null)).Error),
            async (scene, grain) => (await grain.AddItem(scene.Owner, new(scene.Spares[0]), null, null)).Error),
        ["make a link to what was restored"] = (
            async (scene, grain) => Assert.Null((await grain.Restore(scene.Owner, null)).Error),
            async (scene, grain) => (await grain.CreateLink(scene.Owner, new("New"), null)).Error),
        ["upload into what was restored"] = (
            async (scene, grain) => Assert.Null((await grain.Restore(scene.Owner, null)).Error),
            async (scene, grain) => (await grain.CanEdit(scene.Owner)).Error),
        ["change a link that was made"] = (AddLink, async (scene, grain) => (await grain.UpdateLink(scene.Owner, scene.Links[^1].Id, new(Label: "Changed"), null)).Error),
        ["revoke a link that was made"] = (AddLink, async (scene, grain) => (await grain.DeleteLink(scene.Owner, scene.Links[^1].Id)).Error),
    };

    public static TheoryData<string> What => [.. Edits.Keys];

    [Theory]
    [MemberData(nameof(What))]
    public async Task An_edit_is_not_refused_by_old_memory(string what)
    {
        var (elsewhere, edit) = Edits[what];
        var scene = await CollectionScene.Make(clusters);
        if (what.Contains("what was restored", StringComparison.Ordinal))
            Assert.Null((await scene.Live.Delete(scene.Owner, null)).Error);
        await scene.See(clusters.Zombie);
        await elsewhere(scene, scene.Live);
        var zombie = clusters.Zombie.Collection(scene.Id);
        var fault = await Assert.ThrowsAsync<GrainFaultedException>(() => edit(scene, zombie));
        Assert.Equal(ErrorCode.Unavailable, fault.Code);
        Assert.Null(await edit(scene, zombie));
    }

    [Fact]
    public async Task What_was_made_elsewhere_is_not_refused_for_long()
    {
        var (owner, id) = (await clusters.NewUser(), CollectionId.New());
        var zombie = clusters.Zombie.Collection(id);
        Assert.Equal(ErrorCode.NotFound, (await zombie.Update(owner, new(Name: "Cats"), null)).Error?.Code);
        Assert.Null((await clusters.Live.Collection(id).Create(owner, new("Dogs"), null)).Error);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            try
            {
                Assert.Null((await zombie.Update(owner, new(Name: "Cats"), null)).Error);
                return;
            }
            catch (GrainFaultedException e) when (e.Code == ErrorCode.Unavailable)
            {
            }
        }

        Assert.Fail("It was still unknown at the second attempt.");
    }

    private static async Task AddAnother(CollectionScene scene, ICollectionGrain grain) =>
        Assert.Null((await grain.AddItem(scene.Owner, new(scene.Spares[0]), null, null)).Error);

    private static async Task AddLink(CollectionScene scene, ICollectionGrain grain) =>
        scene.Links.Add((await grain.CreateLink(scene.Owner, new("Another"), null)).Value!);

    private static async Task<string> ETag(CollectionScene scene) => $"\"{await scene.Version()}\"";
}
