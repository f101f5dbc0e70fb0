using System.Collections.Immutable;
using System.Diagnostics;
using System.Reflection;
using Orleans;
using Orleans.Runtime;

namespace GifShare.EmbeddedSilo;

/// <summary>
/// One call on its way: what to run, and the promise its caller holds. It is also the context that call filters see.
/// An activation links it into its waiting or running list.
/// </summary>
abstract class Request(GrainMethod method, object?[] arguments) : IIncomingGrainCallContext
{
    public readonly GrainMethod Method = method;
    readonly object?[] arguments = arguments;
    public Request? Next, Previous;
    public Activation? Activation;
    public ImmutableDictionary<string, object>? Values;
    public Activity? CallerSpan, Span;
    public bool IsWaiting, IsListed;
    public long Deadline = long.MaxValue;
    int nextFilter;

    public virtual bool Interleaves => Method.AlwaysInterleaves;
    public virtual bool KeepsActive => true;
    public virtual bool SurvivesActivation => true;
    public bool WasCancelled { get; private set; }

    public abstract Task Response { get; }

    public bool IsAnswered => Response.IsCompleted;

    /// <summary>Answers the caller, unless it was answered already (timeout, cancellation).</summary>
    public void Answer(Task outcome)
    {
        Span?.Stop();
        SetOutcome(outcome);
        registration.Unregister();
    }

    protected abstract void SetOutcome(Task outcome);

    public void Fail(Exception error)
    {
        SetError(error);
        registration.Unregister();
    }

    protected abstract void SetError(Exception error);

    protected abstract void AnswerCancelled(CancellationToken token);

    CancellationTokenRegistration registration;

    /// <summary>When the token is cancelled the caller is answered at once; a queued request never runs.</summary>
    public void CancelWith(CancellationToken token)
    {
        registration = token.UnsafeRegister(static (me, token) => ((Request)me!).Cancel(token), this);
        if (IsAnswered)
            registration.Unregister();
    }

    void Cancel(CancellationToken token)
    {
        WasCancelled = true;
        AnswerCancelled(token);
        Activation?.TryWithdraw(this);
    }

    /// <summary>Runs in a turn of the activation: the filters, then the grain.</summary>
    public Task Run() => Activation!.Silo.Filters.Length == 0 ? InvokeGrain(Grain) : RunFilters();

    protected virtual Task InvokeGrain(object grain) => Method.Invoke(grain, arguments);

    protected abstract object? ResultOf(Task outcome);

    protected abstract Task RunFilters();

    async Task InvokeGrainAsLastFilter()
    {
        var outcome = InvokeGrain(Grain);
        await outcome;
        Result = ResultOf(outcome);
    }

    public object Grain => Activation!.GrainInstance!;
    public IGrainContext TargetContext => Activation!;
    public GrainId TargetId => Activation!.GrainId;
    public virtual MethodInfo InterfaceMethod => Method.Info;
    public MethodInfo ImplementationMethod => Activation!.Class.ImplementationOf(Method.Info);
    public string InterfaceName => Method.InterfaceName;
    public string MethodName => Method.Name;
    public object? Result { get; set; }

    Task IGrainCallContext.Invoke()
    {
        var filters = Activation!.Silo.Filters;
        return nextFilter < filters.Length ? filters[nextFilter++].Invoke(this) : InvokeGrainAsLastFilter();
    }

    public override string ToString() => Method.ToString();
}

/// <summary>A call that returns no value. Continuations of the caller never run inside the grain's turn.</summary>
class VoidRequest(GrainMethod method, object?[] arguments) : Request(method, arguments)
{
    readonly TaskCompletionSource promise = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Task Response => promise.Task;

    protected override void SetOutcome(Task outcome)
    {
        promise.TrySetFromTask(outcome);
        if (Method.IsOneWay)
            _ = promise.Task.Exception; // Nobody awaits it: what was looked at is not reported as unobserved.
    }

    protected override void SetError(Exception error) => SetOutcome(Task.FromException(error));

    protected override void AnswerCancelled(CancellationToken token) => promise.TrySetCanceled(token);

    protected override object? ResultOf(Task outcome) => null;

    protected override async Task RunFilters() => await ((IGrainCallContext)this).Invoke();
}

sealed class ValueRequest<T>(GrainMethod method, object?[] arguments) : Request(method, arguments)
{
    readonly TaskCompletionSource<T> promise = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Task Response => promise.Task;

    protected override void SetOutcome(Task outcome) => promise.TrySetFromTask((Task<T>)outcome);

    protected override void SetError(Exception error) => promise.TrySetException(error);

    protected override void AnswerCancelled(CancellationToken token) => promise.TrySetCanceled(token);

    protected override object? ResultOf(Task outcome) => ((Task<T>)outcome).Result;

    protected override Task RunFilters()
    {
        return RunToResult();

        async Task<T> RunToResult()
        {
            await ((IGrainCallContext)this).Invoke();
            return (T)Result!;
        }
    }
}
