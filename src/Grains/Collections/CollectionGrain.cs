using System.Collections.Immutable;
using GifShare.Accounts;
using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>
/// Grain of one collection (contract: <see cref="ICollectionGrain"/>): decides which calls are edits and which reads, charges the account's quota,
/// and batches concurrent adds. The rules are in the classes beside it, which work on this activation's <see cref="CollectionMemory"/>.
/// </summary>
[GrainType("collection")]
public sealed class CollectionGrain(CollectionLoader loader, CollectionEdits edits, CollectionReads reads, LikeWriter likes, TimeProvider time) : RowGrain(time), ICollectionGrain
{
    /// <summary>Adds in one statement; a larger statement would delay other collections' writes.</summary>
    private const int MaxAppends = 200;

    /// <summary>Bound of the add queue; a longer one means PostgreSQL cannot keep up, and adds fail with 503.</summary>
    private const int MaxWaiting = 10_000;

    private readonly Queue<Append> appends = [];
    private readonly ItemAllowance allowance = new();
    private CollectionMemory memory = null!;
    private bool isWritingAppends;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        memory = loader.Join(new(this.GetPrimaryKey()));
        return base.OnActivateAsync(cancellationToken);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => memory is null ? Task.CompletedTask : loader.Leave(memory);

    protected override Task Load() => loader.Load(memory);

    protected override Task Confirm() => loader.Confirm(memory);

    public async Task<Result<Versioned<Collection>>> Create(UserId owner, NewCollection command, IdempotencyTicket? ticket)
    {
        if (CollectionRules.Check(command, out var name, out var description, out var visibility) is { } error)
            return error;
        return await Edit<Result<Versioned<Collection>>>(async () =>
            memory.Head is not null ? Error.Conflict("There is a collection with this id.")
            : await Take(owner, new(Collections: 1)) is { } full ? full
            : await edits.Fields.Create(memory, owner, command, name, description, visibility, ticket));
    }

    public async Task<Result> CanEdit(UserId caller) =>
        memory.IsStranger(caller) ? new(memory.RefuseEdit(caller)) : Deactivating(await Edit(() => Task.FromResult(new Result(memory.RefuseEdit(caller)))));

    public async Task<Result<Versioned<Collection>>> Update(UserId caller, CollectionPatch patch, string? ifMatch) =>
        CollectionRules.Check(patch) is { } error ? error : Deactivating(await Edit(() => edits.Fields.Update(memory, caller, patch, ifMatch)));

    public async Task<Result> Delete(UserId caller, string? ifMatch) => Deactivating(await Edit(() => edits.Fields.Delete(memory, caller, ifMatch)));

    public async Task<Result<Versioned<Collection>>> Restore(UserId caller, IdempotencyTicket? ticket) =>
        Deactivating(await Edit(() => edits.Fields.Restore(memory, caller, ticket)));

    public async Task<Result<CreatedOrExisting<Versioned<CollectionItem>>>> AddItem(UserId caller, AddItem command, string? ifMatch, IdempotencyTicket? ticket)
    {
        if (ItemRules.CheckForm(command, out var note) is { } error)
            return error;
        if (memory.IsStranger(caller))
            return memory.RefuseEdit(caller)!;
        if (!allowance.TryTake(Time.GetUtcNow()))
        {
            if (await Take(caller, new(Items: ItemAllowance.Ahead)) is null)
                allowance.Refill(Time.GetUtcNow());
            else if (await Take(caller, new(Items: 1)) is { } full)
                return full;
        }

        if (appends.Count == MaxWaiting)
            throw new StoreUnavailableException(new TimeoutException("Too many adds to this collection are waiting."));
        var append = new Append(caller, command with { Note = note }, ifMatch, ticket);
        appends.Enqueue(append);
        if (!isWritingAppends)
            _ = WriteAppends();
        return Deactivating(await append.Done);
    }

    /// <summary>Writes queued adds in groups: those that arrived during another edit share one statement.</summary>
    private async Task WriteAppends()
    {
        isWritingAppends = true;
        while (appends.Count > 0)
        {
            List<Append> group = [];
            try
            {
                var answer = await Edit(async () =>
                {
                    group = TakeAppends();
                    if (group is [{ HasAnchor: true } one])
                        return await edits.Items.Add(memory, one.Caller, one.Command, one.IfMatch, one.Ticket);
                    await (group[0].IsPlain ? edits.Appends.WritePlain(memory, group, Time.Now()) : edits.Appends.Write(memory, group, Time.Now()));
                    return default!;
                });
                if (group[0].HasAnchor)
                    group[0].Answer(answer);
            }
            catch (Exception e)
            {
                foreach (var append in group.Count > 0 ? group : TakeAppends())
                    append.Fail(e);
            }
        }

        isWritingAppends = false;
    }

    /// <summary>Dequeues the longest prefix of the queue that one statement can write.</summary>
    private List<Append> TakeAppends()
    {
        List<Append> group = [appends.Dequeue()];
        while (!group[0].HasAnchor && group.Count < MaxAppends && appends.TryPeek(out var next) && !next.HasAnchor && next.IsPlain == group[0].IsPlain)
            group.Add(appends.Dequeue());
        return group;
    }

    public async Task<Result<Versioned<CollectionItem>>> UpdateItem(UserId caller, GifId gif, ItemPatch patch, string? ifMatch) =>
        ItemRules.CheckForm(patch, gif, out var note) is { } error ? error : Deactivating(await Edit(() => edits.Items.Update(memory, caller, gif, patch, note, ifMatch)));

    public async Task<Result> RemoveItem(UserId caller, GifId gif, string? ifMatch) => Deactivating(await Edit(() => edits.Items.Remove(memory, caller, gif, ifMatch)));

    public async Task<Result<Versioned<CollectionItem>>> RestoreItem(UserId caller, GifId gif, IdempotencyTicket? ticket) =>
        Deactivating(await Edit(() => edits.Items.Restore(memory, caller, gif, ticket)));

    public async Task<Result> PlaceItem(UserId caller, GifId gif, int place, string? ifMatch) =>
        Deactivating(await Edit(() => edits.Items.Place(memory, caller, gif, place, ifMatch)));

    public async Task<Result<Versioned<Collection>>> EditItems(UserId caller, ItemsBatch batch, string? ifMatch, IdempotencyTicket? ticket)
    {
        if (ItemRules.CheckForm(batch) is { } error)
            return error;
        if (batch.Restore is { Length: > 0 } back)
            return Deactivating(await Edit(() => edits.Items.RestoreMany(memory, caller, back, ifMatch, ticket)));
        if (batch.Add is { Length: > 0 } more && !memory.IsStranger(caller) && await Take(caller, new(Items: more.Length), isBatch: true) is { } full)
            return full;
        return Deactivating(await Edit(() => edits.Items.EditMany(memory, caller, batch, ifMatch, ticket)));
    }

    public async Task<Result<ImmutableArray<GifId>>> RemoveItems(UserId caller, ImmutableArray<GifId> gifs, bool deleteIfEmptied) => ItemRules.CheckForm(new ItemsBatch(Remove: gifs)) is { } error ? error
        : Deactivating(await Edit(() => deleteIfEmptied ? edits.Fields.RemoveOrDelete(memory, caller, gifs) : edits.Items.RemovePresent(memory, caller, gifs)));

    /// <summary>Interleaves and holds no edit while it awaits the target, so two opposite moves cannot deadlock.</summary>
    public async Task<Result<Moved>> MoveTo(UserId caller, ImmutableArray<GifId> gifs, CollectionId target, string? newName)
    {
        if ((ItemRules.CheckMove(gifs, memory.Id, target) ?? (await CanEdit(caller)).Error) is { } error)
            return error;
        if (!(await GrainFactory.Collection(target).CopyFrom(caller, new(memory.Id, Only: gifs), newName, isNew: newName is not null, null)).Succeeded(out var there, out var refused))
            return refused;
        return (await Edit(() => edits.Items.RemovePresent(memory, caller, there.Taken, target))).Succeeded(out var gone, out var stuck) ? new Moved(gone, there.Arrived) : stuck;
    }

    public async Task<Result<ShareLink>> CreateLink(UserId caller, NewLink command, IdempotencyTicket? ticket) =>
        CollectionRules.Check(command, Time.GetUtcNow(), out var label) is { } error ? error
        : Deactivating(await Edit(() => edits.Links.Create(memory, caller, command, label, ticket, () => Take(caller, new(Links: 1)))));

    public async Task<Result<ShareLink>> UpdateLink(UserId caller, LinkId link, LinkPatch patch, string? ifMatch) =>
        CollectionRules.Check(patch, Time.GetUtcNow(), out var label) is { } error ? error
        : Deactivating(await Edit(() => edits.Links.Update(memory, caller, link, patch, label, ifMatch)));

    public async Task<Result> DeleteLink(UserId caller, LinkId link) => Deactivating(await Edit(() => edits.Links.Revoke(memory, caller, link)));

    public async Task<Result<Copied>> CopyFrom(UserId caller, CopyOrder order, string? name, bool isNew, IdempotencyTicket? ticket)
    {
        if (!(await GrainFactory.Collection(order.Source).GetCopySource(caller, order.Via, order.Only)).Succeeded(out var source, out var hidden))
            return hidden;
        if (CollectionRules.Check(new NewCollection(name ?? source.Name), out var checkedName, out _, out _) is { } error)
            return error;
        if (!isNew && memory.IsStranger(caller) && CollectionCopier.RefuseInto(memory, caller) is { } notMine)
            return notMine;
        var plan = new CopyPlan(caller, source);
        if (!plan.IsAllowed)
            return Error.CopiesOff;
        if (await Take(caller, new(isNew ? 1 : 0, plan.Items.Count, plan.ToCopy.Length), isBatch: true) is { } full)
            return full;
        var result = await Edit(() => isNew ? edits.Copies.CopyIntoNew(memory, plan, checkedName, ticket) : edits.Copies.CopyInto(memory, plan, ticket));
        // After the edit: a restored gif notifies every collection that holds it, possibly this one.
        await plan.Restored.ForEachBatch(gif => GrainFactory.Gif(gif).FinishTelling());
        return Deactivating(result);
    }

    public Task GifsChanged(ImmutableArray<GifId> gifs) => Edit(() => edits.Fields.SyncAvailability(memory, gifs), isRepeatable: true);

    public Task OwnerChanged() => Edit(() => edits.Fields.FollowOwner(memory), isRepeatable: true);

    public Task<Result<FinishedPage>> Read(UserId? caller, string? ifNoneMatch, bool counts) =>
        IsSettled ? reads.Pages.Read(memory, caller, ifNoneMatch, counts) : Reading(() => reads.Pages.Read(memory, caller, ifNoneMatch, counts));

    public Task<Result<Collection>> Get(UserId? caller, bool counts) => Reading(() => reads.Pages.Get(memory, caller, counts));

    public Task<Result<SharedPage>> ReadShared(LinkVisit visit) =>
        IsSettled ? reads.Pages.ReadShared(memory, visit) : Reading(() => reads.Pages.ReadShared(memory, visit));

    public Task<Result<Collection>> GetShared(LinkVisit visit) => Reading(() => reads.Pages.GetShared(memory, visit));

    public Task<Result<FinishedPage>> ReadItems(UserId? caller, ItemSort sort, string? cursor, int limit, string? ifNoneMatch) =>
        Reading(() => reads.Pages.ReadItems(memory, caller, sort, cursor, limit, ifNoneMatch));

    public Task<Result<FinishedPage>> ReadSharedItems(LinkVisit visit, string? cursor, int limit) => Reading(() => reads.Pages.ReadSharedItems(memory, visit, cursor, limit));

    public Task<Result<LinkCard>> GetLinkCard(string tokenHash) => Reading(() => reads.Queries.GetLinkCard(memory, tokenHash));

    public Task<Result<PlacedItem>> GetItem(UserId? caller, GifId gif) => Reading(() => reads.Queries.GetItem(memory, caller, gif));

    public Task<Result<PageOf<ShareLink>>> ListLinks(UserId caller, string? cursor, int limit) => Reading(() => Task.FromResult(reads.Links.List(memory, caller, cursor, limit)));

    public Task<Result<ShareLink>> GetLink(UserId caller, LinkId link) => Reading(() => Task.FromResult(reads.Links.Get(memory, caller, link)));

    public Task<Result<CopySource>> GetCopySource(UserId caller, LinkVisit? via, ImmutableArray<GifId>? only) =>
        Reading(() => reads.Queries.GetCopySource(memory, caller, via, only));

    public Task<Result<CollectionSnapshot>> SnapshotOf(UserId? caller, ImmutableArray<GifId> gifs) => Reading(() => reads.Queries.SnapshotOf(memory, caller, gifs));

    public Task<Result<DownloadPage>> ReadDownload(UserId? caller, LinkVisit? via, ImmutableArray<GifId>? only, string? after, int limit) =>
        Reading(() => reads.Queries.ReadDownload(memory, caller, via, only, after, limit));

    public async Task<Result<LinkUnlocked>> Unlock(string tokenHash, string password, string? address)
    {
        await FreshForReading();
        var outcome = await reads.Unlocker.Unlock(memory, tokenHash, password, address);
        if (outcome.NewHash is { } hash)
            // Best effort: if it fails, the next unlock with the right password rehashes.
            _ = Edit(() => edits.Links.Rehash(memory, outcome.Link, outcome.OldHash!, hash)).ContinueWith(static done => done.Exception, TaskScheduler.Current);
        return Deactivating(outcome.Answer);
    }

    public Task<Result<LikeState>> SetLike(UserId caller, LinkVisit? via, bool liked) => Reading<LikeState>(async () =>
        reads.Queries.RefuseRead(memory, caller, via) is { } refused ? refused : await likes.Write(memory, caller, liked));

    /// <summary>Memory is certain and the collection exists: a cached read needs no reload and no deactivation check.</summary>
    private bool IsSettled => !IsUncertain && memory.Head is not null;

    private async Task<Result<T>> Reading<T>(Func<Task<Result<T>>> read)
    {
        await FreshForReading();
        return Deactivating(await read());
    }

    /// <summary>Deactivates an activation without a collection, so that requests for unknown ids do not fill the silo's memory.</summary>
    private T Deactivating<T>(T result)
    {
        if (memory.Head is null && appends.Count == 0)
            DeactivateOnIdle();
        return result;
    }

    private async Task<Error?> Take(UserId account, RowCounts rows, bool isBatch = false) => (await GrainFactory.User(account).TakeRows(rows, isBatch)).Error;
}
