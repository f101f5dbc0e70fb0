using System.Collections.Immutable;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Collections;

/// <summary>Where chosen items go: a collection that is there, or a new one of this name.</summary>
public sealed record SelectionTarget(CollectionId? Collection, string? NewName);

/// <param name="Arrived">Those that were not there before.</param>
public sealed record TakenItems(CollectionId Into, ImmutableArray<GifId> Items, ImmutableArray<GifId> Arrived, bool IsNew);

/// <summary>
/// Doing something to several items of a collection, and undoing it. Ids that are not there any more (another tab was faster) are passed
/// over: what was wanted has happened.
/// </summary>
public sealed class BulkItemActions(IGrainFactory grains, UserId user, CollectionId source)
{
    /// <summary>Ids in one call; a page's script sends more in several.</summary>
    public const int MaxIds = 500;

    private static readonly Error InItself = Error.Invalid("target", "Choose another collection: the GIFs are already in this one.");

    public async Task<Result<SelectionUndo>> Remove(ImmutableArray<GifId> gifs) =>
        (await grains.Collection(source).RemoveItems(user, gifs, deleteIfEmptied: false)).Succeeded(out var removed, out var error)
            ? new SelectionUndo(SelectionDeed.Removed, source, removed, default, [], false)
            : error;

    public async Task<Result<SelectionUndo>> Copy(ImmutableArray<GifId> gifs, SelectionTarget to)
    {
        if (to.Collection == source)
            return InItself;
        return (await Take(grains, user, new(source, Only: gifs), to)).Succeeded(out var there, out var error)
            ? new SelectionUndo(SelectionDeed.Copied, source, there.Items, there.Into, there.Arrived, there.IsNew)
            : error;
    }

    public async Task<Result<SelectionUndo>> Move(ImmutableArray<GifId> gifs, SelectionTarget to)
    {
        if (to.Collection == source)
            return InItself;
        var target = to.Collection ?? CollectionId.New();
        return (await grains.Collection(source).MoveTo(user, gifs, target, to.NewName)).Succeeded(out var moved, out var error)
            ? new SelectionUndo(SelectionDeed.Moved, source, moved.Items, target, moved.Arrived, to.Collection is null)
            : InForm(error);
    }

    /// <summary>Into a collection of the user's, whoever shows them.</summary>
    public static async Task<Result<TakenItems>> Take(IGrainFactory grains, UserId user, CopyOrder order, SelectionTarget to)
    {
        var target = to.Collection ?? CollectionId.New();
        if ((await grains.Collection(target).CopyFrom(user, order, to.NewName, isNew: to.Collection is null, null)).Succeeded(out var copied, out var refused))
            return new TakenItems(target, copied.Taken, copied.Arrived, to.Collection is null);
        return InForm(refused);
    }

    public async Task<Error?> Undo(SelectionUndo ticket)
    {
        if (ticket.Deed == SelectionDeed.Added)
            return Unless((await Remove(ticket.Items)).Error);
        var from = grains.Collection(source);
        // First back, then away: whatever fails, nothing is lost.
        if (ticket.Deed != SelectionDeed.Copied && ticket.Items.Length > 0
            && (await from.EditItems(user, new ItemsBatch(Restore: ticket.Items), null, null)).Error is { } lost)
            return lost;
        if (ticket.Deed == SelectionDeed.Removed)
            return null;
        return Unless((await grains.Collection(ticket.Target).RemoveItems(user, ticket.Arrived, deleteIfEmptied: ticket.IsNewTarget)).Error);
    }

    private static Error? Unless(Error? error) => error is { Code: ErrorCode.NotFound } ? null : error;

    /// <summary>As the form calls it.</summary>
    private static Error InForm(Error error) =>
        error.Fields?.ContainsKey("collectionId") == true ? Error.Invalid("target", "This collection is not there any more.") : error;
}
