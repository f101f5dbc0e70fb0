using System.Text.Json;
using GifShare.Gifs;

namespace GifShare.Grains.Tests.Zombies;

/// <summary>An upload that the zombie's grain has written last. It stands in a collection that is active in both clusters.</summary>
public sealed class GifScene : IScene
{
    private GifScene(TwoClusters clusters, UserId owner) => (Clusters, Owner) = (clusters, owner);

    public TwoClusters Clusters { get; }
    public UserId Owner { get; }
    public GifId Id { get; } = GifId.New();
    public CollectionId Holder { get; } = CollectionId.New();
    public IGifGrain Zombie => Clusters.Zombie.Gif(Id);

    public static async Task<GifScene> Make(TwoClusters clusters)
    {
        var scene = new GifScene(clusters, await clusters.NewUser());
        var upload = await clusters.Stage();
        var command = new NewUploadedGif(upload.Staged.Token, upload.Key.ToString(), upload.ContentType, upload.Staged.Length, upload.Width, upload.Height, "sailing.gif");
        Assert.True((await clusters.Live.Gif(scene.Id).CreateUploaded(scene.Owner, command, null)).Value!.IsNew);
        var holder = clusters.Live.Collection(scene.Holder);
        Assert.Null((await holder.Create(scene.Owner, new("Cats"), null)).Error);
        Assert.Null((await holder.AddItem(scene.Owner, new(scene.Id), null, null)).Error);
        Assert.Null((await clusters.Zombie.Collection(scene.Holder).CanEdit(scene.Owner)).Error);
        Assert.Null((await scene.Zombie.Update(scene.Owner, new(Title: "Sails"))).Error);
        return scene;
    }

    /// <summary>It has written it. A read that finds nothing would end the activation.</summary>
    public Task Load(IGrainFactory grains) => Task.CompletedTask;

    public async Task<string> See(IGrainFactory grains)
    {
        var seen = await grains.Gif(Id).Get(Owner, null);
        return seen.Error?.Code ?? JsonSerializer.Serialize(seen.Value);
    }

    public Task<long> Version() => Task.FromResult(0L);

    public async Task<Error?> Touch(IGrainFactory grains) => (await grains.Gif(Id).Update(Owner, new(Rating: "pg"))).Error;
}

/// <summary>Every kind of write of a gif's grain that does not commute and is of a gif that is there.</summary>
public static class GifWrites
{
    public const string Update = "change the title", Delete = "delete it";
    private const string Restore = "restore it";

    public static IReadOnlyList<Write<GifScene>> All { get; } =
    [
        Of("Update", Update, async (scene, gif) => (await gif.Update(scene.Owner, new(Title: "Ships"))).Error),
        Of("Update", "change the alt text", async (scene, gif) => (await gif.Update(scene.Owner, new(AltText: "Three ships"))).Error),
        Of("Delete", Delete, async (scene, gif) => (await gif.Delete(scene.Owner)).Error),
        Of("Restore", Restore, async (scene, gif) => (await gif.Restore(scene.Owner, new(scene.Owner, $"restore {Guid.NewGuid()}", "request"))).Error) with
        {
            Before = async scene => Assert.Null((await scene.Zombie.Delete(scene.Owner)).Error),
            OvertakenBy = [Restore],
            ChangesNothing = true,
        },
        Of("FinishTelling", "finish telling", async (_, gif) =>
        {
            await gif.FinishTelling();
            return null;
        }) with
        {
            Before = scene => scene.Clusters.Execute("UPDATE gifs SET telling_due = true WHERE id = @id", new { id = scene.Id.Value }),
            IsRepeatable = true,
        },
    ];

    private static Write<GifScene> Of(string method, string what, Func<GifScene, IGifGrain, Task<Error?>> act) =>
        new($"{nameof(IGifGrain)}.{method}", what, (scene, grains) => act(scene, grains.Gif(scene.Id)));
}
