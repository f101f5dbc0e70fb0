using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace GifShare.EmbeddedSilo;

/// <summary>The one silo of the process: it sends requests, and looks twice a second for overdue ones and idle activations.</summary>
sealed class Silo : IAsyncDisposable
{
    enum State { Created, Running, Stopping, Stopped }

    static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    readonly ConcurrentQueue<Activation> watched = new();
    readonly CancellationTokenSource stopped = new();
    readonly EmbeddedSiloOptions options;
    readonly TimeSpan responseTimeout;
    volatile State state;
    long clock;

    public Silo(IServiceProvider services, IOptions<EmbeddedSiloOptions> options, IOptions<GrainCollectionOptions> collection,
        IOptions<SiloMessagingOptions> messaging, ILogger<Silo> log)
    {
        (Services, this.options, Collection, Log) = (services, options.Value, collection.Value, log);
        responseTimeout = messaging.Value.ResponseTimeout;
        if (Collection.CollectionAge <= Collection.CollectionQuantum)
            throw new OptionsValidationException(nameof(GrainCollectionOptions), typeof(GrainCollectionOptions), ["CollectionAge must exceed CollectionQuantum."]);
        Time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        Grains = new GrainFactory(this);
        Traces = this.options.PropagateActivity ? new ActivitySource("Microsoft.Orleans.Application") : null;
        Types = new GrainTypes(this, this.options.Assemblies is { Count: > 0 } chosen ? chosen : GrainTypes.DefaultAssemblies());
        clock = Environment.TickCount64;
    }

    public IServiceProvider Services { get; }
    public GrainCollectionOptions Collection { get; }
    public ILogger Log { get; }
    public TimeProvider Time { get; }
    public GrainFactory Grains { get; }
    public GrainTypes Types { get; }
    public ActivitySource? Traces { get; }
    public IIncomingGrainCallFilter[] Filters { get; private set; } = [];

    /// <summary>Milliseconds, as of the last beat: reading the real clock at each call would cost more than it tells.</summary>
    public long Clock => Volatile.Read(ref clock);

    public IEnumerable<Activation> Activations => Types.Classes.SelectMany(c => c.Activations);

    public object Send(GrainId target, GrainMethod method, object?[] arguments)
    {
        if (!Accepts())
            return method.Response(method.Failed(new SiloUnavailableException($"The silo is {state.ToString().ToLowerInvariant()}: {target} was not called.")));
        var request = method.CreateRequest(arguments);
        var token = method.Token(arguments);
        if (token.IsCancellationRequested)
        {
            request.CancelWith(token);
            return method.Response(request.Response);
        }
        request.Values = RequestContext.Current;
        if (Traces is not null)
            request.CallerSpan = Activity.Current;
        if (!method.IsOneWay)
            request.Deadline = Clock + (long)((method.ResponseTimeout ?? responseTimeout) + Beat).TotalMilliseconds;
        target.Class.Dispatch(target.KeyValue, request, mayRunHere: !method.IsOneWay && IsOutside());
        if (token.CanBeCanceled)
            request.CancelWith(token);
        if (!method.IsOneWay)
            return method.Response(request.Response);
        return method.Response(Task.CompletedTask);
    }

    /// <summary>While the silo stops, only what grains still ask of each other is let in.</summary>
    bool Accepts() => state == State.Running || (state == State.Stopping && Activation.Current is not null);

    /// <summary>This thread is the pool's and in no grain's turn, and nothing of its own would be found by the grain's code.</summary>
    static bool IsOutside() => Thread.CurrentThread.IsThreadPoolThread && TaskScheduler.Current == TaskScheduler.Default
        && SynchronizationContext.Current is null && !ExecutionContext.IsFlowSuppressed();

    public void Watch(Activation activation) => watched.Enqueue(activation);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Filters = [.. Services.GetServices<IIncomingGrainCallFilter>()];
        state = State.Running;
        _ = Task.Run(HousekeepAsync, CancellationToken.None);
        EngineLog.Started(Log, Types.Classes.Length);
        foreach (var (_, task) in options.StartupTasks.OrderBy(t => t.Stage))
            await task(Services, cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (state != State.Running)
            return;
        state = State.Stopping;
        EngineLog.Stopping(Log, Activations.Count());
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo stops.");
        try
        {
            // Grains that are still at work may activate others: until none is left.
            while (Activations.ToList() is { Count: > 0 } left)
                await Task.WhenAll(left.Select(a => a.DeactivateAsync(reason))).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            EngineLog.StoppedEarly(Log, Activations.Count());
        }
        state = State.Stopped;
        await stopped.CancelAsync();
    }

    /// <summary>Deactivates what was idle for its age (or for <paramref name="age"/>) and waits for it.</summary>
    public Task CollectAsync(TimeSpan? age)
    {
        var now = Environment.TickCount64;
        return Task.WhenAll(Activations.Select(a => a.DeactivateIfIdle(age, now)).OfType<Task>());
    }

    async Task HousekeepAsync()
    {
        using var timer = new PeriodicTimer(Beat);
        var nextCollection = Clock + (long)Collection.CollectionQuantum.TotalMilliseconds;
        while (!stopped.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stopped.Token);
                Volatile.Write(ref clock, Environment.TickCount64);
                for (var count = watched.Count; count > 0 && watched.TryDequeue(out var activation); count--)
                    if (activation.AnswerOverdue(Clock))
                        watched.Enqueue(activation);
                if (Clock < nextCollection)
                    continue;
                nextCollection = Clock + (long)Collection.CollectionQuantum.TotalMilliseconds;
                _ = CollectAsync(null);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                EngineLog.HousekeepingFailed(Log, error);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        stopped.Dispose();
        Traces?.Dispose();
    }
}
