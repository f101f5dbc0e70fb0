using System.Collections.Immutable;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Collections;

/// <summary>The target of selected items: an existing collection, or a new one with this name.</summary>
public sealed record SelectionTarget(CollectionId? Collection, string? NewName);

/// <param name="Arrived">The items that were not in the target before.</param>
public sealed record TakenItems(CollectionId Into, ImmutableArray<GifId> Items, ImmutableArray<GifId> Arrived, bool IsNew);

/// <summary>
/// Bulk actions on items of a collection, and their undo. Idempotent: ids that are no longer there (another tab was faster) are
/// skipped.
/// </summary>
public sealed class BulkItemActions(IGrainFactory grains, UserId user, CollectionId source)
{
    /// <summary>Ids per call; the page's script sends more in several calls.</summary>
    public const int MaxIds = 500;

    private static readonly Error InItself = Error.Invalid("target", "Choose another collection: the GIFs are already in this one.");

    public async Task<Result<SelectionUndo>> Remove(ImmutableArray<GifId> gifs) =>
        (await grains.Collection(source).RemoveItems(user, gifs, deleteIfEmptied: false)).Succeeded(out var removed, out var error)
            ? new SelectionUndo(SelectionAction.Removed, source, removed, default, [], false)
            : error;

    public async Task<Result<SelectionUndo>> Copy(ImmutableArray<GifId> gifs, SelectionTarget to)
    {
        if (to.Collection == source)
            return InItself;
        return (await Take(grains, user, new(source, Only: gifs), to)).Succeeded(out var there, out var error)
            ? new SelectionUndo(SelectionAction.Copied, source, there.Items, there.Into, there.Arrived, there.IsNew)
            : error;
    }

    public async Task<Result<SelectionUndo>> Move(ImmutableArray<GifId> gifs, SelectionTarget to)
    {
        if (to.Collection == source)
            return InItself;
        var target = to.Collection ?? CollectionId.New();
        return (await grains.Collection(source).MoveTo(user, gifs, target, to.NewName)).Succeeded(out var moved, out var error)
            ? new SelectionUndo(SelectionAction.Moved, source, moved.Items, target, moved.Arrived, to.Collection is null)
            : InForm(error);
    }

    /// <summary>Copies items that the user can see into one of the user's collections.</summary>
    public static async Task<Result<TakenItems>> Take(IGrainFactory grains, UserId user, CopyOrder order, SelectionTarget to)
    {
        var target = to.Collection ?? CollectionId.New();
        if ((await grains.Collection(target).CopyFrom(user, order, to.NewName, isNew: to.Collection is null, null)).Succeeded(out var copied, out var refused))
            return new TakenItems(target, copied.Taken, copied.Arrived, to.Collection is null);
        return InForm(refused);
    }

    public async Task<Error?> Undo(SelectionUndo ticket)
    {
        if (ticket.Action == SelectionAction.Added)
            return Unless((await Remove(ticket.Items)).Error);
        var from = grains.Collection(source);
        // Restore first, then remove: a failure in between loses nothing.
        if (ticket.Action != SelectionAction.Copied && ticket.Items.Length > 0
            && (await from.EditItems(user, new ItemsBatch(Restore: ticket.Items), null, null)).Error is { } lost)
            return lost;
        if (ticket.Action == SelectionAction.Removed)
            return null;
        return Unless((await grains.Collection(ticket.Target).RemoveItems(user, ticket.Arrived, deleteIfEmptied: ticket.IsNewTarget)).Error);
    }

    private static Error? Unless(Error? error) => error is { Code: ErrorCode.NotFound } ? null : error;

    /// <summary>Maps the error's field names to those of the form.</summary>
    private static Error InForm(Error error) =>
        error.Fields?.ContainsKey("collectionId") == true ? Error.Invalid("target", "This collection is not there any more.") : error;
}
