using System.Collections.Immutable;
using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>Reads other than pages: one item, the source of a copy, a download, the card of a link. They count no view.</summary>
public sealed class CollectionQueries(PageRows pageRows, PageMaker pages, LinkSecrets secrets, TimeProvider time)
{
    /// <summary>Null when the caller may read the collection, directly or through a link; a capped link needs a pass.</summary>
    public Error? RefuseRead(CollectionMemory memory, UserId? caller, LinkVisit? via) => via is null
        ? memory.RefuseRead(caller)
        : Access.Open(memory.Head, memory.IsOwnerDeleted, memory.LinkOf(via.TokenHash), via with { Counts = false }, secrets, time.GetUtcNow(), null, out _);

    public async Task<Result<PlacedItem>> GetItem(CollectionMemory memory, UserId? caller, GifId gif)
    {
        if (memory.RefuseRead(caller) is { } refused)
            return refused;
        var (head, items) = (memory.Head!, memory.Items);
        if (!items.IsVisible(gif))
            return Error.NotFound;
        var (place, previous, next) = items.Neighbours(gif);
        var cover = head.CoverIn(items);
        var chosen = head.CoverGif is { } choice && items.IsVisible(choice) ? choice : default(GifId?);
        var collection = await pages.Show(memory, head, items);
        var rows = await pageRows.LoadItemRows(memory.Id, [gif]);
        if (memory.RefuseRead(caller) is { } late)
            return late;
        return rows.TryGetValue(gif, out var row)
            ? new PlacedItem(collection, pages.Show(memory.Id, row), place, previous, next, cover == gif, chosen)
            : Error.NotFound;
    }

    public async Task<Result<CopySource>> GetCopySource(CollectionMemory memory, UserId caller, LinkVisit? via, ImmutableArray<GifId>? only)
    {
        if (RefuseRead(memory, caller, via) is { } refused)
            return refused;
        var items = await pageRows.LoadCopyItems(memory.Id, only);
        if (RefuseRead(memory, caller, via) is { } late)
            return late;
        var head = memory.Head!;
        return new CopySource(head.Owner, head.Name, head.AllowCopies, [.. items]);
    }

    public async Task<Result<CollectionSnapshot>> SnapshotOf(CollectionMemory memory, UserId? caller, ImmutableArray<GifId> gifs)
    {
        if (memory.RefuseRead(caller) is { } refused)
            return refused;
        var wanted = gifs.ToHashSet();
        GifId[] here = [.. memory.Items.Visible().Where(wanted.Contains)];
        var collection = await pages.Show(memory);
        var rows = here.Length == 0 ? [] : await pageRows.LoadItemRows(memory.Id, here);
        if (memory.RefuseRead(caller) is { } late)
            return late;
        return new CollectionSnapshot(collection, [.. here.Where(rows.ContainsKey).Select(gif => pages.Show(memory.Id, rows[gif]))]);
    }

    public async Task<Result<DownloadPage>> ReadDownload(CollectionMemory memory, UserId? caller, LinkVisit? via, ImmutableArray<GifId>? only, string? after, int limit)
    {
        if (RefuseRead(memory, caller, via) is { } refused)
            return refused;
        // Reads all it needs of the index before the first await: appends change the index in place.
        var (head, items) = (memory.Head!, memory.Items);
        var slice = items.Slice(ItemCursor.Start(after, items, head.KeyEpoch), limit, out var end, only?.Select(gif => gif.Value).ToHashSet());
        var next = slice.Count > 0 && items.HasVisibleFrom(end) ? ItemCursor.Of(slice[^1], end, head.KeyEpoch) : null;
        var collection = await pages.Show(memory, head, items);
        var known = slice.Count == 0 ? [] : await pageRows.LoadItemRows(memory.Id, slice.ConvertAll(item => new GifId(item.Gif)));
        if (RefuseRead(memory, caller, via) is { } late)
            return late;
        List<ItemRow> rows = [];
        foreach (var item in slice)
            if (known.TryGetValue(new(item.Gif), out var row))
                rows.Add(row);
        return new DownloadPage(
            collection,
            [.. rows.Select(row => pages.Show(memory.Id, row))],
            [.. rows.Select(row => row.IsShown ? row.Card.ObjectKey : null)],
            next);
    }

    public Task<Result<LinkCard>> GetLinkCard(CollectionMemory memory, string tokenHash)
    {
        if (memory.Head is null or { DeletedAt: not null } || memory.IsOwnerDeleted || memory.Head.Visibility == Visibility.Private
            || memory.LinkOf(tokenHash) is not { } link || link.IsExpired(time.GetUtcNow()) || link.IsUsedUp)
            return Task.FromResult<Result<LinkCard>>(Error.NotFound);
        if (link.IsCapped || link.PasswordHash is not null)
            return Task.FromResult<Result<LinkCard>>(new LinkCard(link.PasswordHash is not null, link.IsCapped, null, null, null, null, null, null, null));
        return Open();

        async Task<Result<LinkCard>> Open()
        {
            var shown = await pages.Show(memory);
            var cover = memory.Pages.Cover;
            return new LinkCard(false, false, shown.Name, shown.Description, shown.Owner.DisplayName, shown.CoverUrl, shown.ItemCount, cover?.Width, cover?.Height);
        }
    }
}
