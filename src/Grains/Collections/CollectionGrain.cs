using System.Text.Json.Serialization.Metadata;
using GifShare.Collections;
using Orleans.Concurrency;

namespace GifShare.Grains.Collections;

/// <summary>
/// The shell of a collection (contract: <see cref="ICollectionGrain"/>). Edits wait in a queue, one write in flight: its rows are committed,
/// then memory changes, then its caller is answered. Reads interleave and see committed state only. This file: life, queue and fields;
/// the others: items, reading, links, copies.
/// </summary>
[GrainType("collection"), Reentrant]
public sealed partial class CollectionGrain(CollectionTools tools) : Grain, ICollectionGrain
{
    /// <summary>Appends in one statement; more would make its other collections wait.</summary>
    private const int MaxGroup = 200;

    /// <summary>Edits that may wait; with more, PostgreSQL is too slow for its callers and 503 is the honest answer.</summary>
    private const int MaxWaiting = 10_000;

    /// <summary>A reader waits so long for rows that somebody may have been told about.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250), Pause = TimeSpan.FromMilliseconds(100);

    private readonly Queue<Edit> waiting = [];
    private CollectionId id;
    private CollectionHead? head;
    private OwnerRow? owner;
    private ItemIndex items = ItemIndex.Empty;
    private readonly Counters counters = new();
    private Dictionary<string, Link> links = [];
    private CardEpoch epoch = null!;
    private ViewCell ownViews = null!;
    private bool writing;
    private bool mustReload;
    private IGrainTimer? reloading;
    private Task? settling;
    private DateTimeOffset settlesFrom;

    private bool OwnerDeleted => owner is { IsDeleted: true };

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        id = new(this.GetPrimaryKey());
        ownViews = new(id, default);
        return FaultFilter.Activating(async () =>
        {
            epoch = tools.Pages.Cards.Join(id);
            await Load();
        });
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (epoch is not null)
            tools.Pages.Cards.Leave(id, epoch);
        try
        {
            // The next activation reads the counts from their rows.
            await Task.WhenAll(links.Values.Select(link => link.Cell).Append(counters.Views > 0 ? ownViews : null).OfType<ViewCell>().Select(tools.Writers.Views.Flush));
        }
        catch (StoreUnavailableException)
        {
            // They stay with the writer, which goes on trying.
        }
    }

    public Task<Result<Versioned<Collection>>> Create(UserId owner, NewCollection command, IdempotencyTicket? ticket)
    {
        if (CollectionRules.Check(command, out var name, out var description, out var visibility) is { } error)
            return Task.FromResult<Result<Versioned<Collection>>>(error);
        return Queue(async () =>
        {
            if (head is not null)
                return Error.Conflict("There is a collection with this id.");
            var now = tools.Time.Now();
            var created = new CollectionHead(id, owner, name, description, visibility, null, 1, now, now, null, 0);
            var its = await tools.Store.LoadOwner(owner);
            var result = await tools.Store.Commit(ticket, GifShareJson.Default.ResultVersionedCollection, async connection =>
            {
                await CollectionStore.Insert(connection, created, 0);
                return Show(created, its, null, 0);
            });
            (head, this.owner, headEpoch) = (created, its, epoch.Value);
            headStamp++;
            return result;
        });
    }

    public async Task<Result> CanEdit(UserId caller)
    {
        if (mustReload)
            await Settle();
        return Access.Edit(head, OwnerDeleted, caller) is { } refused ? new Result(Refuse(refused)) : Result.Ok;
    }

    public Task<Result<Versioned<Collection>>> Update(UserId caller, CollectionPatch patch, string? ifMatch)
    {
        if (CollectionRules.Check(patch) is { } error)
            return Task.FromResult<Result<Versioned<Collection>>>(error);
        return Queue(async () =>
        {
            if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
                return Refuse(refused);
            if (patch.CoverGifId is { IsSet: true, Value: { } gif } && !items.IsVisible(gif))
                return Error.Invalid("coverGifId", "This gif is not in the collection.");
            if (!ETags.IfMatch(ifMatch, head!.Version))
                return Error.VersionMismatch;
            if (patch == new CollectionPatch())
                return await ShowNow(null);
            var next = head.Edited(tools.Time.Now());
            CollectionRules.Apply(patch, ref next);
            return await SaveHead(next, null);
        });
    }

    public async Task<Result> Delete(UserId caller, string? ifMatch)
    {
        var result = await Queue(async () =>
        {
            if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
                return Refuse(refused);
            if (!ETags.IfMatch(ifMatch, head!.Version))
                return Error.VersionMismatch;
            var now = tools.Time.Now();
            return await SaveHead(head.Edited(now) with { DeletedAt = now }, null);
        });
        return new Result(result.Error);
    }

    public Task<Result<Versioned<Collection>>> Restore(UserId caller, IdempotencyTicket? ticket) => Queue(async () =>
    {
        if (head?.DeletedAt is not { } deletedAt)
        {
            if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
                return Refuse(refused);
            return await ShowNow(ticket);
        }

        if (OwnerDeleted || head.Owner != caller || deletedAt <= tools.Time.GetUtcNow() - CollectionLimits.Undo)
            return Error.NotFound;
        return await SaveHead(head.Edited(tools.Time.Now()) with { DeletedAt = null }, ticket);
    });

    public Task GifsChanged(System.Collections.Immutable.ImmutableArray<GifId> gifs) => Queue(() => Follow(gifs));

    public Task OwnerChanged() => Queue(async () =>
    {
        if (head is null)
            return true;
        owner = await tools.Store.LoadOwner(head.Owner);
        headStamp++;
        return await Follow(null);
    });

    /// <summary>Items and count follow the gifs' rows. No edit of the collection: its version stays.</summary>
    private async Task<bool> Follow(IReadOnlyCollection<GifId>? gifs)
    {
        if (head is null)
            return true;
        ItemIndex? synced = null;
        await tools.Store.Commit(async connection =>
        {
            await CollectionStore.SyncAvailable(connection, id, gifs);
            (synced, _) = await CollectionStore.LoadItems(connection, id);
            await CollectionStore.Save(connection, head, synced.Available, head.Version);
        });
        items = synced!;
        Touch(0);
        return true;
    }

    private async Task<Result<Versioned<Collection>>> SaveHead(CollectionHead next, IdempotencyTicket? ticket)
    {
        var result = await tools.Store.Commit(ticket, GifShareJson.Default.ResultVersionedCollection, async connection =>
        {
            await CollectionStore.Save(connection, next, items.Available, head!.Version);
            return await Show(connection, next, items);
        });
        head = next;
        headStamp++;
        return result;
    }

    /// <summary>The answer of an edit that changes nothing.</summary>
    private Task<Result<Versioned<Collection>>> ShowNow(IdempotencyTicket? ticket) => tools.Store.Commit(
        ticket, GifShareJson.Default.ResultVersionedCollection, connection => Show(connection, head!, items));

    private Error Refuse(Error error)
    {
        // Whoever asks for what does not exist shall not fill the memory with it.
        if (head is null && waiting.Count == 0)
            DeactivateOnIdle();
        return error;
    }

    private async Task Load()
    {
        var asOf = epoch.Value;
        var loaded = await tools.Store.Load(id);
        if (loaded is null)
            return;
        var known = links;
        links = loaded.Links.ToDictionary(link => link.TokenHash);
        foreach (var link in links.Values)
            if (known.TryGetValue(link.TokenHash, out var old))
            {
                // Views that gather are not in the rows yet.
                (link.Cell, link.Guard, link.Views) = (old.Cell, old.Guard, Math.Max(old.Views, link.Views));
                link.LastViewedAt = old.LastViewedAt > link.LastViewedAt ? old.LastViewedAt : link.LastViewedAt;
            }

        (head, owner, items) = (loaded.Head, loaded.Owner, loaded.Items);
        (counters.Views, counters.Likes) = (Math.Max(counters.Views, loaded.Views), loaded.Likes);
        (cover, headEpoch) = (CoverAmong(loaded.First), asOf);
        Touch(0);
        firstItems = new(new(loaded.First, itemStamp, asOf));
        mustReload = false;
        if (!loaded.Drifted)
            return;
        await Follow(null);
        CollectionsLog.Repaired(tools.Log, id);
    }

    private Task<T> Queue<T>(Func<Task<T>> run)
    {
        var edit = new Edit<T>(run);
        Start(edit);
        return edit.Done;
    }

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
                if (mustReload)
                    await Load();
                if (first is Append)
                    await WriteAppends(group.ConvertAll(edit => (Append)edit));
                else
                    await first.Run();
            }
            catch (Exception e)
            {
                // Whether the rows have changed is unknown: they are read again before anybody changes them further.
                mustReload = true;
                reloading ??= this.RegisterGrainTimer(Reload, new() { DueTime = TimeSpan.FromSeconds(1), Period = TimeSpan.FromSeconds(1), Interleave = true });
                if (e is not StoreUnavailableException)
                    CollectionsLog.EditFailed(tools.Log, e, id);
                foreach (var edit in group)
                    edit.Fail(e is OvertakenException ? new StoreUnavailableException(e) : e);
            }
        }

        writing = false;
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

    private static JsonTypeInfo<Result<Made<Versioned<CollectionItem>>>> MadeItem => GifShareJson.Default.ResultMadeVersionedCollectionItem;
}
