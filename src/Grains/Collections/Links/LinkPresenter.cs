using System.Globalization;
using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>The public base address of this installation (setting <c>PublicUrl</c>); never taken from a request.</summary>
public sealed record PublicUrl(string Value)
{
    public string OfLink(string token) => $"{Value}/s/{token}";
}

/// <summary>Builds share links as their owner sees them.</summary>
public sealed class LinkPresenter(LinkSecrets secrets, PublicUrl url, Cursors cursors)
{
    public ShareLink Show(Link link)
    {
        var token = secrets.Open(link.TokenSealed, link.Id);
        return new(
            link.Id, token, url.OfLink(token), link.Label, link.PasswordHash is not null, link.ExpiresAt, link.MaxViews,
            link.Views, link.LastViewedAt, link.CreatedAt, link.Version);
    }

    /// <summary>A new link with a random token, not yet stored.</summary>
    public Link New(NewLink command, string? label, string? passwordHash, DateTimeOffset now)
    {
        var (id, token) = (LinkId.New(), LinkSecrets.NewToken());
        return new Link
        {
            Id = id,
            TokenHash = LinkTokens.HashOf(token),
            TokenSealed = secrets.Close(token, id),
            CreatedAt = now,
            Label = label,
            PasswordHash = passwordHash,
            ExpiresAt = command.ExpiresAt,
            MaxViews = command.MaxViews,
        };
    }

    /// <summary>Errors: forbidden, not_found.</summary>
    public Result<ShareLink> Get(CollectionMemory memory, UserId caller, LinkId id) =>
        memory.RefuseEdit(caller) is { } refused ? refused : memory.LinkOf(id) is { } link ? Show(link) : Error.NotFound;

    /// <summary>Newest first. Errors: forbidden, not_found, invalid_request (cursor).</summary>
    public Result<PageOf<ShareLink>> List(CollectionMemory memory, UserId caller, string? cursor, int limit)
    {
        var list = $"links/{memory.Id}";
        if (!cursors.TryRead(list, cursor, out var position))
            return Cursors.Invalid;
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        var links = memory.Links.Values.OrderByDescending(link => link.CreatedAt).ThenByDescending(link => link.Id.Value).AsEnumerable();
        if (position is not null)
        {
            var split = position.IndexOf('/');
            var at = new DateTimeOffset(long.Parse(position.AsSpan(0, split), CultureInfo.InvariantCulture), TimeSpan.Zero);
            var last = Guid.Parse(position.AsSpan(split + 1));
            links = links.Where(link => link.CreatedAt < at || link.CreatedAt == at && link.Id.Value.CompareTo(last) < 0);
        }

        var page = links.Take(limit + 1).ToList();
        var next = page.Count > limit ? cursors.Protect(list, $"{page[limit - 1].CreatedAt.UtcTicks}/{page[limit - 1].Id}") : null;
        return new PageOf<ShareLink>([.. page.Take(limit).Select(Show)], next);
    }
}
