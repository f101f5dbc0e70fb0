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

    /// <summary>So many turns a caller runs on its own thread at most, while others ask the same grain.</summary>
    const int TurnsPerCaller = 16;

    static readonly ExecutionContext Empty = EmptyContext();

    /// <summary>What may run now: tasks (continuations), requests that were let in, or this object itself: a change of state.</summary>
    readonly Queue<object> ready = new();
    RequestList waiting;
    RequestList running;
    int runningWriters, runningReaders, waitingReaders;
    bool scheduled;
    bool runsHere;
    bool watched;
    long lastUsed;

    public GrainClass Class { get; } = grainClass;
    public GrainKey Key { get; } = key;
    public Silo Silo => Class.Silo;
    public GrainId GrainId => new(Class, Key);
    public object? GrainInstance { get; private set; }
    public IServiceProvider ActivationServices => scope.ServiceProvider;
    public int Load => waiting.Count + running.Count + (runsHere ? 1 : 0);

    /// <summary>The activation whose turn this thread is in.</summary>
    public static new Activation? Current => TaskScheduler.Current as Activation;

    /// <summary>False when this activation has ended and a new one must be found.</summary>
    /// <param name="mayRunHere">
    /// The turn of an idle grain may run on this thread before the call returns: for who asks from outside of grains, that saves two
    /// changes of threads, which cost more than most turns.
    /// </param>
    public bool TryEnqueue(Request request, bool mayRunHere = false)
    {
        lock (ready)
        {
            if (state == State.Ended)
                return false;
            request.Activation = this;
            if (request.KeepsActive)
                lastUsed = Silo.Clock;
            var enters = state == State.Active && MayRun(request);
            // Whoever is marked as scheduled is not given to the pool.
            if (enters && mayRunHere && !scheduled)
            {
                scheduled = runsHere = true;
                CountRunning(request, 1);
            }
            else
            {
                mayRunHere = false;
                Watch();
                if (enters)
                    LetIn(request);
                else
                    Queue(request);
                if (state == State.New)
                    ChangeState(State.Activating);
            }
        }
        if (mayRunHere)
            RunTurnsHere(request);
        return true;
    }

    void Watch()
    {
        if (watched)
            return;
        watched = true;
        Silo.Watch(this);
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
    bool MayRun(Request request) => Class.IsReentrant || request.Interleaves
        || (runningWriters == 0 && (request.Method.IsReadOnly || runningReaders == 0));

    /// <summary>Requests that always interleave are neither readers nor writers: they block nobody.</summary>
    void CountRunning(Request request, int change)
    {
        if (request.Interleaves)
            return;
        if (request.Method.IsReadOnly)
            runningReaders += change;
        else
            runningWriters += change;
    }

    void Queue(Request request)
    {
        request.IsWaiting = true;
        waiting.Add(request);
        waitingReaders += request.Method.IsReadOnly ? 1 : 0;
    }

    void Unqueue(Request request)
    {
        request.IsWaiting = false;
        waiting.Remove(request);
        waitingReaders -= request.Method.IsReadOnly ? 1 : 0;
    }

    void LetIn(Request request)
    {
        List(request);
        CountRunning(request, 1);
        Schedule(request);
    }

    /// <summary>
    /// Those who always interleave wait only while the grain is activated, hence <paramref name="all"/>. Later the search
    /// ends as soon as nobody else can enter: a thousand waiting writers are not looked at for each one that finishes.
    /// </summary>
    void LetInWhatMayRun(bool all = false)
    {
        for (var request = waiting.First; request is not null && (all || (runningWriters == 0 && (runningReaders == 0 || waitingReaders > 0)));)
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
    void IThreadPoolWorkItem.Execute() => new Task(static me => ((Activation)me!).RunTurns(TurnsPerThread), this).RunSynchronously(this);

    void List(Request request)
    {
        running.Add(request);
        request.IsListed = true;
    }

    /// <summary>
    /// The request is handed to the turn and kept nowhere else while it runs: a call that is finished at once leaves no reference in this
    /// old object, which every collection of young objects would have to look at.
    /// </summary>
    void RunTurnsHere(Request request)
    {
        var caller = ExecutionContext.Capture()!;
        ExecutionContext.Restore(Empty);
        new Task(static first => ((Request)first!).Activation!.RunTurns(TurnsPerCaller, (Request)first), request).RunSynchronously(this);
        ExecutionContext.Restore(caller);
    }

    /// <summary>A thread of its own begins with it.</summary>
    static ExecutionContext EmptyContext()
    {
        ExecutionContext? empty = null;
        var thread = new Thread(() => empty = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return empty!;
    }

    void RunTurns(int most, Request? first = null)
    {
        Request? finished = null;
        Task? outcome = null;
        object? turn = first;
        for (var turns = 0; ; turns++)
        {
            if (turns > 0 || first is null)
            {
                turn = null;
                lock (ready)
                {
                    if (finished is not null)
                        TakeOut(finished);
                    if (turns < most)
                        scheduled = ready.TryDequeue(out turn);
                    else if (scheduled = ready.Count > 0)
                        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                }
            }
            // After the queue has moved on, so that a caller who asks again is not behind its own request.
            finished?.Answer(outcome!);
            finished = null;
            if (turn is null)
                return;
            if (turn is Request request)
                outcome = Start(request, out finished);
            else if (turn is Task task)
                TryExecuteTask(task);
            else
                EnterState();
            ExecutionContext.Restore(Empty);
        }
    }

    /// <summary>A request that is finished at once is handed back to the loop, which holds the lock next anyway.</summary>
    Task Start(Request request, out Request? finished)
    {
        finished = request;
        if (request.WasCancelled)
            return request.Method.Failed(new OperationCanceledException("The caller no longer waits."));
        if (request.Values is not null)
            RequestContext.Enter(request.Values);
        if (Silo.Traces is not null)
            request.Span = Silo.Traces.StartActivity(request.ToString(), ActivityKind.Server, request.CallerSpan?.Context ?? default);
        var outcome = request.Run();
        if (outcome.IsCompleted)
            return outcome;
        finished = null;
        if (!request.IsListed)
            lock (ready)
            {
                runsHere = false;
                List(request);
                Watch();
            }
        outcome.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => Finish(request, outcome));
        return outcome;
    }

    void Finish(Request request, Task outcome)
    {
        lock (ready)
            TakeOut(request);
        request.Answer(outcome);
    }

    void TakeOut(Request request)
    {
        if (request.IsListed)
            running.Remove(request);
        else
            runsHere = false;
        CountRunning(request, -1);
        if (request.KeepsActive)
            lastUsed = Silo.Clock;
        if (state == State.Active)
            LetInWhatMayRun();
        else if (state == State.Deactivating && running.Count == 0)
            Schedule(this);
    }

    protected override void QueueTask(Task task)
    {
        lock (ready)
            Schedule(task);
    }

    /// <summary>A continuation may run at once when this thread is already in a turn of this activation (or starts its turns).</summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && (TaskScheduler.Current == this || ReferenceEquals(task.AsyncState, this) || task.AsyncState is Request { Activation: var its } && its == this) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    /// <summary>Answers the callers whose time is over: what still waits never runs, what runs goes on. False when nothing is left to watch.</summary>
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
            for (var request = waiting.First; request is not null;)
            {
                var next = request.Next;
                if (request.Deadline <= now)
                {
                    Unqueue(request);
                    (overdue ??= []).Add(request);
                }
                request = next;
            }
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
