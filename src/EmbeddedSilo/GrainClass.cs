using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;

namespace GifShare.EmbeddedSilo;

/// <summary>A grain class and its activations by key.</summary>
sealed class GrainClass
{
    readonly ConcurrentDictionary<GrainKey, Activation> activations = new();
    readonly ConcurrentDictionary<GrainKey, WorkerPool> pools = new();
    readonly ConcurrentDictionary<MethodInfo, MethodInfo> implementations = new();
    readonly ObjectFactory create;
    readonly int maxWorkers;

    public GrainClass(Silo silo, Type type)
    {
        Silo = silo;
        Type = type;
        Name = NameOf(type);
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));
        maxWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers ?? 0;
        CollectionAge = type.GetCustomAttribute<CollectionAgeLimitAttribute>()?.AgeLimit;
        ActivatesAsync = Implements(nameof(IGrainBase.OnActivateAsync), typeof(CancellationToken));
        DeactivatesAsync = Implements(nameof(IGrainBase.OnDeactivateAsync), typeof(DeactivationReason), typeof(CancellationToken));
        create = ActivatorUtilities.CreateFactory(type, []);
    }

    public Silo Silo { get; }
    public Type Type { get; }
    public string Name { get; }
    public bool IsReentrant { get; }
    public TimeSpan? CollectionAge { get; }
    public bool ActivatesAsync { get; }
    public bool DeactivatesAsync { get; }

    /// <summary>Enumerated without a lock or a copy: there may be a million.</summary>
    public IEnumerable<Activation> Activations => maxWorkers == 0 ? activations.Select(a => a.Value) : pools.SelectMany(p => p.Value.Workers);

    /// <summary>The [GrainType], else Orleans' default: the class name in lower case less "grain".</summary>
    public static string NameOf(Type type)
    {
        if (type.GetCustomAttribute<GrainTypeAttribute>() is { } named)
            return named.GrainType;
        var name = type.Name.ToLowerInvariant();
        return name.EndsWith("grain", StringComparison.Ordinal) && name.Length > 5 ? name[..^5] : name;
    }

    public object CreateInstance(IServiceProvider services) => create(services, null);

    /// <summary>Gives a request to the activation of its key; one that has just ended refuses it, then there is a new one.</summary>
    public void Dispatch(GrainKey key, Request request, bool mayRunHere = false)
    {
        if (maxWorkers > 0)
            pools.GetOrAdd(key, static (key, me) => new WorkerPool(me, key, me.maxWorkers), this).Enqueue(request);
        else
            while (!Find(key).TryEnqueue(request, mayRunHere))
                Thread.Yield();
    }

    public void Remove(Activation activation)
    {
        if (maxWorkers == 0)
            activations.TryRemove(new(activation.Key, activation));
        else if (pools.TryGetValue(activation.Key, out var pool))
            pool.Remove(activation);
    }

    public MethodInfo ImplementationOf(MethodInfo method) => implementations.GetOrAdd(method, static (method, type) =>
    {
        if (!method.DeclaringType!.IsAssignableFrom(type))
            return method;
        var map = type.GetInterfaceMap(method.DeclaringType);
        return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, method)];
    }, Type);

    bool Implements(string method, params Type[] parameters) => Type.IsAssignableTo(typeof(IGrainBase))
        && ImplementationOf(typeof(IGrainBase).GetMethod(method, parameters)!) is { } found
        && found.DeclaringType != typeof(Grain) && found.DeclaringType != typeof(IGrainBase);

    Activation Find(GrainKey key) => activations.TryGetValue(key, out var activation)
        ? activation
        : activations.GetOrAdd(key, static (key, me) => new Activation(me, key), this);
}
