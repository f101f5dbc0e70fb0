using System.Collections.Concurrent;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>
/// What one test and its grains share: a log of what happened, and gates at which a grain waits until the test lets it go.
/// It is static because the silos of tests live in the process of the test. The key of the grain names it.
/// </summary>
public sealed class Scene
{
    static readonly ConcurrentDictionary<Guid, Scene> Scenes = new();

    readonly ConcurrentDictionary<string, Gate> gates = new();
    readonly ConcurrentQueue<string> events = new();

    public Guid Id { get; private init; }

    public string[] Events => [.. events];

    public static Scene New() => Of(Guid.CreateVersion7());

    public static Scene Of(Guid id) => Scenes.GetOrAdd(id, static id => new Scene { Id = id });

    public void Log(string what) => events.Enqueue(what);

    public int CountOf(string what) => events.Count(e => e == what);

    /// <summary>Closes gates: who comes waits there.</summary>
    public void Hold(params string[] names)
    {
        foreach (var name in names)
            gates[name] = new Gate();
    }

    public void Release(params string[] names)
    {
        foreach (var name in names)
            gates[name].Opened.TrySetResult();
    }

    /// <summary>Called by a grain: passes an open gate, waits at a closed one.</summary>
    public Task Pass(string name)
    {
        if (!gates.TryGetValue(name, out var gate))
            return Task.CompletedTask;
        gate.Come.TrySetResult();
        return gate.Opened.Task;
    }

    /// <summary>Completes when a grain stands at the gate.</summary>
    public Task At(string name) => gates[name].Come.Task.WaitAsync(TimeSpan.FromSeconds(30));

    sealed class Gate
    {
        public TaskCompletionSource Come { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
