using Orleans.Runtime;

namespace GifShare.EmbeddedSilo;

/// <summary>
/// A timer whose ticks are requests to its own grain: they wait their turn and pass the call filters. The next tick is
/// due one period after the last one has finished, whether it succeeded or threw.
/// </summary>
sealed class GrainTimer : IGrainTimer
{
    static readonly GrainMethod Tick = GrainMethod.Of(typeof(IGrainTimerInvoker).GetMethod(nameof(IGrainTimerInvoker.InvokeCallbackAsync))!);

    readonly Activation activation;
    readonly Func<CancellationToken, Task> callback;
    readonly GrainTimerCreationOptions options;
    readonly CancellationTokenSource stop = new();
    readonly ITimer timer;
    TimeSpan period;
    TimeSpan? nextDue;
    bool ticking;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        (this.activation, this.callback, this.options) = (activation, callback, options);
        using (ExecutionContext.SuppressFlow())
            timer = activation.Silo.Time.CreateTimer(static me => ((GrainTimer)me!).Due(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        foreach (var span in (ReadOnlySpan<TimeSpan>)[dueTime, period])
            if ((span < TimeSpan.Zero && span != Timeout.InfiniteTimeSpan) || span.TotalMilliseconds >= uint.MaxValue)
                throw new ArgumentOutOfRangeException(nameof(period), $"{span} is neither a time from 0 to 49 days nor infinite.");
        lock (stop)
        {
            if (stop.IsCancellationRequested)
                return;
            this.period = period;
            if (ticking)
                nextDue = dueTime;
            else
                timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (stop)
        {
            if (stop.IsCancellationRequested)
                return;
            timer.Dispose();
        }
        stop.Cancel();
        activation.RemoveTimer(this);
    }

    void Due()
    {
        lock (stop)
        {
            if (ticking || stop.IsCancellationRequested)
                return;
            ticking = true;
        }
        activation.TryEnqueue(new TickRequest(this));
    }

    void TickDone(Task outcome)
    {
        if (outcome.Exception is { } error)
            EngineLog.TimerFailed(activation.Silo.Log, error.InnerException!, activation.GrainId);
        lock (stop)
        {
            ticking = false;
            if (!stop.IsCancellationRequested)
                timer.Change(nextDue ?? period, Timeout.InfiniteTimeSpan);
            nextDue = null;
        }
    }

    sealed class TickRequest(GrainTimer timer) : VoidRequest(Tick, [])
    {
        public override bool Interleaves => timer.options.Interleave;
        public override bool KeepsActive => timer.options.KeepAlive;
        public override bool SurvivesActivation => false;

        protected override void SetOutcome(Task outcome) => timer.TickDone(outcome);

        protected override async Task InvokeGrain(object grain)
        {
            if (!timer.stop.IsCancellationRequested)
                await timer.callback(timer.stop.Token);
        }
    }
}
