namespace GifShare.Grains.Rows;

/// <summary>
/// A grain whose truth is rows in PostgreSQL and whose memory is a view of them. It keeps one discipline for all such grains: check against
/// memory, write the rows, then change memory.
/// </summary>
/// <remarks>
/// The failure: a collection commits "add item 7" and the connection is cut before PostgreSQL answers. Memory says six items, the rows say
/// seven. An edit that is checked against six would give the next item the same place, and a reader who was told "it is there" (by the row of
/// their idempotency key) would not see it.
/// <para>
/// The solution: a write that throws makes memory <em>uncertain</em>. The next edit loads the rows before it checks anything; if that fails it is
/// refused with <c>unavailable</c>. A read waits for the same load, but only for a moment (<see cref="ReadPatience"/>), and then shows the
/// last committed state: while PostgreSQL does not answer, nobody can have been told anything newer. A timer loads the rows even when nobody asks.
/// </para>
/// <para>
/// A write carries the revision that memory stands at. When the rows have another one, somebody else has written them
/// (<see cref="OvertakenException"/>: another activation, see docs/decisions/0022-zombies.md): nothing was changed, and memory is uncertain as well.
/// </para>
/// <para>
/// Edits are ordinary methods, so Orleans runs one at a time; <see cref="Edit"/> holds the others back for methods that interleave (adds that share a
/// statement, checking a password before an edit). A call of the grain to itself, to get a turn, would do the same and cost a quarter of an add
/// (docs/status.md). Reads are <c>[AlwaysInterleave]</c> and see committed state only, because memory changes in one step after the commit.
/// No derived grain catches an unknown outcome itself.
/// </para>
/// </remarks>
public abstract class RowGrain(TimeProvider time) : Grain
{
    /// <summary>How long a read waits for a reload after a write whose outcome is unknown, and how long the reads after it do not wait again.</summary>
    private static readonly TimeSpan ReadPatience = TimeSpan.FromMilliseconds(250), ReadPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan ReloadEvery = TimeSpan.FromSeconds(1);

    private bool isUncertain, isReloading;
    private Task editing = Task.CompletedTask;
    private Task loading = Task.CompletedTask;
    private DateTimeOffset readsWaitFrom;

    /// <summary>Memory may differ from the rows. Edits load them first; hot reads ask this before they pay for <see cref="FreshForReading"/>.</summary>
    protected bool IsUncertain => isUncertain;

    protected TimeProvider Time => time;

    /// <summary>Replaces memory by the rows, in one step after they have arrived.</summary>
    /// <exception cref="StoreUnavailableException">They cannot be read; memory stays as it was.</exception>
    protected abstract Task Load();

    /// <summary>Compares the revision of memory with the rows' one. A grain that refuses edits from memory overrides it.</summary>
    /// <exception cref="StoreUnavailableException">They differ, or the rows cannot be read.</exception>
    protected virtual Task Confirm() => Task.CompletedTask;

    public override Task OnActivateAsync(CancellationToken cancellationToken) => FaultFilter.Activating(Load);

    /// <summary>
    /// An edit: fresh memory, then the checks and the write of <paramref name="edit"/>. A refusal counts only when memory is confirmed, so that
    /// no edit is refused because of what another activation has changed since.
    /// </summary>
    /// <param name="edit">Checks, writes rows, then changes memory. Its answer may be a refusal (<see cref="IOutcome"/>).</param>
    /// <param name="isRepeatable">It asks only that rows follow other rows, so an overtaken one runs once more on what was loaded.</param>
    protected async Task<T> Edit<T>(Func<Task<T>> edit, bool isRepeatable = false)
    {
        var (before, mine) = (editing, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        editing = mine.Task;
        await before;
        try
        {
            await Fresh();
            return await Write(Confirmed);
        }
        catch (StoreUnavailableException e) when (e.IsOvertaken && isRepeatable)
        {
            await Fresh();
            return await Write(Confirmed);
        }
        finally
        {
            mine.SetResult();
        }

        async Task<T> Confirmed()
        {
            var result = await edit();
            if (result is IOutcome { Error: not null })
                await Confirm();
            return result;
        }
    }

    /// <summary>As above, for an edit that has nothing to answer.</summary>
    protected Task Edit(Func<Task> edit, bool isRepeatable = false) => Edit(
        async () =>
        {
            await edit();
            return true;
        },
        isRepeatable);

    /// <summary>Memory equals the rows when it returns. Call it before the checks of an edit.</summary>
    /// <exception cref="StoreUnavailableException">It is uncertain, and the rows cannot be read.</exception>
    protected Task Fresh() => isUncertain ? LoadOnce() : Task.CompletedTask;

    /// <summary>As <see cref="Fresh"/> for a read: waits a moment, then leaves the last committed state.</summary>
    protected ValueTask FreshForReading() => isUncertain && time.GetUtcNow() >= readsWaitFrom ? new(TryFresh()) : default;

    /// <summary>Runs a write; when it throws, memory is uncertain from then on.</summary>
    protected async Task<T> Write<T>(Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (Exception e)
        {
            MarkUncertain();
            // Here the outcome is known, and the rows can be read.
            if (e is StoreUnavailableException { IsOvertaken: true })
                await FreshForReading();
            throw;
        }
    }

    /// <summary>The rows may have changed without this grain.</summary>
    protected void MarkUncertain()
    {
        isUncertain = true;
        readsWaitFrom = default;
        if (!isReloading)
            StartReloading();
    }

    /// <summary>Loads once a second until memory is certain; Orleans ends its timer with the activation.</summary>
    private void StartReloading()
    {
        isReloading = true;
        IGrainTimer? timer = null;
#pragma warning disable IDISP001 // It is disposed by its own callback.
        timer = this.RegisterGrainTimer(
            async () =>
            {
                await TryFresh();
                if (isUncertain)
                    return;
                isReloading = false;
                timer!.Dispose();
            },
            new() { DueTime = ReloadEvery, Period = ReloadEvery, Interleave = true });
#pragma warning restore IDISP001
    }

    private async Task TryFresh()
    {
        try
        {
            await Fresh().WaitAsync(ReadPatience, time);
        }
        catch (Exception e) when (e is StoreUnavailableException or TimeoutException)
        {
            readsWaitFrom = time.GetUtcNow() + ReadPause;
        }
    }

    /// <summary>Edits and reads that come while the rows are being read share that.</summary>
    private Task LoadOnce() => loading.IsCompleted ? loading = LoadNow() : loading;

    private async Task LoadNow()
    {
        await Load();
        isUncertain = false;
    }
}
