using Microsoft.Extensions.DependencyInjection;
using Orleans;

namespace GifShare.EmbeddedSilo;

sealed partial class Activation
{
    enum State : byte { New, Activating, Active, Deactivating, Ended }

    State state;
    AsyncServiceScope scope;
    DeactivationReason? endReason;
    TaskCompletionSource? ended;
    List<GrainTimer>? timers;
    long notIdleBefore;
    bool ending;

    public bool AcceptsRequests => state != State.Ended;

    public bool IsActive => state == State.Active;

    void ChangeState(State next)
    {
        state = next;
        Schedule(this);
    }

    /// <summary>The turn in which a change of state takes effect.</summary>
    void EnterState()
    {
        if (state == State.Activating)
            _ = ActivateAsync();
        else if (state == State.Deactivating && running.Count == 0)
            _ = EndAsync();
    }

    async Task ActivateAsync()
    {
        try
        {
            scope = Silo.Services.CreateAsyncScope();
            GrainInstance = Class.CreateInstance(scope.ServiceProvider);
            if (Class.ActivatesAsync)
            {
                using var timeout = new CancellationTokenSource(Silo.Collection.ActivationTimeout);
                await ((IGrainBase)GrainInstance).OnActivateAsync(timeout.Token);
            }
        }
        catch (Exception error)
        {
            EngineLog.ActivationFailed(Silo.Log, error, GrainId);
            await LeaveAsync(error);
            return;
        }
        lock (ready)
        {
            state = State.Active;
            if (endReason is not null)
                ChangeState(State.Deactivating);
            else
                LetInWhatMayRun(all: true);
        }
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default) => _ = DeactivateAsync(deactivationReason);

    public Task DeactivateAsync(DeactivationReason reason)
    {
        Task whenEnded;
        lock (ready)
        {
            if (state is State.New or State.Ended)
                return Task.CompletedTask;
            whenEnded = (ended ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            endReason ??= reason;
            if (state != State.Active)
                return whenEnded;
            state = State.Deactivating;
            if (running.Count == 0)
                Schedule(this);
        }
        return whenEnded;
    }

    /// <summary>Deactivates if nobody has used the grain for <paramref name="age"/>.</summary>
    public Task? DeactivateIfIdle(TimeSpan? age, long now)
    {
        lock (ready)
        {
            var limit = age ?? Class.CollectionAge ?? Silo.Collection.CollectionAge;
            if (state != State.Active || Load > 0 || now < notIdleBefore || now - lastUsed < limit.TotalMilliseconds)
                return null;
        }
        return DeactivateAsync(new DeactivationReason(DeactivationReasonCode.ActivationIdle, "The grain was idle."));
    }

    public void DelayDeactivation(TimeSpan span)
    {
        lock (ready)
            notIdleBefore = span < TimeSpan.Zero ? 0 : span == TimeSpan.MaxValue ? long.MaxValue : Silo.Clock + (long)span.TotalMilliseconds;
    }

    async Task EndAsync()
    {
        lock (ready)
        {
            // Two finished requests may both have scheduled this turn.
            if (ending)
                return;
            ending = true;
        }
        StopTimers();
        try
        {
            if (Class.DeactivatesAsync)
            {
                using var timeout = new CancellationTokenSource(Silo.Collection.DeactivationTimeout);
                await ((IGrainBase)GrainInstance!).OnDeactivateAsync(endReason!.Value, timeout.Token).WaitAsync(timeout.Token);
            }
        }
        catch (Exception error)
        {
            EngineLog.DeactivationFailed(Silo.Log, error, GrainId);
        }
        await LeaveAsync(null);
    }

    /// <summary>The end. Requests that still wait go to the next activation, or get the error that kept this one from living.</summary>
    async Task LeaveAsync(Exception? error)
    {
        try
        {
            if (GrainInstance is IAsyncDisposable asyncDisposable)
                await asyncDisposable.DisposeAsync();
            else if (GrainInstance is IDisposable disposable)
                disposable.Dispose();
            await scope.DisposeAsync();
        }
        catch (Exception failure)
        {
            EngineLog.DeactivationFailed(Silo.Log, failure, GrainId);
        }
        Class.Remove(this);
        RequestList left;
        StopTimers();
        lock (ready)
        {
            state = State.Ended;
            (left, waiting) = (waiting, default);
        }
        for (var request = left.First; request is not null;)
        {
            var next = request.Next;
            left.Remove(request);
            request.IsWaiting = false;
            if (error is null && request.SurvivesActivation)
                Class.Dispatch(Key, request);
            else if (error is not null)
                request.Fail(error);
            request = next;
        }
        ended?.TrySetResult();
    }

    public GrainTimer AddTimer(Func<CancellationToken, Task> callback, Orleans.Runtime.GrainTimerCreationOptions options)
    {
        var timer = new GrainTimer(this, callback, options);
        lock (ready)
            (timers ??= []).Add(timer);
        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    void StopTimers()
    {
        GrainTimer[] all;
        lock (ready)
            all = [.. timers ?? []];
        foreach (var timer in all)
            timer.Dispose();
    }

    public void RemoveTimer(GrainTimer timer)
    {
        lock (ready)
            timers?.Remove(timer);
    }
}
