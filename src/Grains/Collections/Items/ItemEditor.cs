using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.Grains.Gifs;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>
/// Edits of a collection's items: check against memory, write items, the next version and the stored answer in one transaction, then update
/// memory. The grain runs one edit at a time. Adds at the end are in <see cref="AppendEditor"/>.
/// </summary>
public sealed class ItemEditor(CollectionStore store, PageRows pageRows, PageMaker pages, TimeProvider time)
{
    public static Error Full { get; } = new(ErrorCode.CollectionFull, $"A collection holds at most {CollectionLimits.Items} items.");

    public static Error UnknownGif { get; } = Error.Invalid("gifId", "There is no such gif, or you may not see it.");

    public static JsonTypeInfo<Result<CreatedOrExisting<Versioned<CollectionItem>>>> CreatedItem => GifShareJson.Default.ResultCreatedOrExistingVersionedCollectionItem;

    /// <inheritdoc cref="PageRows.LoadVisible"/>
    public Task<Dictionary<GifId, GifCard>> LoadVisible(IReadOnlyCollection<GifId> gifs, UserId caller, ViaLink? via) => pageRows.LoadVisible(gifs, caller, via);

    /// <summary>Adds one item before or after another item, or at the end.</summary>
    public async Task<Result<CreatedOrExisting<Versioned<CollectionItem>>>> Add(CollectionMemory memory, UserId caller, AddItem command, string? ifMatch, IdempotencyTicket? ticket)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        var isHere = memory.Items.Has(command.GifId);
        var cards = isHere ? [] : await pageRows.LoadVisible([command.GifId], caller, command.Via);
        if (!isHere && !cards.ContainsKey(command.GifId))
            return UnknownGif;
        if (ItemRules.CheckAnchor(memory.Items, command.Before, command.After) is { } anchor)
            return anchor;
        if (!ETags.IfMatch(ifMatch, memory.Head!.Version))
            return Error.VersionMismatch;
        if (isHere)
            return await AnswerExisting(memory, command.GifId, ticket);
        if (memory.Items.Count >= CollectionLimits.Items)
            return Full;
        return await Write(
            memory, ticket, CreatedItem,
            edits => edits.Add([(command.GifId, command.Note)], command.Before, command.After),
            (_, next, _) => Task.FromResult<Result<CreatedOrExisting<Versioned<CollectionItem>>>>(Created(memory, next.Version, cards[command.GifId], command.Note, next.UpdatedAt)));
    }

    /// <summary>The answer to an add of an item that is present already.</summary>
    public Task<Result<CreatedOrExisting<Versioned<CollectionItem>>>> AnswerExisting(CollectionMemory memory, GifId gif, IdempotencyTicket? ticket) =>
        store.Confirm(memory.Id, memory.Revision, ticket, CreatedItem, async connection =>
        {
            var shown = await Show(connection, memory.Id, memory.Head!, gif);
            return shown.Succeeded(out var item, out _) ? new CreatedOrExisting<Versioned<CollectionItem>>(item, IsNew: false) : UnknownGif;
        });

    public CreatedOrExisting<Versioned<CollectionItem>> Created(CollectionMemory memory, long version, Gifs.GifCard card, string? note, DateTimeOffset now) =>
        new(pages.Show(memory.Id, version, new ItemRow(card, note, now, card.OwnerId == memory.Head!.Owner, IsShown: true)), IsNew: true);

    public async Task<Result<Versioned<CollectionItem>>> Update(CollectionMemory memory, UserId caller, GifId gif, ItemPatch patch, string? note, string? ifMatch)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        if (!memory.Items.IsVisible(gif))
            return Error.NotFound;
        if (ItemRules.CheckAnchor(memory.Items, patch.Before, patch.After) is { } anchor)
            return anchor;
        if (!ETags.IfMatch(ifMatch, memory.Head!.Version))
            return Error.VersionMismatch;
        if (patch == new ItemPatch())
            return await store.Confirm(memory.Id, memory.Revision, null, GifShareJson.Default.ResultVersionedCollectionItem, connection => Show(connection, memory.Id, memory.Head, gif));
        return await Write(memory, null, GifShareJson.Default.ResultVersionedCollectionItem, Plan, async (connection, next, _) =>
        {
            if (patch.Note.IsSet)
                await ItemRows.SetNote(connection, memory.Id, gif, note);
            return await Show(connection, memory.Id, next, gif);
        });

        void Plan(ItemEdits edits)
        {
            if (patch.Before is not null || patch.After is not null)
                edits.Move([gif], patch.Before, patch.After);
        }
    }

    public async Task<Result> Remove(CollectionMemory memory, UserId caller, GifId gif, string? ifMatch)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        if (!memory.Items.IsVisible(gif))
            return Error.NotFound;
        if (!ETags.IfMatch(ifMatch, memory.Head!.Version))
            return Error.VersionMismatch;
        await Write(memory, edits => edits.Remove([gif]));
        return Result.Ok;
    }

    /// <summary>Removes the present ones of these items, and returns them.</summary>
    /// <param name="memory">The collection.</param>
    /// <param name="caller">The user who removes; must be the owner.</param>
    /// <param name="gifs">The items to remove.</param>
    /// <param name="movedTo">Removes only items that this collection holds too: of two opposite moves of an item, the second keeps it.</param>
    public async Task<Result<ImmutableArray<GifId>>> RemovePresent(CollectionMemory memory, UserId caller, ImmutableArray<GifId> gifs, CollectionId? movedTo = null)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        ImmutableArray<GifId> leaving = [.. gifs.Where(memory.Items.IsVisible)];
        if (leaving.Length == 0)
            await store.Confirm(memory.Id, memory.Revision);
        else
            await Write(memory, edits => edits.Remove(leaving), movedTo is null ? null : KeepUnlessThere);
        return leaving;

        async Task<Error?> KeepUnlessThere(NpgsqlConnection connection)
        {
            var there = await MoveQueries.LockPresent(connection, memory.Id, movedTo!.Value, leaving);
            leaving = [.. leaving.Where(there.Contains)];
            return null;
        }
    }

    public async Task<Result<Versioned<CollectionItem>>> Restore(CollectionMemory memory, UserId caller, GifId gif, IdempotencyTicket? ticket)
    {
        var type = GifShareJson.Default.ResultVersionedCollectionItem;
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        if (memory.Items.IsVisible(gif))
            return await store.Confirm(memory.Id, memory.Revision, ticket, type, connection => Show(connection, memory.Id, memory.Head!, gif));
        if (await pageRows.LoadRemoved(memory.Id, gif, time.GetUtcNow() - CollectionLimits.Undo) is not { } removed)
            return Error.NotFound;
        if (memory.Items.Count >= CollectionLimits.Items)
            return Full;
        return await Write(memory, ticket, type, edits => edits.Restore(gif, removed.Position), async (connection, next, _) =>
        {
            OvertakenException.Unless(await ItemRows.Restore(connection, memory.Id, gif));
            return await Show(connection, memory.Id, next, gif);
        });
    }

    /// <summary>Moves an item to a 1-based place; a place beyond the last means the last.</summary>
    public async Task<Result> Place(CollectionMemory memory, UserId caller, GifId gif, int place, string? ifMatch)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        if (!memory.Items.IsVisible(gif))
            return Error.NotFound;
        if (!ETags.IfMatch(ifMatch, memory.Head!.Version))
            return Error.VersionMismatch;
        var others = memory.Items.Visible().Where(item => item != gif).ToList();
        if (others.Count == 0 || memory.Items.Neighbours(gif).Place == place)
        {
            await store.Confirm(memory.Id, memory.Revision);
            return Result.Ok;
        }

        var before = place <= others.Count ? others[Math.Max(place, 1) - 1] : default(GifId?);
        await Write(memory, edits => edits.Move([gif], before, before is null ? others[^1] : null));
        return Result.Ok;
    }

    public async Task<Result<Versioned<Collection>>> EditMany(CollectionMemory memory, UserId caller, ItemsBatch batch, string? ifMatch, IdempotencyTicket? ticket)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        var addable = batch.Add is { Length: > 0 } add ? await pageRows.LoadVisible(add, caller, null) : [];
        if (ItemRules.CheckIds(batch, memory.Items, addable.Keys) is { } unknown)
            return unknown;
        if (!ETags.IfMatch(ifMatch, memory.Head!.Version))
            return Error.VersionMismatch;
        var removed = batch.Remove ?? [];
        var added = (batch.Add ?? []).Where(gif => removed.Contains(gif) || !memory.Items.Has(gif)).ToList();
        if (memory.Items.Count - removed.Length + added.Count > CollectionLimits.Items)
            return Full;
        if (removed.Length + added.Count + (batch.Move?.GifIds.Length ?? 0) == 0)
            return await AnswerUnchanged(memory, ticket);
        return await Write(memory, ticket, GifShareJson.Default.ResultVersionedCollection, Plan, (connection, next, edits) => pages.Show(connection, memory, next, edits.Index));

        void Plan(ItemEdits edits)
        {
            edits.Remove(removed);
            edits.Add(added.ConvertAll(gif => (gif, (string?)null)));
            if (batch.Move is { GifIds.Length: > 0 } move)
                edits.Move(move.GifIds, move.Before, move.After);
        }
    }

    public async Task<Result<Versioned<Collection>>> RestoreMany(CollectionMemory memory, UserId caller, ImmutableArray<GifId> gifs, string? ifMatch, IdempotencyTicket? ticket)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        GifId[] gone = [.. gifs.Where(gif => !memory.Items.IsVisible(gif))];
        var places = await pageRows.LoadRemoved(memory.Id, gone, time.GetUtcNow() - CollectionLimits.Undo);
        if (gone.FirstOrDefault(gif => !places.ContainsKey(gif)) is var lost && lost != default)
            return Error.Invalid("restore", $"{lost} cannot be restored.");
        if (!ETags.IfMatch(ifMatch, memory.Head!.Version))
            return Error.VersionMismatch;
        if (gone.Length == 0)
            return await AnswerUnchanged(memory, ticket);
        if (memory.Items.Count + gone.Length > CollectionLimits.Items)
            return Full;
        return await Write(memory, ticket, GifShareJson.Default.ResultVersionedCollection, Plan, async (connection, next, edits) =>
        {
            OvertakenException.Unless(await ItemRows.Restore(connection, memory.Id, gone));
            return await pages.Show(connection, memory, next, edits.Index);
        });

        void Plan(ItemEdits edits)
        {
            foreach (var gif in gone)
                edits.Restore(gif, places[gif]);
        }
    }

    /// <summary>The answer of an edit that changes nothing.</summary>
    public Task<Result<Versioned<Collection>>> AnswerUnchanged(CollectionMemory memory, IdempotencyTicket? ticket) => store.Confirm(
        memory.Id, memory.Revision, ticket, GifShareJson.Default.ResultVersionedCollection, connection => pages.Show(connection, memory, memory.Head!, memory.Items));

    private Task<Result<Versioned<Collection>>> Write(CollectionMemory memory, Action<ItemEdits> plan, Func<NpgsqlConnection, Task<Error?>>? prepare = null) =>
        Write<Versioned<Collection>>(
            memory, null, GifShareJson.Default.ResultVersionedCollection, plan,
            static (_, _, _) => Task.FromResult<Result<Versioned<Collection>>>(default(Versioned<Collection>)!), prepare);

    /// <summary>Writes the planned rows, the next head and the stored answer in one transaction, then updates memory.</summary>
    /// <param name="memory">Updated after the commit.</param>
    /// <param name="ticket">Of an idempotent request, or null.</param>
    /// <param name="type">Serializes the stored answer.</param>
    /// <param name="plan">Plans the changes of items; called again after a rewrite of the order keys.</param>
    /// <param name="answer">Renders the answer; called after the rows are written.</param>
    /// <param name="prepare">Runs in the transaction before <paramref name="plan"/>; an error rolls back and is the answer.</param>
    public async Task<Result<T>> Write<T>(
        CollectionMemory memory, IdempotencyTicket? ticket, JsonTypeInfo<Result<T>> type, Action<ItemEdits> plan,
        Func<NpgsqlConnection, CollectionHead, ItemEdits, Task<Result<T>>> answer,
        Func<NpgsqlConnection, Task<Error?>>? prepare = null)
    {
        var now = time.Now();
        var next = memory.Head!.Edited(now);
        var edits = new ItemEdits(memory.Items.Copy());
        if (prepare is null)
            plan(edits);
        var result = await store.Commit(ticket, type, async connection =>
        {
            if (prepare is not null)
            {
                if (await prepare(connection) is { } refusal)
                    return refusal;
                plan(edits);
            }

            if (edits.OutOfKeys)
            {
                await ItemRows.RewriteKeys(connection, memory.Id);
                (var rewritten, _) = await ItemRows.LoadItems(connection, memory.Id);
                next = next with { KeyEpoch = next.KeyEpoch + 1 };
                edits = new(rewritten);
                plan(edits);
            }

            if (edits.Removed.Count > 0)
                await ItemRows.Remove(connection, memory.Id, edits.Removed, now);
            foreach (var gone in await ItemRows.Add(connection, memory.Id, edits.Added, now))
                edits.Index.Hide(gone);
            if (edits.Moved.Count > 0)
                await ItemRows.Move(connection, memory.Id, edits.Moved);
            await CollectionStore.Save(connection, next, edits.Index.Available, memory.Revision);
            return await answer(connection, next, edits);
        });
        if (result.Error is null)
            memory.Edited(next, edits.Index);
        return result;
    }

    private async Task<Result<Versioned<CollectionItem>>> Show(NpgsqlConnection connection, CollectionId id, CollectionHead head, GifId gif) =>
        (await pageRows.LoadItemRows(connection, id, [gif])).TryGetValue(gif, out var row) ? pages.Show(id, head.Version, row) : Error.NotFound;
}
