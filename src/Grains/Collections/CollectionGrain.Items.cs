using System.Text.Json.Serialization.Metadata;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.Grains.Gifs;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>Items: appends share statements with those that wait beside them; every other edit is a transaction of its own.</summary>
public sealed partial class CollectionGrain
{
    public Task<Result<Made<Versioned<CollectionItem>>>> AddItem(UserId caller, AddItem command, string? ifMatch, IdempotencyTicket? ticket)
    {
        if (ItemRules.CheckForm(command, out var note) is { } error)
            return Task.FromResult<Result<Made<Versioned<CollectionItem>>>>(error);
        var append = new Append(caller, command with { Note = note }, ifMatch, ticket);
        if (command.Before is not null || command.After is not null)
            return Queue(() => AddAt(append));
        Start(append);
        return append.Done;
    }

    public Task<Result<Versioned<CollectionItem>>> UpdateItem(UserId caller, GifId gif, ItemPatch patch, string? ifMatch)
    {
        if (ItemRules.CheckForm(patch, gif, out var note) is { } error)
            return Task.FromResult<Result<Versioned<CollectionItem>>>(error);
        return Queue(async () =>
        {
            if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
                return Refuse(refused);
            if (!items.IsVisible(gif))
                return Error.NotFound;
            if (ItemRules.CheckAnchor(items, patch.Before, patch.After) is { } anchor)
                return anchor;
            if (!ETags.IfMatch(ifMatch, head!.Version))
                return Error.VersionMismatch;
            if (patch == new ItemPatch())
                return await tools.Store.Confirm(id, revision, null, GifShareJson.Default.ResultVersionedCollectionItem, connection => ShowItem(connection, head, gif));
            return await EditItems(null, GifShareJson.Default.ResultVersionedCollectionItem, Plan, async (connection, next, _) =>
            {
                if (patch.Note.IsSet)
                    await CollectionStore.SetNote(connection, id, gif, note);
                return await ShowItem(connection, next, gif);
            });

            void Plan(ItemEdits edits)
            {
                if (patch.Before is not null || patch.After is not null)
                    edits.Move([gif], patch.Before, patch.After);
            }
        });
    }

    public Task<Result> RemoveItem(UserId caller, GifId gif, string? ifMatch) => Queue<Result>(async () =>
    {
        if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
            return Refuse(refused);
        if (!items.IsVisible(gif))
            return Error.NotFound;
        if (!ETags.IfMatch(ifMatch, head!.Version))
            return Error.VersionMismatch;
        await EditItems(
            null, GifShareJson.Default.ResultVersionedCollection, edits => edits.Remove([gif]),
            static (_, _, _) => Task.FromResult<Result<Versioned<Collection>>>(default(Versioned<Collection>)!));
        return Result.Ok;
    });

    public Task<Result<Versioned<CollectionItem>>> RestoreItem(UserId caller, GifId gif, IdempotencyTicket? ticket) => Queue(async () =>
    {
        var type = GifShareJson.Default.ResultVersionedCollectionItem;
        if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
            return Refuse(refused);
        if (items.IsVisible(gif))
            return await tools.Store.Confirm(id, revision, ticket, type, connection => ShowItem(connection, head!, gif));
        if (await tools.Store.LoadRemoved(id, gif, tools.Time.GetUtcNow() - CollectionLimits.Undo) is not { } removed)
            return Error.NotFound;
        if (items.Count >= CollectionLimits.Items)
            return Full;
        return await EditItems(ticket, type, edits => edits.Restore(gif, removed.Position), async (connection, next, _) =>
        {
            if (!await CollectionStore.Restore(connection, id, gif))
                throw new OvertakenException();
            return await ShowItem(connection, next, gif);
        });
    });

    public Task<Result<Versioned<Collection>>> EditItems(UserId caller, ItemsBatch batch, string? ifMatch, IdempotencyTicket? ticket)
    {
        if (ItemRules.CheckForm(batch) is { } error)
            return Task.FromResult<Result<Versioned<Collection>>>(error);
        if (batch.Restore is { Length: > 0 } back)
            return Queue(() => RestoreAll(caller, back, ifMatch, ticket));
        return Queue(async () =>
        {
            if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
                return Refuse(refused);
            var addable = batch.Add is { Length: > 0 } add ? await tools.Store.LoadVisible(add, caller, null) : [];
            if (ItemRules.CheckIds(batch, items, addable.Keys) is { } unknown)
                return unknown;
            if (!ETags.IfMatch(ifMatch, head!.Version))
                return Error.VersionMismatch;
            var removed = batch.Remove ?? [];
            var added = (batch.Add ?? []).Where(gif => removed.Contains(gif) || !items.Has(gif)).ToList();
            if (items.Count - removed.Length + added.Count > CollectionLimits.Items)
                return Full;
            if (removed.Length + added.Count + (batch.Move?.GifIds.Length ?? 0) == 0)
                return await ShowNow(ticket);
            return await EditItems(ticket, GifShareJson.Default.ResultVersionedCollection, Plan, async (connection, next, edits) => await Show(connection, next, edits.Index));

            void Plan(ItemEdits edits)
            {
                edits.Remove(removed);
                edits.Add(added.ConvertAll(gif => (gif, (string?)null)));
                if (batch.Move is { GifIds.Length: > 0 } move)
                    edits.Move(move.GifIds, move.Before, move.After);
            }
        });
    }

    private static Error Full { get; } = new(ErrorCode.CollectionFull, $"A collection holds at most {CollectionLimits.Items} items.");

    private static Error UnknownGif { get; } = Error.Invalid("gifId", "There is no such gif, or you may not see it.");

    /// <summary>One transaction: the planned rows, the head's next version, and the answer. Then memory follows.</summary>
    private async Task<Result<T>> EditItems<T>(
        IdempotencyTicket? ticket, JsonTypeInfo<Result<T>> type, Action<ItemEdits> plan,
        Func<NpgsqlConnection, CollectionHead, ItemEdits, Task<Result<T>>> answer)
    {
        var now = tools.Time.Now();
        var next = head!.Edited(now);
        var edits = new ItemEdits(items.Copy());
        plan(edits);
        var result = await tools.Store.Commit(ticket, type, async connection =>
        {
            if (edits.OutOfKeys)
            {
                await CollectionStore.RewriteKeys(connection, id);
                (var rewritten, _) = await CollectionStore.LoadItems(connection, id);
                next = next with { KeyEpoch = next.KeyEpoch + 1 };
                edits = new(rewritten);
                plan(edits);
            }

            if (edits.Removed.Count > 0)
                await CollectionStore.Remove(connection, id, edits.Removed, now);
            foreach (var gone in await CollectionStore.Add(connection, id, edits.Added, now))
                edits.Index.Hide(gone);
            if (edits.Moved.Count > 0)
                await CollectionStore.Move(connection, id, edits.Moved);
            await CollectionStore.Save(connection, next, edits.Index.Available, revision);
            return await answer(connection, next, edits);
        });
        (head, items) = (next, edits.Index);
        revision++;
        Touch();
        return result;
    }

    /// <summary>An add at a place; also what is left to do when appends have run out of keys.</summary>
    private async Task<Result<Made<Versioned<CollectionItem>>>> AddAt(Append append)
    {
        var command = append.Command;
        if (Access.Edit(head, OwnerDeleted, append.Caller) is { } refused)
            return Refuse(refused);
        var isHere = items.Has(command.GifId);
        var now = tools.Time.Now();
        var cards = isHere ? [] : await tools.Store.LoadVisible([command.GifId], append.Caller, command.Via);
        if (!isHere && !cards.ContainsKey(command.GifId))
            return UnknownGif;
        if (ItemRules.CheckAnchor(items, command.Before, command.After) is { } anchor)
            return anchor;
        if (!ETags.IfMatch(append.IfMatch, head!.Version))
            return Error.VersionMismatch;
        if (isHere)
            return await AlreadyHere(append);
        if (items.Count >= CollectionLimits.Items)
            return Full;
        return await EditItems(
            append.Ticket, MadeItem,
            edits => edits.Add([(command.GifId, command.Note)], command.Before, command.After),
            (_, next, _) => Task.FromResult(MadeOf(next.Version, cards[command.GifId], command.Note, next.UpdatedAt)));
    }

    /// <summary>
    /// All adds at the end that were waiting, in one statement with those of other collections. Each is checked against the committed
    /// state and the earlier ones of the group, and makes a version of its own. Where nothing else needs the gif's card beforehand, the
    /// statement itself finds out whether the gif is the collector's own: one round trip.
    /// </summary>
    private async Task WriteAppends(List<Append> appends)
    {
        var now = tools.Time.Now();
        var cards = await LoadCards(appends.FindAll(append => append.NeedsCard));
        var group = new AppendGroup { Collection = id, OnVersion = head?.Version ?? 0, OnRevision = revision, At = now };
        List<(Append Append, Result<Made<Versioned<CollectionItem>>> Answer)> answers = [];
        List<Append> ifOwn = [], again = [];
        Dictionary<GifId, Result<Made<Versioned<CollectionItem>>>?> mine = [];
        var (last, lookedUp) = (items.Highest, 0);
        // Those that get in for certain come first: so their versions are certain too.
        foreach (var append in appends.OrderBy(append => !append.NeedsCard))
        {
            var gif = append.Command.GifId;
            var before = group.OnVersion + group.Items.Count;
            GifCard? card = null;
            if (Access.Edit(head, OwnerDeleted, append.Caller) is { } refused)
                answers.Add((append, Refuse(refused)));
            else if (mine.TryGetValue(gif, out var twin))
                Twin(append, before, twin);
            else if (items.Has(gif))
                answers.Add((append, ETags.IfMatch(append.IfMatch, before) ? await AlreadyHere(append) : Error.VersionMismatch));
            else if (append.NeedsCard && !cards.TryGetValue((gif, append.Command.Via), out card))
                answers.Add((append, UnknownGif));
            else if (!ETags.IfMatch(append.IfMatch, before))
                answers.Add((append, Error.VersionMismatch));
            else if (items.Count + group.Items.Count >= CollectionLimits.Items)
            {
                // Which error comes first, and whether all of these get in, is known with the cards only.
                if (append.NeedsCard)
                    answers.Add((append, Full));
                else
                    again.Add(append);
            }
            else if (OrderKeys.Between(last, null) is not { } key)
                _ = Requeue(append);
            else
            {
                last = key;
                group.Items.Add(new(gif, key, append.Command.Note, IfOwn: card is null));
                if (card is null)
                {
                    mine.Add(gif, null);
                    ifOwn.Add(append);
                    continue;
                }

                lookedUp++;
                var answer = MadeOf(before + 1, card, append.Command.Note, now);
                Remember(append, answer);
                mine.Add(gif, answer);
                answers.Add((append, answer));
            }
        }

        if (group.Items.Count > 0)
        {
            await tools.Writers.Items.Write(group);
            if (group.Items.Exists(item => !item.IfOwn && !group.Written.ContainsKey(item.Gif)))
                throw new StoreUnavailableException(new OvertakenException());
            foreach (var item in group.Items)
                if (group.Written.TryGetValue(item.Gif, out var written))
                    items.Append(item.Gif, item.Position, written.IsAvailable);
            if (group.Written.Count > 0)
            {
                head = head! with { Version = group.OnVersion + group.Written.Count, UpdatedAt = now };
                revision++;
                Touch();
            }
        }

        // A statement that has written has compared.
        if (group.Written.Count == 0 && answers.Exists(static answer => answer.Answer.Error is not null))
            await Confirm();
        foreach (var (append, answer) in answers)
            append.Set(answer);
        var version = group.OnVersion + lookedUp;
        foreach (var append in ifOwn)
        {
            var gif = append.Command.GifId;
            if (mine[gif] is { } twin)
                append.Set(twin.Value! with { IsNew = false });
            else if (group.Written.TryGetValue(gif, out var written))
                append.Set(mine[gif] = MadeOf(++version, written.Card, append.Command.Note, now));
            else
                again.Add(append);
        }

        foreach (var append in again)
        {
            append.NeedsCard = true;
            Start(append);
        }

        void Twin(Append append, long before, Result<Made<Versioned<CollectionItem>>>? twin)
        {
            if (twin is null)
            {
                ifOwn.Add(append);
                return;
            }

            Result<Made<Versioned<CollectionItem>>> answer = Error.VersionMismatch;
            if (ETags.IfMatch(append.IfMatch, before))
            {
                answer = twin.Value! with { IsNew = false };
                Remember(append, answer);
            }

            answers.Add((append, answer));
        }

        void Remember(Append append, Result<Made<Versioned<CollectionItem>>> answer)
        {
            if (append.Ticket is { } ticket)
                group.Answers.Add((ticket, tools.Idempotency.SealAnswer(ticket, answer, MadeItem)));
        }
    }

    private async Task Requeue(Append append)
    {
        try
        {
            append.Set(await Queue(() => AddAt(append)));
        }
        catch (Exception e)
        {
            append.Fail(e);
        }
    }

    /// <summary>The gifs that these may add. One's own need no more than their cards; others are asked for, together per link that somebody brought.</summary>
    private async Task<Dictionary<(GifId, ViaLink?), GifCard>> LoadCards(List<Append> appends)
    {
        Dictionary<(GifId, ViaLink?), GifCard> cards = [];
        if (head?.Owner is not { } collector)
            return cards;
        var asked = appends.Where(append => append.Caller == collector && !items.Has(append.Command.GifId)).Select(append => (append.Command.GifId, append.Command.Via)).ToHashSet();
        if (asked.Count == 0)
            return cards;
        // With them come those of others who asked at the same time.
        var known = await tools.Writers.Cards.Load([.. asked.Select(pair => pair.GifId)]);
        foreach (var pair in asked)
            if (known.TryGetValue(pair.GifId, out var card) && card.OwnerId == collector)
                cards.Add(pair, card);
        foreach (var byLink in asked.Where(pair => !cards.ContainsKey(pair)).GroupBy(pair => pair.Via))
            foreach (var (gif, card) in await tools.Store.LoadVisible([.. byLink.Select(pair => pair.GifId)], collector, byLink.Key))
                cards[(gif, byLink.Key)] = card;
        return cards;
    }

    private Task<Result<Made<Versioned<CollectionItem>>>> AlreadyHere(Append append) =>
        tools.Store.Confirm(id, revision, append.Ticket, MadeItem, async connection =>
        {
            var shown = await ShowItem(connection, head!, append.Command.GifId);
            return shown.Succeeded(out var item, out var error) ? new Made<Versioned<CollectionItem>>(item, IsNew: false) : UnknownGif;
        });

    private Result<Made<Versioned<CollectionItem>>> MadeOf(long version, GifCard card, string? note, DateTimeOffset now) =>
        new Made<Versioned<CollectionItem>>(Versioned(version, new ItemRow(card, note, now)), IsNew: true);

    private async Task<Result<Versioned<CollectionItem>>> ShowItem(NpgsqlConnection connection, CollectionHead shown, GifId gif) =>
        (await CollectionStore.LoadItemRows(connection, id, [gif])).TryGetValue(gif, out var row) ? Versioned(shown.Version, row) : Error.NotFound;

    private Versioned<CollectionItem> Versioned(long version, ItemRow row) =>
        new(row.Show(tools.Pages.Signer, id, tools.Time.GetUtcNow()), $"\"{version}.0\"");

    private sealed class Append(UserId caller, AddItem command, string? ifMatch, IdempotencyTicket? ticket) : Edit
    {
        /// <summary>
        /// Before it is written, somebody has to know the gif and that it gets in: an answer that is stored with it, a condition, or a gif of others.
        /// </summary>
        public bool NeedsCard { get; set; } = ticket is not null || ifMatch is not null || command.Via is not null;

        private readonly TaskCompletionSource<Result<Made<Versioned<CollectionItem>>>> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public UserId Caller => caller;
        public AddItem Command => command;
        public string? IfMatch => ifMatch;
        public IdempotencyTicket? Ticket => ticket;
        public Task<Result<Made<Versioned<CollectionItem>>>> Done => done.Task;
        public override Task Run() => throw new NotSupportedException();
        public void Set(Result<Made<Versioned<CollectionItem>>> answer) => done.TrySetResult(answer);
        public override void Fail(Exception e) => done.TrySetException(e);
    }
}
