namespace GifShare.Silo;

/// <summary>
/// A process that stood still (a frozen machine, long swapping) may have been declared dead meanwhile, and its grains live elsewhere. Its
/// writes would change nothing, for PostgreSQL compares revisions; but what it shows, and what it refuses, would come from memory that nobody
/// else goes by. So it first asks the table of members. Until that has answered no call of the product runs; when it says "dead", none ever does.
/// </summary>
internal sealed partial class StandstillFilter : IIncomingGrainCallFilter, IDisposable
{
    /// <summary>Beats within the time after which it counts as a standstill.</summary>
    private const int Beats = 4;

    private readonly long limit;
    private readonly Timer timer;
    private readonly Lazy<IClusterMembershipService> members;
    private readonly ILocalSiloDetails self;
    private readonly ILogger<StandstillFilter> log;
    private readonly Lock gate = new();
    private long lastBeat = Environment.TickCount64;
    private Task? asking;

    /// <param name="services">The membership service is looked up late: it is made after the filters.</param>
    /// <param name="limit">Below the time in which the others can declare it dead, which is three probes.</param>
    public StandstillFilter(IServiceProvider services, ILocalSiloDetails self, ILogger<StandstillFilter> log, TimeSpan limit)
    {
        (this.self, this.log, this.limit) = (self, log, (long)limit.TotalMilliseconds);
        members = new(services.GetRequiredService<IClusterMembershipService>);
        timer = new(static filter => ((StandstillFilter)filter!).Beat(), this, limit / Beats, limit / Beats);
    }

    private bool StoodStill => Environment.TickCount64 - Volatile.Read(ref lastBeat) > limit;

    /// <exception cref="SiloUnavailableException">This silo was declared dead, or nobody can tell: another one is to be asked.</exception>
    public Task Invoke(IIncomingGrainCallContext context) =>
        StoodStill && Grains.Operations.CallFigures.IsProduct(context.InterfaceMethod) ? InvokeWhenAlive(context) : context.Invoke();

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
            // Not on the turn of the grain that happens to ask first: all others wait for it as well.
            return asking is { IsCompleted: false } under ? under : asking = Task.Run(AskMembers);
    }

    private async Task AskMembers()
    {
        LogStoodStill(Environment.TickCount64 - Volatile.Read(ref lastBeat));
        try
        {
            // A reading that was under way when everything stood still is joined by the first, and tells what was true then.
            for (var reading = 0; reading < 2; reading++)
                await members.Value.Refresh().AsTask().WaitAsync(TimeSpan.FromMilliseconds(limit));
        }
        catch (Exception e)
        {
            throw new SiloUnavailableException("This silo stood still, and the table of members does not answer.", e);
        }

        if (members.Value.CurrentSnapshot.GetSiloStatus(self.SiloAddress) == SiloStatus.Dead)
            throw new SiloUnavailableException("This silo stood still and was declared dead.");
        // What was read may be as old as the limit; until the others declare it dead, two more have to pass.
        Volatile.Write(ref lastBeat, Environment.TickCount64);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "This process stood still for {Milliseconds} ms; whether the others still count on it is asked first")]
    private partial void LogStoodStill(long milliseconds);
}
