using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Collections;

/// <summary>Activation lifecycle of a collection: loads its rows, subscribes it to card changes, flushes its views.</summary>
public sealed class CollectionLoader(CollectionStore store, CollectionEditor editor, CardChanges cards, ViewWriter views, ILogger<CollectionLoader> log)
{
    /// <summary>An empty memory, subscribed to card changes until <see cref="Leave"/>.</summary>
    public CollectionMemory Join(CollectionId id) => new(id, cards.Join(id));

    /// <summary>Reads the rows, and repairs items whose availability differs from their gif's row.</summary>
    /// <exception cref="StoreUnavailableException">The rows cannot be read; memory is unchanged.</exception>
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

    /// <summary>Checks that memory is at the revision of the rows.</summary>
    /// <exception cref="StoreUnavailableException">The revisions differ, or the rows cannot be read.</exception>
    public Task Confirm(CollectionMemory memory) => store.Confirm(memory.Id, memory.Head is null ? null : memory.Revision);

    /// <summary>Unsubscribes, and flushes buffered views, because the next activation reads the counts from the rows.</summary>
    public async Task Leave(CollectionMemory memory)
    {
        cards.Leave(memory.Id, memory.Cards);
        try
        {
            await views.Flush();
        }
        catch (StoreUnavailableException)
        {
            // The writer keeps the views and retries.
        }
    }
}

/// <summary>The editors of a collection, by what they change.</summary>
public sealed record CollectionEdits(CollectionEditor Fields, ItemEditor Items, AppendEditor Appends, LinkEditor Links, CollectionCopier Copies);

/// <summary>The readers of a collection, by what they answer.</summary>
public sealed record CollectionReads(CollectionReader Pages, CollectionQueries Queries, LinkPresenter Links, LinkUnlocker Unlocker);
