using GifShare.Collections;
using GifShare.Grains.Gifs;

namespace GifShare.Grains.Collections;

/// <summary>
/// Copies items of another collection into the target in one transaction. Gifs of the source's owner become copies that the caller owns
/// (docs/decisions/0026-open-gifs.md); between the caller's own collections no gif is copied.
/// </summary>
public sealed class CollectionCopier(CollectionStore store, GifCopier gifs, ItemEditor items, PageMaker pages, TimeProvider time)
{
    /// <param name="memory">Memory of an id without a collection.</param>
    /// <param name="plan">What is copied.</param>
    /// <param name="name">Validated and normalized.</param>
    /// <param name="ticket">Of an idempotent request, or null.</param>
    public async Task<Result<Copied>> CopyIntoNew(CollectionMemory memory, CopyPlan plan, string name, IdempotencyTicket? ticket)
    {
        if (memory.Head is not null)
            return Error.Conflict("There is a collection with this id.");
        var now = time.Now();
        var created = new CollectionHead(memory.Id, plan.Caller, name, null, Visibility.Private, null, 1, now, now, null, 0, AllowCopies: true);
        var owner = await store.LoadOwner(plan.Caller);
        var edits = new ItemEdits(ItemIndex.Empty);
        var result = await store.Commit(ticket, GifShareJson.Default.ResultCopied, async connection =>
        {
            if (await plan.Make(connection, gifs, edits.Index) is { } refusal)
                return refusal;
            edits.Add(plan.Missing(edits.Index));
            await CollectionStore.Insert(connection, created, 0);
            foreach (var gone in await ItemRows.Add(connection, memory.Id, edits.Added, now))
                edits.Index.Hide(gone);
            await CollectionStore.Save(connection, created, edits.Index.Available, 0);
            var cover = created.CoverIn(edits.Index) is { } gif ? await pages.LoadCover(connection, memory.Id, gif) : null;
            return Answer(plan, pages.Show(memory, created, owner, cover, edits.Index.Available), edits.Added);
        });
        if (result.Error is null)
            memory.Created(created, owner, edits.Index, 1);
        return result;
    }

    public async Task<Result<Copied>> CopyInto(CollectionMemory memory, CopyPlan plan, IdempotencyTicket? ticket)
    {
        var type = GifShareJson.Default.ResultCopied;
        if (RefuseInto(memory, plan.Caller) is { } refused)
            return refused;
        if (plan.ToCopy.Length == 0 && plan.Missing(memory.Items).Count == 0)
            return await store.Confirm(memory.Id, memory.Revision, ticket, type, async connection => Answer(plan, await pages.Show(connection, memory, memory.Head!, memory.Items), []));
        return await items.Write(
            memory, ticket, type, edits => edits.Add(plan.Missing(edits.Index)),
            async (connection, next, edits) => Answer(plan, await pages.Show(connection, memory, next, edits.Index), edits.Added),
            async connection =>
            {
                if (await plan.Make(connection, gifs, memory.Items) is { } refusal)
                    return refusal;
                return memory.Items.Count + plan.Missing(memory.Items).Count > CollectionLimits.Items ? ItemEditor.Full : null;
            });
    }

    /// <summary>Null when the caller may copy into the collection. Its id is a member of the request's body (api.md, Who).</summary>
    public static Error? RefuseInto(CollectionMemory memory, UserId caller) => memory.RefuseEdit(caller) is not { } refused ? null
        : refused.Code == ErrorCode.NotFound ? Error.Invalid("collectionId", "There is no such collection of yours.")
        : refused;

    private static Result<Copied> Answer(CopyPlan plan, Result<Versioned<Collection>> shown, IEnumerable<AddedItem> arrived) =>
        shown.Succeeded(out var collection, out var failed) ? new Copied(collection, [.. arrived.Select(item => item.Gif)], plan.Taken) : failed;
}
