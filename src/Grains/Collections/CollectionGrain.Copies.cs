using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>Copies: the target takes another collection's items as one write.</summary>
public sealed partial class CollectionGrain
{
    public Task<Result<Versioned<Collection>>> CopyFrom(UserId caller, CollectionSnapshot source, string? name, bool isNew, IdempotencyTicket? ticket) => Queue(async () =>
    {
        var type = GifShareJson.Default.ResultVersionedCollection;
        if (isNew && head is not null)
            return Error.Conflict("There is a collection with this id.");
        if (!isNew)
        {
            if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
                // The target is an id in the request's body (api.md, Who).
                return refused.Code == ErrorCode.NotFound ? UnknownTarget : refused;
            var missing = source.Items.Where(item => !items.Has(item.Gif.Id)).ToList();
            if (items.Count + missing.Count > CollectionLimits.Items)
                return Full;
            if (missing.Count == 0)
                return await ShowNow(ticket);
            return await EditItems(
                ticket, type, edits => edits.Add(missing.ConvertAll(item => (item.Gif.Id, item.Note))),
                async (connection, next, edits) => await Show(connection, next, edits.Index));
        }

        if (CollectionRules.Check(new NewCollection(name ?? source.Collection.Name), out var itsName, out _, out _) is { } error)
            return error;
        var now = tools.Time.Now();
        var created = new CollectionHead(id, caller, itsName, null, Visibility.Private, null, 1, now, now, null, 0);
        var its = await tools.Store.LoadOwner(caller);
        var edits = new ItemEdits(ItemIndex.Empty);
        edits.Add([.. source.Items.Select(item => (item.Gif.Id, item.Note))]);
        var result = await tools.Store.Commit(ticket, type, async connection =>
        {
            await CollectionStore.Insert(connection, created, 0);
            foreach (var gone in await CollectionStore.Add(connection, id, edits.Added, now))
                edits.Index.Hide(gone);
            await CollectionStore.Save(connection, created, edits.Index.Available, 0);
            var shown = created.CoverIn(edits.Index) is { } gif ? await CollectionStore.LoadCover(connection, gif) : null;
            return Show(created, its, shown, edits.Index.Available);
        });
        (head, owner, items, headEpoch, revision) = (created, its, edits.Index, -1, 1);
        Touch();
        return result;
    });

    private static Error UnknownTarget { get; } = Error.Invalid("collectionId", "There is no such collection of yours.");
}
