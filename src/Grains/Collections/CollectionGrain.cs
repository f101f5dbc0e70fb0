using System.Text.Json.Serialization.Metadata;
using GifShare.Collections;
using Orleans.Concurrency;

namespace GifShare.Grains.Collections;

/// <summary>
/// The shell of a collection (contract: <see cref="ICollectionGrain"/>). Edits wait in a queue, one write in flight: its rows are committed,
/// then memory changes, then its caller is answered. Reads interleave and see committed state only. This file: life and fields;
/// the others: queue, items, reading, links, copies.
/// </summary>
[GrainType("collection"), Reentrant]
public sealed partial class CollectionGrain(CollectionTools tools) : Grain, ICollectionGrain
{
    private CollectionId id;
    private CollectionHead? head;
    private OwnerRow? owner;
    private ItemIndex items = ItemIndex.Empty;
    private readonly Counters counters = new();
    private Dictionary<string, Link> links = [];
    private CardEpoch epoch = null!;
    private ViewCell ownViews = null!;
    private long revision;

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
            (head, this.owner, headEpoch, revision) = (created, its, epoch.Value, 0);
            headStamp++;
            return result;
        });
    }

    public async Task<Result> CanEdit(UserId caller)
    {
        if (mustReload)
            await Settle();
        return Access.Edit(head, OwnerDeleted, caller) is { } refused ? new((await QueueRefusal<bool>(caller, refused)).Error) : Result.Ok;
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

    public Task GifsChanged(System.Collections.Immutable.ImmutableArray<GifId> gifs) => Queue(() => Follow(gifs), isRepeatable: true);

    public Task OwnerChanged() => Queue(
        async () =>
        {
            if (head is null)
                return true;
            owner = await tools.Store.LoadOwner(head.Owner);
            headStamp++;
            return await Follow(null);
        },
        isRepeatable: true);

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
            await CollectionStore.Save(connection, head, synced.Available, revision);
        });
        items = synced!;
        revision++;
        Touch();
        return true;
    }

    private async Task<Result<Versioned<Collection>>> SaveHead(CollectionHead next, IdempotencyTicket? ticket)
    {
        var result = await tools.Store.Commit(ticket, GifShareJson.Default.ResultVersionedCollection, async connection =>
        {
            await CollectionStore.Save(connection, next, items.Available, revision);
            return await Show(connection, next, items);
        });
        head = next;
        revision++;
        headStamp++;
        return result;
    }

    /// <summary>The answer of an edit that changes nothing.</summary>
    private Task<Result<Versioned<Collection>>> ShowNow(IdempotencyTicket? ticket) => tools.Store.Confirm(
        id, revision, ticket, GifShareJson.Default.ResultVersionedCollection, connection => Show(connection, head!, items));

    private Error Refuse(Error error)
    {
        // Whoever asks for what does not exist shall not fill the memory with it.
        if (head is null && waiting.Count == 0)
            DeactivateOnIdle();
        return error;
    }

    private static JsonTypeInfo<Result<Made<Versioned<CollectionItem>>>> MadeItem => GifShareJson.Default.ResultMadeVersionedCollectionItem;
}
