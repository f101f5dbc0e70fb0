using System.Collections.Immutable;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Pages;

/// <summary>Where chosen items go: a collection that is there, or a new one of this name.</summary>
public sealed record SelectionTarget(CollectionId? Collection, string? NewName);

/// <param name="Arrived">Those that were not there before.</param>
public sealed record TakenItems(CollectionId Into, ImmutableArray<GifId> Arrived, bool IsNew);

/// <summary>
/// Doing something to several items of a collection, and undoing it. Ids that are not there any more (another tab was faster) are passed
/// over: what was wanted has happened.
/// </summary>
public sealed class Selection(IGrainFactory grains, UserId user, CollectionId source)
{
    /// <summary>Ids in one call; a page's script sends more in several.</summary>
    public const int MaxIds = 500;

    public async Task<Result<SelectionUndo>> Remove(ImmutableArray<GifId> gifs)
    {
        if (!(await Present(gifs)).Succeeded(out var here, out var error))
            return error;
        return await Take(here) is { } refused ? refused : new SelectionUndo(SelectionDeed.Removed, source, here, default, [], false);
    }

    public async Task<Result<SelectionUndo>> Send(ImmutableArray<GifId> gifs, SelectionTarget to, bool keep)
    {
        if (to.Collection == source)
            return Error.Invalid("target", "Choose another collection: they are in this one.");
        if (!keep && (await grains.Collection(source).CanEdit(user)).Error is { } notMine)
            return notMine;
        if (!(await grains.Collection(source).SnapshotOf(user, gifs)).Succeeded(out var taken, out var error))
            return error;

        if (!(await Take(grains, user, taken, to)).Succeeded(out var there, out error))
            return error;
        var moved = Ids(taken);
        if (!keep && await Take(moved) is { } stuck)
            return stuck;
        return new SelectionUndo(keep ? SelectionDeed.Copied : SelectionDeed.Moved, source, moved, there.Into, there.Arrived, there.IsNew);
    }

    /// <summary>Into a collection of the user's, whoever shows them.</summary>
    public static async Task<Result<TakenItems>> Take(IGrainFactory grains, UserId user, CollectionSnapshot taken, SelectionTarget to)
    {
        var target = to.Collection ?? CollectionId.New();
        var gifs = Ids(taken);
        ImmutableArray<GifId> held = [];
        if (to.Collection is not null)
        {
            if (!(await grains.Collection(target).SnapshotOf(user, gifs)).Succeeded(out var there, out var hidden))
                return hidden.Code == ErrorCode.NotFound ? Error.Invalid("target", "This collection is not there any more.") : hidden;
            held = Ids(there);
        }

        return (await grains.Collection(target).CopyFrom(user, taken, to.NewName, isNew: to.Collection is null, null)).Error is { } refused
            ? refused
            : new TakenItems(target, [.. gifs.Except(held)], to.Collection is null);
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
        // A collection that was made for them goes too, unless it has got something else meanwhile.
        if (ticket.IsNewTarget && (await grains.Collection(ticket.Target).SnapshotOf(user, ticket.Arrived)).Value is { } made && made.Collection.ItemCount == made.Items.Length)
            return Unless((await grains.Collection(ticket.Target).Delete(user, null)).Error);
        var there = await new Selection(grains, user, ticket.Target).Remove(ticket.Arrived);
        return Unless(there.Error);
    }

    private async Task<Result<ImmutableArray<GifId>>> Present(ImmutableArray<GifId> gifs) =>
        (await grains.Collection(source).SnapshotOf(user, gifs)).Succeeded(out var here, out var error) ? Ids(here) : error;

    private async Task<Error?> Take(ImmutableArray<GifId> gifs) =>
        gifs.Length == 0 ? (await grains.Collection(source).CanEdit(user)).Error : (await grains.Collection(source).EditItems(user, new ItemsBatch(Remove: gifs), null, null)).Error;

    private static Error? Unless(Error? error) => error is { Code: ErrorCode.NotFound } ? null : error;

    private static ImmutableArray<GifId> Ids(CollectionSnapshot snapshot) => [.. snapshot.Items.Select(item => item.Gif.Id)];
}
