using System.Collections.Immutable;
using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>Reading, by those who may and by those who hold a link. A hot read is one look-up and no more.</summary>
public sealed partial class CollectionGrain
{
    public Task<Result<FinishedPage>> Read(UserId? caller, string? ifNoneMatch, bool counts) =>
        mustReload ? AfterSettling(() => ReadNow(caller, ifNoneMatch, counts)) : ReadNow(caller, ifNoneMatch, counts);

    private Task<Result<FinishedPage>> ReadNow(UserId? caller, string? ifNoneMatch, bool counts)
    {
        if (Access.Read(head, OwnerDeleted, caller) is { } refused)
            return Task.FromResult<Result<FinishedPage>>(Refuse(refused));
        var key = Key(PageKind.Collection);
        return Current(key, tools.Time.GetUtcNow()) is { } page ? Task.FromResult(Answer(page)) : Slowly();

        Result<FinishedPage> Answer(FinishedBytes page)
        {
            if (Unchanged(page, ifNoneMatch) is { } same)
                return same;
            if (counts && caller != head!.Owner)
                Count(ownViews);
            return Show(page);
        }

        async Task<Result<FinishedPage>> Slowly()
        {
            var page = await Make(key);
            return Access.Read(head, OwnerDeleted, caller) is { } late ? late : Answer(page);
        }
    }

    public async Task<Result<FinishedPage>> ReadItems(UserId? caller, ItemSort sort, string? cursor, int limit, string? ifNoneMatch)
    {
        if (!TryReadCursor(PageKind.Items, default, sort, cursor, out var position, out _))
            return Cursors.Invalid;
        await Settled();
        if (Access.Read(head, OwnerDeleted, caller) is { } refused)
            return Refuse(refused);
        var page = await Make(Key(PageKind.Items, sort: sort, limit: limit, position: position));
        if (Access.Read(head, OwnerDeleted, caller) is { } late)
            return late;
        return Unchanged(page, ifNoneMatch) ?? Show(page);
    }

    public Task<Result<SharedPage>> ReadShared(LinkVisit visit) => mustReload ? AfterSettling(() => ReadSharedNow(visit)) : ReadSharedNow(visit);

    private async Task<T> AfterSettling<T>(Func<Task<T>> read)
    {
        await Settled();
        return await read();
    }

    private Task<Result<SharedPage>> ReadSharedNow(LinkVisit visit)
    {
        var now = tools.Time.GetUtcNow();
        var link = LinkOf(visit.TokenHash);
        if (Access.Open(head, OwnerDeleted, link, visit, tools.Links.Secrets, now, null, out var spends) is { } refused)
            return Task.FromResult<Result<SharedPage>>(Refuse(refused));
        if (!link!.IsCapped && !link.CountsStrictly && Current(Key(PageKind.Shared, link.Id, limit: CollectionLimits.SharedPage), now) is { } page)
        {
            var same = Unchanged(page, visit.IfNoneMatch);
            if (same is null && visit.Counts && visit.Caller != head!.Owner)
                Count(link, now);
            return Task.FromResult<Result<SharedPage>>(new SharedPage(same ?? Show(page)));
        }

        return ReadSharedSlowly(visit, link, spends);
    }

    private async Task<Result<SharedPage>> ReadSharedSlowly(LinkVisit visit, Link link, bool spends)
    {
        var page = await Make(Key(PageKind.Shared, link.Id, limit: CollectionLimits.SharedPage));
        if (Reopen(visit, null, out link!, ref spends) is { } late)
            return late;
        if (Unchanged(page, visit.IfNoneMatch) is { } same)
            return new SharedPage(same);
        var counts = visit.Counts && visit.Caller != head!.Owner;
        if (counts && !spends && !link.IsCapped && !link.CountsStrictly)
            Count(link, tools.Time.GetUtcNow());
        else if (spends || counts && !link.IsCapped)
        {
            var view = await tools.Writers.Views.Spend(id, link.Id);
            link.Views = Math.Max(link.Views, view.LinkViews);
            if (!view.Granted)
                return Error.NotFound;
            link.LastViewedAt = view.At;
            counters.Views++;
            // Revoked or closed in the meantime holds for this reader as well.
            var wasPaid = false;
            if (Reopen(visit with { Pass = tools.Links.Secrets.Pass(link.Id) }, null, out link!, ref wasPaid) is { } gone)
                return gone;
        }

        if (!link.IsCapped)
            return new SharedPage(Show(page));
        var pass = !spends && visit.Pass is not null && tools.Links.Secrets.IsPass(visit.Pass, link.Id) ? visit.Pass : spends ? tools.Links.Secrets.Pass(link.Id) : null;
        return new SharedPage(WithPass(page, PageKind.Shared, link, pass), pass);
    }

    public async Task<Result<FinishedPage>> ReadSharedItems(LinkVisit visit, string? cursor, int limit)
    {
        await Settled();
        if (LinkOf(visit.TokenHash) is not { } link)
            return Refuse(Error.NotFound);
        var isCursor = TryReadCursor(PageKind.SharedItems, link.Id, default, cursor, out var position, out var cursorPass);
        var spends = false;
        // It is no view: a capped link needs the pass of one.
        visit = visit with { Counts = false };
        if (Reopen(visit, cursorPass, out _, ref spends) is { } refused)
            return refused;
        // After the link: one that is dead answers as one that never was.
        if (!isCursor)
            return Cursors.Invalid;
        var page = await Make(Key(PageKind.SharedItems, link.Id, limit: limit, position: position));
        if (Reopen(visit, cursorPass, out link!, ref spends) is { } late)
            return late;
        if (Unchanged(page, visit.IfNoneMatch) is { } same)
            return same;
        return link.IsCapped ? WithPass(page, PageKind.SharedItems, link, cursorPass ?? visit.Pass) : Show(page);
    }

    public Task<Result<LinkCard>> GetLinkCard(string tokenHash) => mustReload ? AfterSettling(() => GetLinkCardNow(tokenHash)) : GetLinkCardNow(tokenHash);

    private Task<Result<LinkCard>> GetLinkCardNow(string tokenHash)
    {
        var now = tools.Time.GetUtcNow();
        if (head is null or { DeletedAt: not null } || OwnerDeleted || head.Visibility == Visibility.Private
            || LinkOf(tokenHash) is not { } link || link.IsExpired(now) || link.IsUsedUp)
            return Task.FromResult<Result<LinkCard>>(Refuse(Error.NotFound));
        if (link.IsCapped || link.PasswordHash is not null)
            return Task.FromResult<Result<LinkCard>>(new LinkCard(link.PasswordHash is not null, link.IsCapped, null, null, null, null, null, null, null));
        return Open();

        async Task<Result<LinkCard>> Open()
        {
            var (shown, index) = (head, items);
            var its = headEpoch != epoch.Value || cover?.Gif != shown.CoverIn(index) ? await LoadHeadCards(shown, index) : cover;
            var view = PageWriter.Show(shown, owner!, its, index.Available, counters, tools.Pages.Signer, now);
            return new LinkCard(false, false, view.Name, view.Description, view.Owner.DisplayName, view.CoverUrl, view.ItemCount, its?.Width, its?.Height);
        }
    }

    public async Task<Result<LikeState>> SetLike(UserId caller, LinkVisit? via, bool liked)
    {
        await Settled();
        if (AccessOf(caller, via) is { } refused)
            return Refuse(refused);
        var row = new LikeRow(id, caller, liked);
        try
        {
            await tools.Writers.Likes.Write(row);
        }
        finally
        {
            // It may be in also when the group as a whole has failed.
            if (row.Order > counters.LikesAsOf)
                (counters.LikesAsOf, counters.Likes) = (row.Order, row.Count);
        }

        return new LikeState(liked, row.Count);
    }

    public async Task<Result<CollectionSnapshot>> Snapshot(UserId? caller, LinkVisit? via)
    {
        await Settled();
        if (AccessOf(caller, via) is { } refused)
            return Refuse(refused);
        var (shown, index) = (head!, items);
        var its = await LoadHeadCards(shown, index);
        var rows = await tools.Store.LoadAllItems(id);
        if (AccessOf(caller, via) is { } late)
            return late;
        var now = tools.Time.GetUtcNow();
        return new CollectionSnapshot(
            PageWriter.Show(shown, owner!, its, index.Available, counters, tools.Pages.Signer, now),
            [.. rows.Select(row => row.Show(tools.Pages.Signer, id, now))],
            rows.Select(row => row.Card.ObjectKey).ToImmutableArray());
    }

    /// <summary>By itself, or through a link; a capped one needs the pass of a view.</summary>
    private Error? AccessOf(UserId? caller, LinkVisit? via)
    {
        var spends = false;
        return via is null ? Access.Read(head, OwnerDeleted, caller) : Reopen(via with { Counts = false }, null, out _, ref spends);
    }

    private Error? Reopen(LinkVisit visit, string? cursorPass, out Link? link, ref bool spends)
    {
        link = LinkOf(visit.TokenHash);
        return Access.Open(head, OwnerDeleted, link, visit, tools.Links.Secrets, tools.Time.GetUtcNow(), cursorPass, out spends) is { } refused ? Refuse(refused) : null;
    }

    private Link? LinkOf(string tokenHash) => links.GetValueOrDefault(tokenHash);

    /// <summary>Next pages of a capped link go on with the pass, which their cursors carry.</summary>
    private FinishedPage WithPass(FinishedBytes page, PageKind kind, Link link, string? pass)
    {
        var rest = pass is null || page.Items is not { HasMore: true, Last: { } last } ? page.Items.Json : PageWriter.WithNext(page.Items, Cursor(Key(kind, link.Id), last, pass));
        return page.Show(page.ETag(counters), counters, rest);
    }

    private FinishedPage Show(FinishedBytes page) => page.Show(page.ETag(counters), counters, page.Items.Json);

    /// <summary>Null: the reader has something else, or nothing.</summary>
    private FinishedPage? Unchanged(FinishedBytes page, string? ifNoneMatch)
    {
        if (ifNoneMatch is null)
            return null;
        var etag = page.ETag(counters);
        return ETags.IfNoneMatch(ifNoneMatch, etag) ? page.NotModified(etag) : null;
    }

    private void Count(Link link, DateTimeOffset now)
    {
        link.Views++;
        link.LastViewedAt = now;
        Count(link.Cell ??= new(id, link.Id));
    }

    private void Count(ViewCell cell)
    {
        counters.Views++;
        tools.Writers.Views.Count(cell);
    }
}
