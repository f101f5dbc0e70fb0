using System.Collections.Immutable;
using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>Some items of many: where they stand, what they are, and their way back.</summary>
public sealed partial class CollectionGrain
{
    public async Task<Result<PlacedItem>> GetItem(UserId? caller, GifId gif)
    {
        await Settled();
        if (Access.Read(head, OwnerDeleted, caller) is { } refused)
            return Refuse(refused);
        var (shown, index) = (head!, items);
        if (!index.IsVisible(gif))
            return Error.NotFound;
        var (place, previous, next) = Neighbours(index, gif);
        var its = await LoadHeadCards(shown, index);
        var rows = await tools.Store.LoadItemRows(id, [gif]);
        if (Access.Read(head, OwnerDeleted, caller) is { } late)
            return late;
        if (!rows.TryGetValue(gif, out var row))
            return Error.NotFound;
        var now = tools.Time.GetUtcNow();
        var collection = PageWriter.Show(shown, owner!, its, index.Available, counters, tools.Pages.Signer, now);
        return new PlacedItem(collection, row.Show(tools.Pages.Signer, id, now), place, previous, next, shown.CoverIn(index) == gif,
            shown.CoverGif is { } chosen && index.IsVisible(chosen) ? chosen : null);
    }

    public Task<Result> PlaceItem(UserId caller, GifId gif, int place) => Queue<Result>(async () =>
    {
        if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
            return Refuse(refused);
        if (!items.IsVisible(gif))
            return Error.NotFound;
        var others = items.Items.ToArray().Where(item => item.Available && item.Gif != gif.Value).Select(item => new GifId(item.Gif)).ToList();
        if (others.Count == 0 || Neighbours(items, gif).Place == place)
        {
            await Confirm();
            return Result.Ok;
        }

        var before = place <= others.Count ? others[Math.Max(place, 1) - 1] : default(GifId?);
        await EditItems(
            null, GifShareJson.Default.ResultVersionedCollection, edits => edits.Move([gif], before, before is null ? others[^1] : null),
            static (_, _, _) => Task.FromResult<Result<Versioned<Collection>>>(default(Versioned<Collection>)!));
        return Result.Ok;
    });

    public async Task<Result<CollectionSnapshot>> SnapshotOf(UserId? caller, ImmutableArray<GifId> gifs)
    {
        await Settled();
        if (Access.Read(head, OwnerDeleted, caller) is { } refused)
            return Refuse(refused);
        var (shown, index) = (head!, items);
        var wanted = gifs.ToHashSet();
        GifId[] here = [.. index.Items.ToArray().Where(item => item.Available).Select(item => new GifId(item.Gif)).Where(wanted.Contains)];
        var its = await LoadHeadCards(shown, index);
        var known = await tools.Store.LoadItemRows(id, here);
        if (Access.Read(head, OwnerDeleted, caller) is { } late)
            return late;
        var now = tools.Time.GetUtcNow();
        ItemRow[] rows = [.. here.Where(known.ContainsKey).Select(gif => known[gif])];
        return new CollectionSnapshot(
            PageWriter.Show(shown, owner!, its, index.Available, counters, tools.Pages.Signer, now),
            [.. rows.Select(row => row.Show(tools.Pages.Signer, id, now))],
            [.. rows.Select(row => row.Card.ObjectKey)]);
    }

    private async Task<Result<Versioned<Collection>>> RestoreAll(UserId caller, ImmutableArray<GifId> gifs, string? ifMatch, IdempotencyTicket? ticket)
    {
        if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
            return Refuse(refused);
        GifId[] gone = [.. gifs.Where(gif => !items.IsVisible(gif))];
        var places = await tools.Store.LoadRemoved(id, gone, tools.Time.GetUtcNow() - CollectionLimits.Undo);
        if (gone.FirstOrDefault(gif => !places.ContainsKey(gif)) is var lost && lost != default)
            return Error.Invalid("restore", $"{lost} cannot come back.");
        if (!ETags.IfMatch(ifMatch, head!.Version))
            return Error.VersionMismatch;
        if (gone.Length == 0)
            return await ShowNow(ticket);
        if (items.Count + gone.Length > CollectionLimits.Items)
            return Full;
        return await EditItems(ticket, GifShareJson.Default.ResultVersionedCollection, Plan, async (connection, next, edits) =>
        {
            if (!await CollectionStore.Restore(connection, id, gone))
                throw new OvertakenException();
            return await Show(connection, next, edits.Index);
        });

        void Plan(ItemEdits edits)
        {
            foreach (var gif in gone)
                edits.Restore(gif, places[gif]);
        }
    }

    private static (int Place, GifId? Previous, GifId? Next) Neighbours(ItemIndex index, GifId gif)
    {
        var at = index.Find(gif);
        var place = 1;
        GifId? previous = null, next = null;
        for (var i = 0; i < index.Count && next is null; i++)
        {
            var item = index.Items[i];
            if (!item.Available || i == at)
                continue;
            if (i < at)
                (place, previous) = (place + 1, new GifId(item.Gif));
            else
                next = new GifId(item.Gif);
        }

        return (place, previous, next);
    }
}
