using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Collections;

/// <summary>What an activation of a collection begins and ends with: its rows, and who tells it that texts of others have changed.</summary>
public sealed class CollectionLoader(CollectionStore store, CollectionEditor editor, CardChanges cards, ViewWriter views, ILogger<CollectionLoader> log)
{
    /// <summary>An empty memory that hears of changed cards until <see cref="Leave"/>.</summary>
    public CollectionMemory Join(CollectionId id) => new(id, cards.Join(id));

    /// <summary>Reads the rows; items that do not follow their gifs' rows are repaired.</summary>
    /// <exception cref="StoreUnavailableException">They cannot be read; memory stays as it was.</exception>
    public async Task Load(CollectionMemory memory)
    {
        var cardsAsOf = memory.Cards.Value;
        var loaded = await store.Load(memory.Id);
        memory.Loaded(loaded, cardsAsOf);
        if (loaded is not { Drifted: true })
            return;
        await editor.SyncAvailability(memory, null);
        CollectionsLog.Repaired(log, memory.Id);
    }

    /// <summary>Does the memory stand at the rows' revision?</summary>
    /// <exception cref="StoreUnavailableException">No, or they cannot be read.</exception>
    public Task Confirm(CollectionMemory memory) => store.Confirm(memory.Id, memory.Head is null ? null : memory.Revision);

    /// <summary>Views that gather are written: the next activation reads the counts from their rows.</summary>
    public async Task Leave(CollectionMemory memory)
    {
        cards.Leave(memory.Id, memory.Cards);
        try
        {
            await views.Flush();
        }
        catch (StoreUnavailableException)
        {
            // They stay with the writer, which goes on trying.
        }
    }
}

/// <summary>The edits of a collection, by what they change.</summary>
public sealed record CollectionEdits(CollectionEditor Fields, ItemEditor Items, AppendEditor Appends, LinkEditor Links, CollectionCopier Copies)
{
    /// <summary>Undoes a copy or move into a collection that was created for it: deletes the collection if it shows nothing else, else removes these items.</summary>
    public async Task<Result<ImmutableArray<GifId>>> RemoveOrDelete(CollectionMemory memory, UserId caller, ImmutableArray<GifId> gifs)
    {
        ImmutableArray<GifId> present = [.. gifs.Where(memory.Items.IsVisible)];
        if (present.Length < memory.Items.Available)
            return await Items.RemovePresent(memory, caller, gifs);
        return (await Fields.Delete(memory, caller, null)).Error is { } refused ? refused : present;
    }
}

/// <summary>The reads of a collection, by what they answer.</summary>
public sealed record CollectionReads(CollectionReader Pages, CollectionQueries Queries, LinkPresenter Links, LinkUnlocker Unlocker);
