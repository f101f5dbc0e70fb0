using System.Collections.Immutable;
using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>Edits of a collection's own row: create, update, delete, restore, and sync with changed gifs and owners.</summary>
public sealed class CollectionEditor(CollectionStore store, PageMaker pages, ItemEditor items, TimeProvider time)
{
    /// <param name="memory">Memory of an id without a collection.</param>
    /// <param name="owner">The creator.</param>
    /// <param name="command">The validated request.</param>
    /// <param name="name">Validated and normalized, as are <paramref name="description"/> and <paramref name="visibility"/>.</param>
    public async Task<Result<Versioned<Collection>>> Create(
        CollectionMemory memory, UserId owner, NewCollection command, string name, string? description, Visibility visibility, IdempotencyTicket? ticket)
    {
        var now = time.Now();
        var created = new CollectionHead(memory.Id, owner, name, description, visibility, null, 1, now, now, null, 0, command.AllowCopies);
        var card = await store.LoadOwner(owner);
        var result = await store.Commit(ticket, GifShareJson.Default.ResultVersionedCollection, async connection =>
        {
            await CollectionStore.Insert(connection, created, 0);
            return pages.Show(memory, created, card, null, 0);
        });
        memory.Created(created, card, ItemIndex.Empty, 0);
        return result;
    }

    public async Task<Result<Versioned<Collection>>> Update(CollectionMemory memory, UserId caller, CollectionPatch patch, string? ifMatch)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        if (patch.CoverGifId is { IsSet: true, Value: { } gif } && !memory.Items.IsVisible(gif))
            return Error.Invalid("coverGifId", "This gif is not in the collection.");
        if (!ETags.IfMatch(ifMatch, memory.Head!.Version))
            return Error.VersionMismatch;
        if (patch == new CollectionPatch())
            return await items.AnswerUnchanged(memory, null);
        var next = memory.Head.Edited(time.Now());
        CollectionRules.Apply(patch, ref next);
        return await Save(memory, next, null);
    }

    public async Task<Result> Delete(CollectionMemory memory, UserId caller, string? ifMatch)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        if (!ETags.IfMatch(ifMatch, memory.Head!.Version))
            return Error.VersionMismatch;
        var now = time.Now();
        return new((await Save(memory, memory.Head.Edited(now) with { DeletedAt = now }, null)).Error);
    }

    /// <summary>Undoes a copy or move into a collection that was created for it: deletes the collection if it shows nothing else, else removes these items.</summary>
    public async Task<Result<ImmutableArray<GifId>>> RemoveOrDelete(CollectionMemory memory, UserId caller, ImmutableArray<GifId> gifs)
    {
        ImmutableArray<GifId> present = [.. gifs.Where(memory.Items.IsVisible)];
        if (present.Length < memory.Items.Available)
            return await items.RemovePresent(memory, caller, gifs);
        return (await Delete(memory, caller, null)).Error is { } refused ? refused : present;
    }

    public async Task<Result<Versioned<Collection>>> Restore(CollectionMemory memory, UserId caller, IdempotencyTicket? ticket)
    {
        if (memory.Head?.DeletedAt is not { } deletedAt)
            return memory.RefuseEdit(caller) is { } refused ? refused : await items.AnswerUnchanged(memory, ticket);
        if (memory.IsOwnerDeleted || memory.Head.Owner != caller || deletedAt <= time.GetUtcNow() - CollectionLimits.Undo)
            return Error.NotFound;
        return await Save(memory, memory.Head.Edited(time.Now()) with { DeletedAt = null }, ticket);
    }

    /// <summary>Updates the items' availability and the item count from the gifs' rows. Not an edit: the version stays.</summary>
    /// <param name="memory">Without a collection, nothing is done.</param>
    /// <param name="gifs">Null: every item.</param>
    public async Task SyncAvailability(CollectionMemory memory, IReadOnlyCollection<GifId>? gifs)
    {
        if (memory.Head is not { } head)
            return;
        ItemIndex? synced = null;
        await store.Commit(async connection =>
        {
            await ItemRows.SyncAvailable(connection, memory.Id, gifs);
            (synced, _) = await ItemRows.LoadItems(connection, memory.Id);
            await CollectionStore.Save(connection, head, synced.Available, memory.Revision);
        });
        memory.Edited(head, synced);
    }

    /// <summary>Reloads the owner's card after the owner's account was deleted, restored or edited, and syncs the items.</summary>
    public async Task FollowOwner(CollectionMemory memory)
    {
        if (memory.Head is null)
            return;
        var asOf = memory.Cards.Value;
        memory.Owner = await store.LoadOwner(memory.Head.Owner);
        memory.Pages.OwnerAsOf = asOf;
        await SyncAvailability(memory, null);
    }

    private async Task<Result<Versioned<Collection>>> Save(CollectionMemory memory, CollectionHead next, IdempotencyTicket? ticket)
    {
        var result = await store.Commit(ticket, GifShareJson.Default.ResultVersionedCollection, async connection =>
        {
            await CollectionStore.Save(connection, next, memory.Items.Available, memory.Revision);
            return await pages.Show(connection, memory, next, memory.Items);
        });
        memory.Edited(next);
        return result;
    }
}
