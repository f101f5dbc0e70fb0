namespace GifShare.Grains.Rows;

/// <summary>
/// Base of grains whose source of truth is rows in PostgreSQL and whose memory is a cache of them. An edit checks against memory, writes the
/// rows, then updates memory.
/// </summary>
/// <remarks>
/// The failure: a collection commits "add item 7" and the connection is cut before PostgreSQL answers. Memory has six items, the rows have
/// seven. An edit that is checked against six items would give the next item the same position, and a reader whose add was acknowledged (by
/// a retry with its idempotency key) would not see the item.
/// <para>
/// The solution: a write that throws makes memory <em>uncertain</em>. The next edit reloads the rows before it checks anything; if the reload fails,
/// the edit fails with <c>unavailable</c>. A read waits for the same reload, but only briefly (<see cref="ReadPatience"/>), and then serves the
/// last known state: while PostgreSQL does not answer, no newer state can have been acknowledged. A timer reloads even without calls.
/// </para>
/// <para>
/// Every write compares the revision of memory with that of the rows. If they differ, another activation has written the rows
/// (<see cref="OvertakenException"/>, docs/decisions/0022-zombies.md): nothing is changed, and memory becomes uncertain too.
/// </para>
/// <para>
/// Edits are ordinary methods, so Orleans runs one at a time; <see cref="Edit"/> also serializes edits of interleaving methods (adds that share a
/// statement, a password check before an edit). A call of the grain to itself would serialize them too, but cost a quarter of an add
/// (docs/status.md). Reads are <c>[AlwaysInterleave]</c> and see committed state only, because memory changes in one step after the commit.
/// Derived grains do not catch unknown outcomes themselves.
/// </para>
/// </remarks>
public abstract class RowGrain(TimeProvider time) : Grain
{
    /// <summary>How long a read waits for a reload after a write with an unknown outcome, and how long later reads skip that wait.</summary>
    private static readonly TimeSpan ReadPatience = TimeSpan.FromMilliseconds(250), ReadPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan ReloadEvery = TimeSpan.FromSeconds(1);

    private bool isUncertain, isReloading;
    private Task editing = Task.CompletedTask;
    private Task loading = Task.CompletedTask;
    private DateTimeOffset readsWaitFrom;

    /// <summary>Memory may differ from the rows. Edits reload first; hot reads check this before paying for <see cref="FreshForReading"/>.</summary>
    protected bool IsUncertain => isUncertain;

    protected TimeProvider Time => time;

    /// <summary>Replaces memory by the rows, in one step after all are read.</summary>
    /// <exception cref="StoreUnavailableException">The rows cannot be read; memory is unchanged.</exception>
    protected abstract Task Load();

    /// <summary>Checks that memory is at the revision of the rows. Grains that refuse edits from memory override it.</summary>
    /// <exception cref="StoreUnavailableException">The revisions differ, or the rows cannot be read.</exception>
    protected virtual Task Confirm() => Task.CompletedTask;

    public override Task OnActivateAsync(CancellationToken cancellationToken) => FaultFilter.Activating(Load);

    /// <summary>
    /// Runs an edit, serialized: reloads memory if it is uncertain, then runs <paramref name="edit"/>. A refusal is returned only after
    /// <see cref="Confirm"/>, so that no edit is refused because of an outdated state.
    /// </summary>
    /// <param name="edit">Checks, writes rows, then updates memory. Its result may be a refusal (<see cref="IOutcome"/>).</param>
    /// <param name="isRepeatable">The edit is idempotent: after a revision conflict it runs once more on reloaded memory.</param>
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

    /// <summary>An edit without a result.</summary>
    protected Task Edit(Func<Task> edit, bool isRepeatable = false) => Edit(
        async () =>
        {
            await edit();
            return true;
        },
        isRepeatable);

    /// <summary>Ensures that memory equals the rows. Called before the checks of an edit.</summary>
    /// <exception cref="StoreUnavailableException">Memory is uncertain, and the rows cannot be read.</exception>
    protected Task Fresh() => isUncertain ? LoadOnce() : Task.CompletedTask;

    /// <summary><see cref="Fresh"/> for reads: waits briefly, then keeps the last known state.</summary>
    protected ValueTask FreshForReading() => isUncertain && time.GetUtcNow() >= readsWaitFrom ? new(TryFresh()) : default;

    /// <summary>Runs a write; if it throws, memory becomes uncertain.</summary>
    protected async Task<T> Write<T>(Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (Exception e)
        {
            MarkUncertain();
            // After a conflict the outcome is known and PostgreSQL answers, so reload at once.
            if (e is StoreUnavailableException { IsOvertaken: true })
                await FreshForReading();
            throw;
        }
    }

    /// <summary>Marks memory as possibly different from the rows, and starts reloading.</summary>
    protected void MarkUncertain()
    {
        isUncertain = true;
        readsWaitFrom = default;
        if (!isReloading)
            StartReloading();
    }

    /// <summary>Reloads once a second until memory is certain; Orleans disposes the timer with the activation.</summary>
    private void StartReloading()
    {
        isReloading = true;
        IGrainTimer? timer = null;
#pragma warning disable IDISP001 // Disposed by its callback.
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

    /// <summary>Concurrent callers share one load.</summary>
    private Task LoadOnce() => loading.IsCompleted ? loading = LoadNow() : loading;

    private async Task LoadNow()
    {
        await Load();
        isUncertain = false;
    }
}
