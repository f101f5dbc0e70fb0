using GifShare.Collections;

namespace GifShare.Grains.Tests.Zombies;

/// <summary>Every kind of write of a collection's grain that does not commute.</summary>
public static class CollectionWrites
{
    public const string Rename = "rename it", Append = "append another gif", Link = "make a link", Follow = "follow a deleted gif", Delete = "delete it";
    private const string Restore = "restore it";

    public static IReadOnlyList<Write<CollectionScene>> All { get; } =
    [
        Of("Update", Rename, 1, async (scene, grain) => (await grain.Update(scene.Owner, new(Name: "Kittens"), null)).Error),
        Of("Update", "make it public", 1, async (scene, grain) => (await grain.Update(scene.Owner, new(Visibility: "public"), null)).Error),
        Of("Update", "ask for no change", 0, async (scene, grain) => (await grain.Update(scene.Owner, new(), null)).Error) with { ChangesNothing = true },
        Of("Delete", Delete, 1, async (scene, grain) => (await grain.Delete(scene.Owner, null)).Error),
        Of("Restore", Restore, 1, async (scene, grain) => (await grain.Restore(scene.Owner, scene.Ticket("restore " + Guid.NewGuid()))).Error) with
        {
            Before = async scene => Assert.Null((await scene.Live.Delete(scene.Owner, null)).Error),
            OvertakenBy = [Restore],
            // The live one has restored it.
            Versions = 0,
            ChangesNothing = true,
        },
        Of("AddItem", "append a gif", 1, async (scene, grain) => (await grain.AddItem(scene.Owner, new(scene.Spares[0]), null, null)).Error),
        Of("AddItem", Append, 1, async (scene, grain) => (await grain.AddItem(scene.Owner, new(scene.Spares[2]), null, null)).Error) with { OvertakenBy = [Rename] },
        Of("AddItem", "append a gif with a key", 1, async (scene, grain) => (await grain.AddItem(scene.Owner, new(scene.Spares[1]), null, scene.Ticket("add"))).Error),
        Of("AddItem", "add a gif before another", 1, async (scene, grain) => (await grain.AddItem(scene.Owner, new(scene.Spares[1], Before: scene.Items[0]), null, null)).Error),
        Of("AddItem", "add a gif that is here", 0, async (scene, grain) => (await grain.AddItem(scene.Owner, new(scene.Items[0]), null, scene.Ticket("here"))).Error) with { ChangesNothing = true },
        Of("UpdateItem", "note something", 1, async (scene, grain) => (await grain.UpdateItem(scene.Owner, scene.Items[0], new(Note: "Look"), null)).Error),
        Of("UpdateItem", "move an item", 1, async (scene, grain) => (await grain.UpdateItem(scene.Owner, scene.Items[0], new(After: scene.Items[1]), null)).Error),
        Of("UpdateItem", "ask for no change of an item", 0, async (scene, grain) => (await grain.UpdateItem(scene.Owner, scene.Items[0], new(), null)).Error) with { ChangesNothing = true },
        Of("PlaceItem", "place an item", 1, async (scene, grain) => (await grain.PlaceItem(scene.Owner, scene.Items[0], 2)).Error),
        Of("PlaceItem", "place an item where it is", 0, async (scene, grain) => (await grain.PlaceItem(scene.Owner, scene.Items[0], 1)).Error) with { ChangesNothing = true },
        Of("RemoveItem", "remove an item", 1, async (scene, grain) => (await grain.RemoveItem(scene.Owner, scene.Items[3], null)).Error),
        Of("RemoveItem", "remove another item", 1, async (scene, grain) => (await grain.RemoveItem(scene.Owner, scene.Items[1], null)).Error),
        Of("RestoreItem", "restore an item", 1, async (scene, grain) => (await grain.RestoreItem(scene.Owner, scene.Removed, scene.Ticket("item"))).Error),
        Of("RestoreItem", "restore an item that is here", 0, async (scene, grain) => (await grain.RestoreItem(scene.Owner, scene.Items[0], scene.Ticket("item"))).Error) with { ChangesNothing = true },
        Of("EditItems", "edit many items", 1, async (scene, grain) => (await grain.EditItems(
            scene.Owner, new(Add: [scene.Spares[1]], Remove: [scene.Items[1]], Move: new([scene.Items[0]])), null, scene.Ticket("batch"))).Error),
        Of("EditItems", "restore many items", 1, async (scene, grain) => (await grain.EditItems(scene.Owner, new(Restore: [scene.Removed]), null, scene.Ticket("batch"))).Error),
        Of("EditItems", "ask for no change of items", 0, async (scene, grain) => (await grain.EditItems(scene.Owner, new(Add: [scene.Items[0]]), null, scene.Ticket("batch"))).Error) with { ChangesNothing = true },
        Of("CopyFrom", "copy into it", 1, async (scene, grain) => (await grain.CopyFrom(scene.Owner, scene.Copied(), null, isNew: false, scene.Ticket("copy"))).Error),
        Of("RemoveItems", "remove several items", 1, async (scene, grain) => (await grain.RemoveItems(scene.Owner, [scene.Items[1], scene.Items[3]], false)).Error),
        Of("RemoveItems", "remove several that are gone", 0, async (scene, grain) => (await grain.RemoveItems(scene.Owner, [scene.Removed], false)).Error) with { ChangesNothing = true },
        Of("CreateLink", Link, 0, async (scene, grain) => (await grain.CreateLink(scene.Owner, new("New", MaxViews: 3), scene.Ticket("link " + Guid.NewGuid()))).Error),
        Of("UpdateLink", "cap a link", 0, async (scene, grain) => (await grain.UpdateLink(scene.Owner, scene.Links[0].Id, new(MaxViews: 5), null)).Error),
        Of("UpdateLink", "put a password on a link", 0, async (scene, grain) => (await grain.UpdateLink(scene.Owner, scene.Links[0].Id, new(Password: "open sesame"), null)).Error),
        Of("DeleteLink", "revoke a link", 0, async (scene, grain) => (await grain.DeleteLink(scene.Owner, scene.Links[1].Id)).Error),
        Of("GifsChanged", Follow, 0, async (scene, grain) =>
        {
            await scene.MarkDeleted(scene.Items[2]);
            await grain.GifsChanged([scene.Items[2]]);
            return null;
        }) with { IsRepeatable = true },
        Of("OwnerChanged", "follow its owner", 0, async (_, grain) =>
        {
            await grain.OwnerChanged();
            return null;
        }) with { IsRepeatable = true },
    ];

    private static Write<CollectionScene> Of(string method, string what, int versions, Func<CollectionScene, ICollectionGrain, Task<Error?>> act) =>
        new($"{nameof(ICollectionGrain)}.{method}", what, (scene, grains) => act(scene, grains.Collection(scene.Id)), versions);
}
