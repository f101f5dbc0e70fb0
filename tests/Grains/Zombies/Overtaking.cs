using GifShare.Fixtures;

namespace GifShare.Grains.Tests.Zombies;

/// <summary>One entity, and what surrounds it, made for one test.</summary>
public interface IScene
{
    UserId Owner { get; }

    /// <summary>Its grain knows it from here on.</summary>
    Task Load(IGrainFactory grains) => See(grains);

    /// <summary>All that its readers see of it through one cluster, as one text; an error's code when it is not there.</summary>
    Task<string> See(IGrainFactory grains);

    /// <summary>The API's version of it; 0 where it has none.</summary>
    Task<long> Version();

    /// <summary>The plainest edit.</summary>
    Task<Error?> Touch(IGrainFactory grains);
}

/// <summary>A kind of write through one cluster.</summary>
/// <param name="Method">The grain's method: <c>ICollectionGrain.Update</c>.</param>
/// <param name="What">What it does with it; unique.</param>
/// <param name="Act">The refusal, or null. May be called again, and then asks for the same.</param>
/// <param name="Versions">By how much it raises the API's version.</param>
public sealed record Write<TScene>(string Method, string What, Func<TScene, IGrainFactory, Task<Error?>> Act, int Versions = 0)
{
    /// <summary>Done before the zombie reads.</summary>
    public Func<TScene, Task>? Before { get; init; }

    /// <summary>It asks for nothing but that rows follow other rows, so the grain runs it again by itself.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>It finds that there is nothing to do, and writes no more than its idempotency key.</summary>
    public bool ChangesNothing { get; init; }

    /// <summary>Where the usual ones do not fit what is done before.</summary>
    public string[]? OvertakenBy { get; init; }
}

/// <summary>The zombie has read an entity; another activation writes; then the zombie writes.</summary>
public static class Overtaking
{
    public static TheoryData<string, string> Pairs<TScene>(IReadOnlyCollection<Write<TScene>> writes, params string[] overtakers)
    {
        var pairs = new TheoryData<string, string>();
        foreach (var write in writes)
            foreach (var overtaker in write.OvertakenBy ?? overtakers)
                pairs.Add(write.What, overtaker);
        return pairs;
    }

    public static async Task Run<TScene>(TwoClusters clusters, TScene scene, Write<TScene> write, Write<TScene> overtaker) where TScene : IScene
    {
        if (write.Before is { } before)
            await before(scene);
        await scene.Load(clusters.Zombie);
        Assert.Null(await overtaker.Act(scene, clusters.Live));
        if (write.IsRepeatable)
        {
            await Follows(clusters, scene, write);
        }
        else
        {
            await IsOvertaken(clusters, scene, () => write.Act(scene, clusters.Zombie));
            await Again(clusters, scene, write);
        }

        await clusters.CountsAgree();
    }

    /// <summary>Done by itself on what it has read anew; if that took a write, the other activation is the one with an old revision.</summary>
    private static async Task Follows<TScene>(TwoClusters clusters, TScene scene, Write<TScene> write) where TScene : IScene
    {
        var rows = await clusters.Rows(scene.Owner);
        Assert.Null(await write.Act(scene, clusters.Zombie));
        if (await clusters.Rows(scene.Owner) == rows || await scene.See(clusters.Live) == ErrorCode.NotFound)
            await SeesTheSame(clusters, scene);
        else
            await IsOvertaken(clusters, scene, () => scene.Touch(clusters.Live));
    }

    /// <summary>On what it has read anew, the same request is as good as any other; then the other activation is the one with an old revision.</summary>
    private static async Task Again<TScene>(TwoClusters clusters, TScene scene, Write<TScene> write) where TScene : IScene
    {
        var (rows, version) = (await clusters.Rows(scene.Owner), await scene.Version());
        if (await write.Act(scene, clusters.Zombie) is not null)
        {
            Assert.Equal(rows, await clusters.Rows(scene.Owner));
            return;
        }

        Assert.Equal(version + write.Versions, await scene.Version());
        if (!write.ChangesNothing)
            await IsOvertaken(clusters, scene, () => scene.Touch(clusters.Live));
    }

    private static async Task IsOvertaken<TScene>(TwoClusters clusters, TScene scene, Func<Task<Error?>> write) where TScene : IScene
    {
        var rows = await clusters.Rows(scene.Owner);
        var fault = await Assert.ThrowsAsync<GrainFaultedException>(write);
        Assert.Equal(ErrorCode.Unavailable, fault.Code);
        Assert.Equal(rows, await clusters.Rows(scene.Owner));
        await SeesTheSame(clusters, scene);
    }

    /// <summary>A reader waits for the rows a quarter of a second, which a busy machine may take longer for.</summary>
    private static Task SeesTheSame<TScene>(TwoClusters clusters, TScene scene) where TScene : IScene =>
        Eventually.True(async () => await scene.See(clusters.Live) == await scene.See(clusters.Zombie), TestContext.Current.CancellationToken);
}
