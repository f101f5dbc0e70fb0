using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>
/// Serves pages to readers of a collection and holders of a link, and counts views. A cache hit is one look-up, without an await. After an await,
/// access is checked again before the page is returned.
/// </summary>
public sealed class CollectionReader(PageMaker pages, LinkSecrets secrets, ViewWriter views, TimeProvider time)
{
    public Task<Result<FinishedPage>> Read(CollectionMemory memory, UserId? caller, string? ifNoneMatch, bool counts)
    {
        if (memory.RefuseRead(caller) is { } refused)
            return Task.FromResult<Result<FinishedPage>>(refused);
        var key = PageMaker.Key(memory, PageKind.Collection);
        return pages.Current(memory, key, time.GetUtcNow()) is { } page ? Task.FromResult<Result<FinishedPage>>(Answer(page)) : Slowly();

        FinishedPage Answer(CachedPage page)
        {
            if (page.Unchanged(memory.Counters, ifNoneMatch) is { } same)
                return same;
            if (counts && caller != memory.Head!.Owner)
                Count(memory, default(LinkId));
            return page.Show(memory.Counters);
        }

        async Task<Result<FinishedPage>> Slowly()
        {
            var page = await pages.Make(memory, key);
            return memory.RefuseRead(caller) is { } late ? late : Answer(page);
        }
    }

    /// <summary>Returns the collection of the cached page, so that visibility and staleness are decided in one place.</summary>
    public async Task<Result<Collection>> Get(CollectionMemory memory, UserId? caller, bool counts)
    {
        if (memory.RefuseRead(caller) is { } refused)
            return refused;
        var page = await pages.Make(memory, PageMaker.Key(memory, PageKind.Collection));
        if (memory.RefuseRead(caller) is { } late)
            return late;
        if (counts && caller != memory.Head!.Owner)
            Count(memory, default(LinkId));
        return page.ShowCollection(memory.Counters);
    }

    public async Task<Result<Collection>> GetShared(CollectionMemory memory, LinkVisit visit)
    {
        var spends = false;
        visit = visit with { Counts = false };
        if (Reopen(memory, visit, null, out _, ref spends) is { } refused)
            return refused;
        var page = await pages.Make(memory, PageMaker.Key(memory, PageKind.Collection));
        return Reopen(memory, visit, null, out _, ref spends) is { } late ? late : page.ShowCollection(memory.Counters);
    }

    public async Task<Result<FinishedPage>> ReadItems(CollectionMemory memory, UserId? caller, ItemSort sort, string? cursor, int limit, string? ifNoneMatch)
    {
        if (!pages.TryReadCursor(memory.Id, PageKind.Items, default, sort, cursor, out var position, out _))
            return Cursors.Invalid;
        if (memory.RefuseRead(caller) is { } refused)
            return refused;
        var page = await pages.Make(memory, PageMaker.Key(memory, PageKind.Items, sort: sort, limit: limit, position: position));
        if (memory.RefuseRead(caller) is { } late)
            return late;
        return page.Unchanged(memory.Counters, ifNoneMatch) ?? page.Show(memory.Counters);
    }

    public Task<Result<SharedPage>> ReadShared(CollectionMemory memory, LinkVisit visit)
    {
        var now = time.GetUtcNow();
        var link = memory.LinkOf(visit.TokenHash);
        if (Access.Open(memory.Head, memory.IsOwnerDeleted, link, visit, secrets, now, null, out var spends) is { } refused)
            return Task.FromResult<Result<SharedPage>>(refused);
        if (link!.IsCapped || link.CountsStrictly || pages.Current(memory, KeyOf(memory, link), now) is not { } page)
            return ReadSharedSlowly(memory, visit, link, spends);
        var same = page.Unchanged(memory.Counters, visit.IfNoneMatch);
        if (same is null && visit.Counts && visit.Caller != memory.Head!.Owner)
            Count(memory, link, now);
        return Task.FromResult<Result<SharedPage>>(new SharedPage(same ?? page.Show(memory.Counters)));
    }

    private async Task<Result<SharedPage>> ReadSharedSlowly(CollectionMemory memory, LinkVisit visit, Link link, bool spends)
    {
        var page = await pages.Make(memory, KeyOf(memory, link));
        if (Reopen(memory, visit, null, out link!, ref spends) is { } late)
            return late;
        if (page.Unchanged(memory.Counters, visit.IfNoneMatch) is { } same)
            return new SharedPage(same);
        var counts = visit.Counts && visit.Caller != memory.Head!.Owner;
        if (counts && !spends && !link.IsCapped && !link.CountsStrictly)
            Count(memory, link, time.GetUtcNow());
        else if (spends || counts && !link.IsCapped)
        {
            var view = await views.Spend(memory.Id, link.Id);
            link.Views = Math.Max(link.Views, view.LinkViews);
            if (!view.IsGranted)
                return Error.NotFound;
            link.LastViewedAt = view.At;
            memory.Counters.Views++;
            // An edit may have revoked or closed the link while the view was committed.
            var wasPaid = false;
            if (Reopen(memory, visit with { Pass = secrets.Pass(link.Id) }, null, out link!, ref wasPaid) is { } gone)
                return gone;
        }

        if (!link.IsCapped)
            return new SharedPage(page.Show(memory.Counters));
        var pass = spends ? secrets.Pass(link.Id) : visit.Pass is not null && secrets.IsPass(visit.Pass, link.Id) ? visit.Pass : null;
        return new SharedPage(pages.WithPass(memory, page, PageKind.Shared, link.Id, pass), pass);
    }

    public async Task<Result<FinishedPage>> ReadSharedItems(CollectionMemory memory, LinkVisit visit, string? cursor, int limit)
    {
        if (memory.LinkOf(visit.TokenHash) is not { } link)
            return Error.NotFound;
        var isCursor = pages.TryReadCursor(memory.Id, PageKind.SharedItems, link.Id, default, cursor, out var position, out var cursorPass);
        var spends = false;
        // Not a view: a capped link needs the pass of an earlier view.
        visit = visit with { Counts = false };
        if (Reopen(memory, visit, cursorPass, out _, ref spends) is { } refused)
            return refused;
        // Checked after the link, so that a dead link answers not_found whatever the cursor.
        if (!isCursor)
            return Cursors.Invalid;
        var page = await pages.Make(memory, PageMaker.Key(memory, PageKind.SharedItems, link.Id, limit: limit, position: position));
        if (Reopen(memory, visit, cursorPass, out link!, ref spends) is { } late)
            return late;
        if (page.Unchanged(memory.Counters, visit.IfNoneMatch) is { } same)
            return same;
        return link.IsCapped ? pages.WithPass(memory, page, PageKind.SharedItems, link.Id, cursorPass ?? visit.Pass) : page.Show(memory.Counters);
    }

    private static PageKey KeyOf(CollectionMemory memory, Link link) => PageMaker.Key(memory, PageKind.Shared, link.Id, limit: CollectionLimits.SharedPage);

    private Error? Reopen(CollectionMemory memory, LinkVisit visit, string? cursorPass, out Link? link, ref bool spends)
    {
        link = memory.LinkOf(visit.TokenHash);
        return Access.Open(memory.Head, memory.IsOwnerDeleted, link, visit, secrets, time.GetUtcNow(), cursorPass, out spends);
    }

    private void Count(CollectionMemory memory, Link link, DateTimeOffset now)
    {
        link.Views++;
        link.LastViewedAt = now;
        Count(memory, link.Id);
    }

    private void Count(CollectionMemory memory, LinkId link)
    {
        memory.Counters.Views++;
        views.Count(memory.Id, link);
    }
}
