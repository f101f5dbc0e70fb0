using System.Diagnostics;
using Orleans.Runtime;

namespace GifShare.EmbeddedSilo;

/// <summary>
/// A living grain. It is the TaskScheduler of everything the grain does, so one thread at a time runs its turns: a turn is
/// the start of a request or the continuation of one. This file holds turns and requests; Activation.Lifecycle.cs birth and end.
/// </summary>
/// <remarks>
/// Every field below is guarded by a lock on <see cref="ready"/>. No code of a grain or of a caller runs under that lock.
/// </remarks>
sealed partial class Activation(GrainClass grainClass, GrainKey key) : TaskScheduler, IThreadPoolWorkItem, IGrainContext
{
    /// <summary>After so many turns the thread goes back to the pool, so that a busy grain does not starve the others.</summary>
    const int TurnsPerThread = 128;

    /// <summary>What may run now: tasks (continuations), requests that were let in, or this object itself: a change of state.</summary>
    readonly Queue<object> ready = new();
    RequestList waiting;
    RequestList running;
    bool scheduled;
    bool watched;
    long lastUsed;

    public GrainClass Class { get; } = grainClass;
    public GrainKey Key { get; } = key;
    public Silo Silo => Class.Silo;
    public GrainId GrainId => new(Class, Key);
    public object? GrainInstance { get; private set; }
    public IServiceProvider ActivationServices => scope.ServiceProvider;
    public int Load => waiting.Count + running.Count;

    /// <summary>The activation whose turn this thread is in.</summary>
    public static new Activation? Current => TaskScheduler.Current as Activation;

    /// <summary>False when this activation has ended and a new one must be found.</summary>
    public bool TryEnqueue(Request request)
    {
        lock (ready)
        {
            if (state == State.Ended)
                return false;
            request.Activation = this;
            if (request.KeepsActive)
                lastUsed = Silo.Clock;
            if (!watched)
            {
                watched = true;
                Silo.Watch(this);
            }
            if (state == State.Active && MayRun(request))
                LetIn(request);
            else
                Queue(request);
            if (state == State.New)
                ChangeState(State.Activating);
            return true;
        }
    }

    /// <summary>Takes a request out of the queue; false when it is running, or done.</summary>
    public bool TryWithdraw(Request request)
    {
        lock (ready)
        {
            if (!request.IsWaiting)
                return false;
            Unqueue(request);
            return true;
        }
    }

    /// <summary>The turn rules of Orleans; when several read-only requests run, a writer waits for the last of them.</summary>
    bool MayRun(Request request)
    {
        if (running.Count == 0 || Class.IsReentrant || request.Interleaves)
            return true;
        for (var other = running.First; other is not null; other = other.Next)
            if (!other.Interleaves && !(other.Method.IsReadOnly && request.Method.IsReadOnly))
                return false;
        return true;
    }

    void Queue(Request request)
    {
        request.IsWaiting = true;
        waiting.Add(request);
    }

    void Unqueue(Request request)
    {
        request.IsWaiting = false;
        waiting.Remove(request);
    }

    void LetIn(Request request)
    {
        running.Add(request);
        Schedule(request);
    }

    void LetInWhatMayRun()
    {
        for (var request = waiting.First; request is not null;)
        {
            var next = request.Next;
            if (MayRun(request))
            {
                Unqueue(request);
                LetIn(request);
            }
            request = next;
        }
    }

    void Schedule(object turn)
    {
        ready.Enqueue(turn);
        if (scheduled)
            return;
        scheduled = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <summary>A pool thread begins here with an empty ExecutionContext. The turns run inside a task of this scheduler, so that awaits come back.</summary>
    void IThreadPoolWorkItem.Execute() => new Task(static me => ((Activation)me!).RunTurns(), this).RunSynchronously(this);

    void RunTurns()
    {
        var empty = ExecutionContext.Capture()!;
        for (var turns = 0; ; turns++)
        {
            object? turn;
            lock (ready)
            {
                if (turns == TurnsPerThread && ready.Count > 0)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                    return;
                }
                if (!ready.TryDequeue(out turn))
                {
                    scheduled = false;
                    return;
                }
            }
            if (turn is Request request)
                Start(request);
            else if (turn is Task task)
                TryExecuteTask(task);
            else
                EnterState();
            ExecutionContext.Restore(empty);
        }
    }

    void Start(Request request)
    {
        if (request.WasCancelled)
        {
            Finish(request);
            return;
        }
        if (request.Values is not null)
            RequestContext.Enter(request.Values);
        if (Silo.Traces is not null)
            request.Span = Silo.Traces.StartActivity(request.ToString(), ActivityKind.Server, request.Trace);
        var outcome = request.Run(GrainInstance!, Silo.Filters);
        if (outcome.IsCompleted)
            Finish(request, outcome);
        else
            outcome.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => Finish(request, outcome));
    }

    void Finish(Request request, Task? outcome = null)
    {
        // The queue moves on before the caller is answered, so that a caller who asks again is not behind its own request.
        lock (ready)
        {
            running.Remove(request);
            if (request.KeepsActive)
                lastUsed = Silo.Clock;
            if (state == State.Active)
                LetInWhatMayRun();
            else if (state == State.Deactivating && running.Count == 0)
                Schedule(this);
        }
        request.Span?.Stop();
        if (outcome is not null)
            request.Answer(outcome);
    }

    protected override void QueueTask(Task task)
    {
        lock (ready)
            Schedule(task);
    }

    /// <summary>A continuation may run at once when this thread is already in a turn of this activation (or starts its turns).</summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && (TaskScheduler.Current == this || ReferenceEquals(task.AsyncState, this)) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    /// <summary>Answers the callers whose time is over; what they asked for still runs. False when nothing is left to watch.</summary>
    public bool AnswerOverdue(long now)
    {
        List<Request>? overdue = null;
        Request? busy;
        lock (ready)
        {
            if (running.Count == 0 && waiting.Count == 0)
                return watched = false;
            busy = running.First;
            for (var request = running.First; request is not null; request = request.Next)
                if (request.Deadline <= now)
                    (overdue ??= []).Add(request);
            for (var request = waiting.First; request is not null; request = request.Next)
                if (request.Deadline <= now)
                    (overdue ??= []).Add(request);
        }
        foreach (var request in overdue ?? [])
        {
            request.Deadline = long.MaxValue;
            var what = request == busy ? "it is still running" : busy is null ? "the grain is being activated" : $"the grain is in {busy}";
            request.Fail(new TimeoutException($"No response from {GrainId} to {request} within its response timeout: {what}."));
        }
        return true;
    }

    public override string ToString() => GrainId.ToString();
}
