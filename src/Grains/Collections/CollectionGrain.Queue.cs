namespace GifShare.Grains.Collections;

/// <summary>Loading, and the queue of edits: one write in flight, on the revision that the memory stands at.</summary>
public sealed partial class CollectionGrain
{
    /// <summary>Appends in one statement; more would make its other collections wait.</summary>
    private const int MaxGroup = 200;

    /// <summary>Edits that may wait; with more, PostgreSQL is too slow for its callers and 503 is the honest answer.</summary>
    private const int MaxWaiting = 10_000;

    /// <summary>A reader waits so long for rows that somebody may have been told about.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250), Pause = TimeSpan.FromMilliseconds(100);

    private readonly Queue<Edit> waiting = [];
    private bool writing;
    private bool mustReload;
    private IGrainTimer? reloading;
    private Task? settling;
    private DateTimeOffset settlesFrom;

    private async Task Load()
    {
        var asOf = epoch.Value;
        if (await tools.Store.Load(id) is not { } loaded)
        {
            Forget();
            return;
        }

        var known = links;
        links = loaded.Links.ToDictionary(link => link.TokenHash);
        foreach (var link in links.Values)
            if (known.TryGetValue(link.TokenHash, out var old))
            {
                // Views that gather are not in the rows yet.
                (link.Cell, link.Guard, link.Views) = (old.Cell, old.Guard, Math.Max(old.Views, link.Views));
                link.LastViewedAt = old.LastViewedAt > link.LastViewedAt ? old.LastViewedAt : link.LastViewedAt;
            }

        (head, owner, items, revision) = (loaded.Head, loaded.Owner, loaded.Items, loaded.Revision);
        (counters.Views, counters.Likes) = (Math.Max(counters.Views, loaded.Views), loaded.Likes);
        (cover, headEpoch) = (CoverAmong(loaded.First), asOf);
        Touch();
        firstItems = new(new(loaded.First, itemStamp, asOf));
        mustReload = false;
        if (!loaded.Drifted)
            return;
        await Follow(null);
        CollectionsLog.Repaired(tools.Log, id);
    }

    /// <summary>There are no rows: none was made yet, or they were purged.</summary>
    private void Forget()
    {
        (head, items, links, revision, mustReload) = (null, ItemIndex.Empty, [], 0, false);
        Touch();
    }

    /// <param name="isRepeatable">It asks for nothing but that memory and rows follow other rows, so one that was overtaken is run once more.</param>
    private Task<T> Queue<T>(Func<Task<T>> run, bool isRepeatable = false)
    {
        var edit = new Edit<T>(() => Confirmed(run)) { IsRepeatable = isRepeatable };
        Start(edit);
        return edit.Done;
    }

    /// <summary>
    /// Refuses an edit that was looked at before its turn came. In its turn, so that an edit under way does not pass for another activation's.
    /// </summary>
    private Task<Result<T>> QueueRefusal<T>(UserId caller, Error error) =>
        IsStranger(caller) ? Task.FromResult<Result<T>>(Refuse(error)) : Queue(() => Task.FromResult<Result<T>>(Refuse(error)));

    /// <summary>A collection never changes its owner: a stranger is refused by any memory, and does not wait among the owner's edits.</summary>
    private bool IsStranger(UserId caller) => head is { Owner: var its } && its != caller;

    /// <summary>No edit is refused because of what this memory does not know yet: another activation may have written since.</summary>
    private async Task<T> Confirmed<T>(Func<Task<T>> run)
    {
        var result = await run();
        if (result is IOutcome { Error: not null })
            await Confirm();
        return result;
    }

    private Task Confirm() => tools.Store.Confirm(id, head is null ? null : revision);

    private void Start(Edit edit)
    {
        if (waiting.Count == MaxWaiting)
        {
            edit.Fail(new StoreUnavailableException(new TimeoutException("Too many edits of this collection are waiting.")));
            return;
        }

        waiting.Enqueue(edit);
        if (writing)
            return;
        writing = true;
        _ = Write();
    }

    private async Task Write()
    {
        while (waiting.TryDequeue(out var first))
        {
            List<Edit> group = [first];
            if (first is Append)
                while (group.Count < MaxGroup && waiting.TryPeek(out var next) && next is Append)
                    group.Add(waiting.Dequeue());
            try
            {
                await Run(first, group);
            }
            catch (Exception e)
            {
                // Whether the rows have changed is unknown: they are read again before anybody changes them further.
                mustReload = true;
                if (e is not StoreUnavailableException)
                    CollectionsLog.EditFailed(tools.Log, e, id);
                foreach (var edit in group)
                    edit.Fail(e);
                reloading ??= this.RegisterGrainTimer(Reload, new() { DueTime = TimeSpan.FromSeconds(1), Period = TimeSpan.FromSeconds(1), Interleave = true });
            }
        }

        writing = false;
    }

    private async Task Run(Edit first, List<Edit> group)
    {
        if (mustReload)
            await Load();
        try
        {
            if (first is Append)
                await WriteAppends(group.ConvertAll(edit => (Append)edit));
            else
                await first.Run();
        }
        catch (StoreUnavailableException e) when (e.IsOvertaken && first.IsRepeatable)
        {
            await Load();
            await first.Run();
        }
    }

    /// <summary>Readers too shall see soon what became of a write whose outcome was unknown, also those who wait for no answer of this grain.</summary>
    private async Task Reload()
    {
        if (mustReload)
        {
            try
            {
                await Queue(() => Task.FromResult(true));
            }
            catch (StoreUnavailableException)
            {
                return;
            }
        }

        reloading?.Dispose();
        reloading = null;
    }

    /// <summary>
    /// Before a read: a write whose outcome is unknown here may have been acknowledged since, from the row of its idempotency key. Whoever
    /// was told so sees it. Only while PostgreSQL does not answer is the state as it was shown: then nobody was told.
    /// </summary>
    private ValueTask Settled() => mustReload && tools.Time.GetUtcNow() >= settlesFrom ? new(Settle()) : default;

    private async Task Settle()
    {
        try
        {
            settling = settling is { IsCompleted: false } under ? under : Queue(() => Task.FromResult(true));
            await settling.WaitAsync(Patience, tools.Time);
        }
        catch (Exception e) when (e is StoreUnavailableException or TimeoutException)
        {
            // As it was shown, then; and not every reader has to find out anew.
            settlesFrom = tools.Time.GetUtcNow() + Pause;
        }
    }

    private abstract class Edit
    {
        public bool IsRepeatable { get; init; }
        public abstract Task Run();
        public abstract void Fail(Exception e);
    }

    private sealed class Edit<T>(Func<Task<T>> run) : Edit
    {
        private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public Task<T> Done => done.Task;
        public override async Task Run() => done.SetResult(await run());
        public override void Fail(Exception e) => done.TrySetException(e);
    }
}
