using System.Globalization;
using System.Security.Cryptography;
using GifShare.Collections;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>
/// Finished pages. A page is current while nothing in it has changed: the collection (head stamp), the items it shows (item stamps), cards of
/// others (epoch) and its signed addresses (window). Counts are put in as it is read. While only the collection itself changes, a page reuses the rendered items.
/// </summary>
public sealed partial class CollectionGrain
{
    private static readonly ItemsPart NoItems = new(PageWriter.CollectionEnd, [], 0, 0, 0, default, null, false);

    private readonly Dictionary<PageKey, (long Stamp, long Epoch, Task<FinishedBytes> Page)> making = [];
    private long headStamp;
    private long itemStamp;
    private long headEpoch = -1;
    private Cover? cover;

    // Whoever activates this mostly wants its first page; nobody may ever want it, and it is larger than all else here.
    private WeakReference<FirstItems>? firstItems;

    /// <summary>Items changed, or how they look.</summary>
    private void Touch()
    {
        headStamp++;
        itemStamp++;
    }

    private PageKey Key(PageKind kind, LinkId link = default, ItemSort sort = default, int limit = 0, string? position = null) =>
        new(id.Value, kind, link.Value, (byte)sort, (short)limit, position);

    /// <summary>The page if it is there and current. This is all that a hot read does.</summary>
    private FinishedBytes? Current(in PageKey key, DateTimeOffset now)
    {
        if (tools.Pages.Cache.TryGet<FinishedBytes>(key, out var page) && IsCurrent(page, key, now))
        {
            tools.Pages.Cache.Hits.Increment();
            return page;
        }

        return null;
    }

    private bool IsCurrent(FinishedBytes page, in PageKey key, DateTimeOffset now) =>
        page.Activation == (object)this
        && page.HeadStamp == headStamp
        && page.HeadEpoch == epoch.Value
        && now < AddressSigner.WindowEnd(page.ComposedAt)
        && (key.Kind == PageKind.Collection || AreCurrent(page.Items, now));

    private bool AreCurrent(ItemsPart part, DateTimeOffset now) =>
        part.Stamp == itemStamp && part.Epoch == epoch.Value && now < AddressSigner.WindowEnd(part.RenderedAt);

    /// <summary>The page, made if need be; readers who come for the same state share the work.</summary>
    private async Task<FinishedBytes> Make(PageKey key)
    {
        if (Current(key, tools.Time.GetUtcNow()) is { } page)
            return page;
        tools.Pages.Cache.Misses.Increment();
        if (!making.TryGetValue(key, out var under) || under.Stamp != headStamp || under.Epoch != epoch.Value)
            making[key] = under = (headStamp, epoch.Value, MakeNow(key));
        try
        {
            return await under.Page;
        }
        catch (StoreUnavailableException) when (tools.Pages.Cache.TryGet<FinishedBytes>(key, out var stale) && IsUsable(stale))
        {
            return stale;
        }
        finally
        {
            if (making.TryGetValue(key, out var latest) && latest.Page == under.Page)
                making.Remove(key);
        }
    }

    /// <summary>With PostgreSQL away: the collection as it is, only texts of others may be old, and the addresses still work.</summary>
    private bool IsUsable(FinishedBytes page) =>
        page.Activation == (object)this && page.HeadStamp == headStamp && tools.Time.GetUtcNow() < AddressSigner.Expiry(page.Items == NoItems ? page.ComposedAt : page.Items.RenderedAt);

    private async Task<FinishedBytes> MakeNow(PageKey key)
    {
        var stamp = headStamp;
        var (shown, index) = (head!, items);
        var itemCount = index.Available;
        var part = NoItems;
        if (key.Kind != PageKind.Collection)
            part = tools.Pages.Cache.TryGet<FinishedBytes>(key, out var old) && old.Activation == (object)this && AreCurrent(old.Items, tools.Time.GetUtcNow())
                ? old.Items
                : await RenderWithCards(key, index, shown);
        var its = cover;
        if (!AreCardsCurrent(shown, index))
            its = await LoadHeadCards(shown, index);
        var now = tools.Time.GetUtcNow();
        var page = Finish(key, shown, Head(key.Kind, shown, its, itemCount, now), part, now, stamp);
        tools.Pages.Cache.Put(key, page);
        return page;
    }

    private bool AreCardsCurrent(CollectionHead shown, ItemIndex index) => headEpoch == epoch.Value && cover?.Gif == shown.CoverIn(index);

    /// <summary>A first page needs the head's cards too: they come beside the items, not after them.</summary>
    private async Task<ItemsPart> RenderWithCards(PageKey key, ItemIndex index, CollectionHead shown)
    {
        var rendering = Render(key, index, shown);
        if (key.Kind == PageKind.Shared && !AreCardsCurrent(shown, index))
            await Task.WhenAll(rendering, LoadHeadCards(shown, index));
        return await rendering;
    }

    private byte[] Head(PageKind kind, CollectionHead shown, Cover? its, int itemCount, DateTimeOffset now)
    {
        if (!HasHead(kind))
            return [];
        var collection = PageWriter.Collection(PageWriter.Show(shown, owner!, its, itemCount, counters, tools.Pages.Signer, now));
        return kind == PageKind.Shared ? PageWriter.Head(collection) : collection.ToArray();
    }

    private FinishedBytes Finish(in PageKey key, CollectionHead shown, byte[] pageHead, ItemsPart part, DateTimeOffset now, long stamp) => new()
    {
        Head = pageHead,
        HasCounts = HasHead(key.Kind),
        Hash = ETags.Hash(pageHead, part.Hash),
        Version = shown.Version,
        IsPublic = shown.Visibility == Visibility.Public && key.Kind is PageKind.Collection or PageKind.Items,
        Activation = this,
        HeadStamp = stamp,
        HeadEpoch = headEpoch,
        ComposedAt = now,
        Items = part,
    };

    private static bool HasHead(PageKind kind) => kind is PageKind.Collection or PageKind.Shared;

    private ItemsPart Part(in PageKey key, IEnumerable<ItemRow> rows, long stamp, long asOf, DateTimeOffset now, string? last, bool hasMore)
    {
        var items = PageWriter.Items(rows.Select(row => row.Show(tools.Pages.Signer, id, now)));
        var json = PageWriter.Tail(HasHead(key.Kind), items, NextOf(key, last, hasMore), out var nextOffset);
        return new(json, SHA256.HashData(json), nextOffset, stamp, asOf, now, last, hasMore);
    }

    private string? NextOf(in PageKey key, string? last, bool hasMore) => hasMore && last is not null ? Cursor(key, last, null) : null;

    /// <summary>The owner's card and the cover's address, which stand in every head.</summary>
    private async Task<Cover?> LoadHeadCards(CollectionHead shown, ItemIndex index)
    {
        var asOf = epoch.Value;
        if (headEpoch != asOf)
            owner = await tools.Store.LoadOwner(shown.Owner);
        var loaded = shown.CoverIn(index) is { } gif ? await tools.Store.LoadCover(gif) : null;
        (cover, headEpoch) = (loaded, asOf);
        return loaded;
    }

    private Task<ItemsPart> Render(in PageKey key, ItemIndex index, CollectionHead shown) => (ItemSort)key.Sort switch
    {
        ItemSort.Added => RenderByAdded(key),
        ItemSort.Name => RenderByName(key),
        _ => RenderInOrder(key, index, shown),
    };

    private async Task<ItemsPart> RenderInOrder(PageKey key, ItemIndex index, CollectionHead shown)
    {
        var (stamp, asOf, now) = (itemStamp, epoch.Value, tools.Time.GetUtcNow());
        // All of the index is read here: it may grow while the rows come.
        var slice = index.Slice(Positions.Start(key.Cursor, index, shown.KeyEpoch), key.Limit, out var end);
        var hasMore = index.HasVisibleFrom(end);
        var last = slice.Count > 0 ? Positions.Of(slice[^1], end, shown.KeyEpoch) : null;
        var rows = LoadedAlready(slice) ?? (slice.Count == 0 ? [] : await tools.Store.LoadItemRows(id, slice.ConvertAll(item => new GifId(item.Gif))));
        List<ItemRow> found = [];
        foreach (var item in slice)
            if (rows.TryGetValue(new(item.Gif), out var row))
                found.Add(row);
        return Part(key, found, stamp, asOf, now, last, hasMore);
    }

    /// <summary>The rows that came with the activation, while they are current and all of these are among them.</summary>
    private IReadOnlyDictionary<GifId, ItemRow>? LoadedAlready(List<ItemEntry> slice) =>
        firstItems is { } weak && weak.TryGetTarget(out var loaded) && loaded.Stamp == itemStamp && loaded.Epoch == epoch.Value
        && slice.TrueForAll(item => loaded.Rows.ContainsKey(new(item.Gif)))
            ? loaded.Rows
            : null;

    private Cover? CoverAmong(IReadOnlyDictionary<GifId, ItemRow> rows) =>
        head!.CoverIn(items) is { } gif && rows.TryGetValue(gif, out var row) ? new(gif, row.Card.Url, row.Card.ObjectKey, row.Card.Width, row.Card.Height) : null;

    private sealed record FirstItems(IReadOnlyDictionary<GifId, ItemRow> Rows, long Stamp, long Epoch);

    private async Task<ItemsPart> RenderByAdded(PageKey key)
    {
        var (stamp, asOf, now) = (itemStamp, epoch.Value, tools.Time.GetUtcNow());
        var rows = await tools.Store.LoadByAdded(id, Positions.Added(key.Cursor), key.Limit + 1);
        var hasMore = rows.Count > key.Limit;
        return Part(key, rows.Take(key.Limit), stamp, asOf, now, hasMore ? Positions.OfAdded(rows[key.Limit - 1]) : null, hasMore);
    }

    private async Task<ItemsPart> RenderByName(PageKey key)
    {
        var (stamp, asOf, now) = (itemStamp, epoch.Value, tools.Time.GetUtcNow());
        var rows = await tools.Store.LoadByName(id, Positions.Name(key.Cursor), key.Limit + 1);
        var hasMore = rows.Count > key.Limit;
        return Part(key, rows.Take(key.Limit).Select(row => row.Row), stamp, asOf, now, hasMore ? Positions.OfName(rows[key.Limit - 1]) : null, hasMore);
    }

    private string Cursor(in PageKey key, string position, string? pass) => tools.Pages.Cursors.Protect(ListOf(key.Kind, new(key.Link), (ItemSort)key.Sort), $"{pass}!{position}");

    private string ListOf(PageKind kind, LinkId link, ItemSort sort) =>
        kind is PageKind.Shared or PageKind.SharedItems ? $"shared/{link}" : $"items/{id}/{sort}";

    /// <summary>False: not a cursor of this list.</summary>
    private bool TryReadCursor(PageKind kind, LinkId link, ItemSort sort, string? cursor, out string? position, out string? pass)
    {
        pass = null;
        if (!tools.Pages.Cursors.TryRead(ListOf(kind, link, sort), cursor, out position))
            return false;
        if (position is null)
            return true;
        var split = position.IndexOf('!');
        (pass, position) = (split == 0 ? null : position[..split], position[(split + 1)..]);
        return true;
    }

    private async Task<Result<Versioned<Collection>>> Show(NpgsqlConnection connection, CollectionHead shown, ItemIndex index)
    {
        var gif = shown.CoverIn(index);
        var its = gif is null ? null : gif == cover?.Gif ? cover : await CollectionStore.LoadCover(connection, gif.Value);
        return Show(shown, owner!, its, index.Available);
    }

    private Versioned<Collection> Show(CollectionHead shown, OwnerRow its, Cover? with, int itemCount)
    {
        var collection = PageWriter.Show(shown, its, with, itemCount, counters, tools.Pages.Signer, tools.Time.GetUtcNow());
        return new(collection, ETags.Of(shown.Version, ETags.With(ETags.Hash(PageWriter.Collection(collection)), counters)));
    }
}

/// <summary>The texts inside cursors: where the next page of a list begins.</summary>
public static class Positions
{
    public static string Of(in ItemEntry last, int end, int keyEpoch) => string.Create(CultureInfo.InvariantCulture, $"{keyEpoch}/{last.Position}/{last.Gif}/{end}");

    /// <summary>
    /// The place to go on at. Positions of before all keys were written anew mean nothing: then it is behind the last item that was
    /// shown, or, if that is gone, at the place it had.
    /// </summary>
    public static int Start(string? text, ItemIndex index, int keyEpoch)
    {
        if (text is null)
            return 0;
        var parts = text.Split('/');
        var gif = Guid.Parse(parts[2]);
        if (int.Parse(parts[0], CultureInfo.InvariantCulture) == keyEpoch)
            return index.After(parts[1], gif);
        var place = index.Find(new(gif));
        return place >= 0 ? place + 1 : Math.Min(index.Count, int.Parse(parts[3], CultureInfo.InvariantCulture));
    }

    public static string OfAdded(ItemRow last) => string.Create(CultureInfo.InvariantCulture, $"{last.AddedAt.UtcTicks}/{last.Card.Id}");

    public static (DateTimeOffset At, Guid Gif)? Added(string? text)
    {
        if (text is null)
            return null;
        var split = text.IndexOf('/');
        return (new(long.Parse(text.AsSpan(0, split), CultureInfo.InvariantCulture), TimeSpan.Zero), Guid.Parse(text.AsSpan(split + 1)));
    }

    public static string OfName((ItemRow Row, string Key) last) => $"{last.Row.Card.Id}/{last.Key}";

    public static (string Key, Guid Gif)? Name(string? text) => text is null ? null : (text[37..], Guid.Parse(text.AsSpan(0, 36)));
}
