using System.Security.Cryptography;
using GifShare.Collections;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>Renders and caches pages of collections, and renders edits' answers. Stateless: state is in <see cref="CollectionMemory"/>.</summary>
public sealed class PageMaker(PageCache cache, PageRows pageRows, AddressSigner signer, Cursors cursors, TimeProvider time)
{
    /// <summary>
    /// How long a page may show other users' gifs without a new query: whether they are still open depends on other rows and on time alone.
    /// docs/api.md allows 5 seconds.
    /// </summary>
    private static readonly TimeSpan KeptLife = TimeSpan.FromSeconds(3);

    public static PageKey Key(CollectionMemory memory, PageKind kind, LinkId link = default, ItemSort sort = default, int limit = 0, string? position = null) =>
        new(memory.Id.Value, kind, link.Value, (byte)sort, (short)limit, position);

    /// <summary>The cached page if it is current; the whole work of a cache hit.</summary>
    public CachedPage? Current(CollectionMemory memory, in PageKey key, DateTimeOffset now)
    {
        if (!cache.TryGet(key, out var page) || !IsCurrent(memory, page, now))
            return null;
        cache.Hits.Increment();
        return page;
    }

    /// <summary>The cached or newly rendered page; concurrent readers of the same state share the rendering.</summary>
    /// <exception cref="StoreUnavailableException">The page is not cached and cannot be rendered.</exception>
    public async Task<CachedPage> Make(CollectionMemory memory, PageKey key)
    {
        if (Current(memory, key, time.GetUtcNow()) is { } page)
            return page;
        cache.Misses.Increment();
        var making = memory.Pages.Making;
        var (revision, asOf) = (memory.Revision, memory.Cards.Value);
        if (!making.TryGetValue(key, out var current) || (current.Revision, current.CardsAsOf) != (revision, asOf))
            making[key] = current = (revision, asOf, MakeNow(memory, key, revision, asOf));
        try
        {
            return await current.Page;
        }
        catch (StoreUnavailableException) when (cache.TryGet(key, out var stale) && IsUsable(memory, stale))
        {
            return stale;
        }
        finally
        {
            if (making.TryGetValue(key, out var latest) && latest.Page == current.Page)
                making.Remove(key);
        }
    }

    /// <summary>The collection in its current state.</summary>
    public Task<Collection> Show(CollectionMemory memory) => Show(memory, memory.Head!, memory.Items);

    /// <summary>The collection in a state that the caller captured before an await.</summary>
    public async Task<Collection> Show(CollectionMemory memory, CollectionHead head, ItemIndex items)
    {
        var (cover, _) = await LoadHeadCards(memory, head, items);
        return PageWriter.Show(head, memory.Owner!, cover, items.Available, memory.Counters, signer, time.GetUtcNow());
    }

    /// <summary>The answer of an edit, rendered in its transaction.</summary>
    public async Task<Result<Versioned<Collection>>> Show(NpgsqlConnection connection, CollectionMemory memory, CollectionHead head, ItemIndex items)
    {
        var gif = head.CoverIn(items);
        var cover = gif is null ? null
            : memory.Pages.Cover is { MayChange: false } known && known.Gif == gif ? known
            : await LoadCover(connection, memory.Id, gif.Value);
        return Show(memory, head, memory.Owner!, cover, items.Available);
    }

    /// <inheritdoc cref="PageRows.LoadCover(NpgsqlConnection, CollectionId, GifId)"/>
    public Task<Cover> LoadCover(NpgsqlConnection connection, CollectionId id, GifId gif) => pageRows.LoadCover(connection, id, gif);

    public Versioned<Collection> Show(CollectionMemory memory, CollectionHead head, OwnerRow owner, Cover? cover, int itemCount)
    {
        var collection = PageWriter.Show(head, owner, cover, itemCount, memory.Counters, signer, time.GetUtcNow());
        return new(collection, ETags.Of(head.Version, ETags.With(ETags.Hash(PageWriter.Collection(collection)), memory.Counters.Views, memory.Counters.Likes)));
    }

    public CollectionItem Show(CollectionId collection, ItemRow row) => row.Show(signer, collection, time.GetUtcNow());

    public Versioned<CollectionItem> Show(CollectionId collection, long version, ItemRow row) => new(Show(collection, row), $"\"{version}.0\"");

    /// <summary>A page of a capped link, whose next-page cursor carries the pass.</summary>
    public FinishedPage WithPass(CollectionMemory memory, CachedPage page, PageKind kind, LinkId link, string? pass) =>
        pass is null || page.Items is not { HasMore: true, Last: { } last } ? page.Show(memory.Counters)
        : page.Show(memory.Counters, PageWriter.WithNext(page.Items, Cursor(Key(memory, kind, link), last, pass)));

    /// <summary>False when the cursor does not belong to this list.</summary>
    public bool TryReadCursor(CollectionId collection, PageKind kind, LinkId link, ItemSort sort, string? cursor, out string? position, out string? pass)
    {
        pass = null;
        if (!cursors.TryRead(ListOf(collection, kind, link, sort), cursor, out position))
            return false;
        if (position is null)
            return true;
        var split = position.IndexOf('!');
        (pass, position) = (split == 0 ? null : position[..split], position[(split + 1)..]);
        return true;
    }

    private string Cursor(in PageKey key, string position, string? pass) =>
        cursors.Protect(ListOf(new(key.Collection), key.Kind, new(key.Link), (ItemSort)key.Sort), $"{pass}!{position}");

    private static string ListOf(CollectionId collection, PageKind kind, LinkId link, ItemSort sort) =>
        kind is PageKind.Shared or PageKind.SharedItems ? $"shared/{link}" : $"items/{collection}/{sort}";

    private static bool IsCurrent(CollectionMemory memory, CachedPage page, DateTimeOffset now) =>
        page.Cards == memory.Cards && page.Revision == memory.Revision && page.CardsAsOf == memory.Cards.Value
        && now < AddressSigner.WindowEnd(page.MadeAt) && (page.KeptUntil is not { } until || now < until);

    /// <summary>
    /// Whether a page with old texts may be served while PostgreSQL is unavailable: same revision, unexpired addresses, no gifs of other users.
    /// </summary>
    private bool IsUsable(CollectionMemory memory, CachedPage page) =>
        page.Cards == memory.Cards && page.Revision == memory.Revision && page.KeptUntil is null && time.GetUtcNow() < AddressSigner.Expiry(page.MadeAt);

    private async Task<CachedPage> MakeNow(CollectionMemory memory, PageKey key, long revision, long asOf)
    {
        var now = time.GetUtcNow();
        var (head, items) = (memory.Head!, memory.Items);
        var itemCount = items.Available;
        // Load the head's cards and the items concurrently.
        var rendering = key.Kind == PageKind.Collection ? Task.FromResult(ItemsPart.None) : Render(memory.Id, key, items, head);
        var headCards = HasHead(key.Kind) ? LoadHeadCards(memory, head, items) : Task.FromResult<(Cover?, DateTimeOffset)>((null, now));
        await Task.WhenAll(rendering, headCards);
        var (part, (cover, coverLoadedAt)) = (await rendering, await headCards);
        Collection? shown = null;
        byte[] bytes = [];
        if (HasHead(key.Kind))
        {
            shown = PageWriter.Show(head, memory.Owner!, cover, itemCount, memory.Counters, signer, now);
            var collection = PageWriter.Collection(shown);
            bytes = key.Kind == PageKind.Shared ? PageWriter.Head(collection) : collection.ToArray();
        }

        var page = new CachedPage
        {
            Head = bytes,
            HasCounts = shown is not null,
            Collection = shown,
            Items = part,
            // A page of the collection alone has the tag that its edits answer.
            Hash = key.Kind == PageKind.Collection ? ETags.Hash(bytes) : ETags.Hash(bytes, SHA256.HashData(part.Json)),
            Version = head.Version,
            IsPublic = head.Visibility == Visibility.Public && key.Kind is PageKind.Collection or PageKind.Items,
            Cards = memory.Cards,
            CardsAsOf = asOf,
            Revision = revision,
            MadeAt = now,
            // The cover may have been loaded earlier, in PageState.
            KeptUntil = cover is { MayChange: true } ? (coverLoadedAt < now ? coverLoadedAt : now) + KeptLife : part.HasKept ? now + KeptLife : null,
        };
        cache.Put(key, page);
        return page;
    }

    private static bool HasHead(PageKind kind) => kind is PageKind.Collection or PageKind.Shared;

    /// <summary>Loads the owner's card and the cover if they may have changed.</summary>
    private async Task<(Cover? Cover, DateTimeOffset LoadedAt)> LoadHeadCards(CollectionMemory memory, CollectionHead head, ItemIndex items)
    {
        var (pages, asOf, now) = (memory.Pages, memory.Cards.Value, time.GetUtcNow());
        if (pages.OwnerAsOf != asOf)
            (memory.Owner, pages.OwnerAsOf) = (await pageRows.LoadOwner(head.Owner), asOf);
        var gif = head.CoverIn(items);
        if (pages.CoverAsOf == asOf && pages.Cover?.Gif == gif && (pages.Cover is not { MayChange: true } || now < pages.CoverLoadedAt + KeptLife))
            return (pages.Cover, pages.CoverLoadedAt);
        var cover = gif is null ? null : await pageRows.LoadCover(memory.Id, gif.Value);
        (pages.Cover, pages.CoverLoadedAt, pages.CoverAsOf) = (cover, now, asOf);
        return (cover, now);
    }

    private Task<ItemsPart> Render(CollectionId id, PageKey key, ItemIndex items, CollectionHead head) => (ItemSort)key.Sort switch
    {
        ItemSort.Added => RenderByAdded(id, key),
        ItemSort.Name => RenderByName(id, key),
        _ => RenderInOrder(id, key, items, head),
    };

    private async Task<ItemsPart> RenderInOrder(CollectionId id, PageKey key, ItemIndex items, CollectionHead head)
    {
        // Reads all it needs of the index before the first await: appends change the index in place.
        var slice = items.Slice(ItemCursor.Start(key.Cursor, items, head.KeyEpoch), key.Limit, out var end);
        var hasMore = items.HasVisibleFrom(end);
        var last = slice.Count > 0 ? ItemCursor.Of(slice[^1], end, head.KeyEpoch) : null;
        var rows = slice.Count == 0 ? [] : await pageRows.LoadItemRows(id, slice.ConvertAll(item => new GifId(item.Gif)));
        List<ItemRow> found = [];
        foreach (var item in slice)
            if (rows.TryGetValue(new(item.Gif), out var row))
                found.Add(row);
        return Part(id, key, found, last, hasMore);
    }

    private async Task<ItemsPart> RenderByAdded(CollectionId id, PageKey key)
    {
        var rows = await pageRows.LoadByAdded(id, ItemCursor.Added(key.Cursor), key.Limit + 1);
        var hasMore = rows.Count > key.Limit;
        return Part(id, key, [.. rows.Take(key.Limit)], hasMore ? ItemCursor.OfAdded(rows[key.Limit - 1]) : null, hasMore);
    }

    private async Task<ItemsPart> RenderByName(CollectionId id, PageKey key)
    {
        var rows = await pageRows.LoadByName(id, ItemCursor.Name(key.Cursor), key.Limit + 1);
        var hasMore = rows.Count > key.Limit;
        return Part(id, key, [.. rows.Take(key.Limit).Select(row => row.Row)], hasMore ? ItemCursor.OfName(rows[key.Limit - 1]) : null, hasMore);
    }

    private ItemsPart Part(CollectionId id, in PageKey key, IReadOnlyCollection<ItemRow> rows, string? last, bool hasMore)
    {
        var items = PageWriter.Items(rows.Select(row => Show(id, row)));
        var json = PageWriter.Tail(HasHead(key.Kind), items, hasMore && last is not null ? Cursor(key, last, null) : null, out var nextOffset);
        return new(json, nextOffset, last, hasMore, rows.Any(static row => !row.IsOwn));
    }
}
