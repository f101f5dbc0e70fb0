namespace GifShare.Silo;

/// <summary>
/// Holds calls back after the process was suspended (a frozen machine, heavy swapping). Such a silo may have been declared dead in the meantime, and
/// its grains activated elsewhere. Its writes would fail, since PostgreSQL compares revisions, but its reads and refusals would come from stale
/// memory. The filter therefore reads the membership table first; until that succeeds no product call runs, and on a dead silo none ever does.
/// </summary>
internal sealed partial class StandstillFilter : IIncomingGrainCallFilter, IDisposable
{
    /// <summary>Timer ticks within <c>limit</c>.</summary>
    private const int Beats = 4;

    private readonly long limit;
    private readonly Timer timer;
    private readonly Lazy<IClusterMembershipService> members;
    private readonly ILocalSiloDetails self;
    private readonly ILogger<StandstillFilter> log;
    private readonly Lock gate = new();
    private long lastBeat = Environment.TickCount64;
    private Task? asking;

    /// <param name="services">Resolves the membership service lazily, because it is created after the filters.</param>
    /// <param name="limit">Longer suspensions are detected. Must be shorter than the time in which others can declare this silo dead (three probes).</param>
    public StandstillFilter(IServiceProvider services, ILocalSiloDetails self, ILogger<StandstillFilter> log, TimeSpan limit)
    {
        (this.self, this.log, this.limit) = (self, log, (long)limit.TotalMilliseconds);
        members = new(services.GetRequiredService<IClusterMembershipService>);
        timer = new(static filter => ((StandstillFilter)filter!).Beat(), this, limit / Beats, limit / Beats);
    }

    private bool StoodStill => Environment.TickCount64 - Volatile.Read(ref lastBeat) > limit;

    /// <exception cref="SiloUnavailableException">This silo was declared dead, or the membership table cannot be read: the caller must use another silo.</exception>
    public Task Invoke(IIncomingGrainCallContext context) =>
        StoodStill && Grains.Rows.FaultFilter.IsProduct(context.InterfaceMethod) ? InvokeWhenAlive(context) : context.Invoke();

    public void Dispose() => timer.Dispose();

    private async Task InvokeWhenAlive(IIncomingGrainCallContext context)
    {
        await Ask();
        await context.Invoke();
    }

    private void Beat()
    {
        var now = Environment.TickCount64;
        if (StoodStill)
            _ = Ask().ContinueWith(static asked => asked.Exception, TaskScheduler.Default);
        else
            Volatile.Write(ref lastBeat, now);
    }

    private Task Ask()
    {
        lock (gate)
            // Not on the scheduler of the first calling grain, since calls of all grains await this task.
            return asking is { IsCompleted: false } running ? running : asking = Task.Run(AskMembers);
    }

    private async Task AskMembers()
    {
        LogStoodStill(Environment.TickCount64 - Volatile.Read(ref lastBeat));
        try
        {
            // The first read may join a read that began before the suspension and returns stale rows; the second does not.
            for (var reading = 0; reading < 2; reading++)
                await members.Value.Refresh().AsTask().WaitAsync(TimeSpan.FromMilliseconds(limit));
        }
        catch (Exception e)
        {
            throw new SiloUnavailableException("This silo stood still, and the table of members does not answer.", e);
        }

        if (members.Value.CurrentSnapshot.GetSiloStatus(self.SiloAddress) == SiloStatus.Dead)
            throw new SiloUnavailableException("This silo stood still and was declared dead.");
        // The rows may be as old as the limit; others need two more limits to declare this silo dead.
        Volatile.Write(ref lastBeat, Environment.TickCount64);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "This process was suspended for {Milliseconds} ms; no call runs until the membership table says whether this silo was declared dead")]
    private partial void LogStoodStill(long milliseconds);
}
