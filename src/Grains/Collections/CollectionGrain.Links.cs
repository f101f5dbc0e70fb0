using System.Collections.Immutable;
using System.Globalization;
using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>Share links: made, listed, changed, revoked and unlocked.</summary>
public sealed partial class CollectionGrain
{
    private static readonly Error Private = new(ErrorCode.CollectionPrivate, "A private collection has no links; make it shared or public first.");

    public async Task<Result<ShareLink>> CreateLink(UserId caller, NewLink command, IdempotencyTicket? ticket)
    {
        if (CollectionRules.Check(command, tools.Time.GetUtcNow(), out var label) is { } error)
            return error;
        await Settled();
        if (Access.Edit(head, OwnerDeleted, caller) is { } early)
            return await QueueRefusal<ShareLink>(caller, early);
        // Hashing takes long and waits for its turn; edits do not wait for it.
        var password = command.Password is null ? null : await tools.Links.Passwords.Hash(command.Password);
        if (command.Password is not null && password is null)
            return LinkPasswords.Busy;
        return await Queue<Result<ShareLink>>(async () =>
        {
            if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
                return Refuse(refused);
            if (head!.Visibility == Visibility.Private)
                return Private;
            if (links.Count >= CollectionLimits.Links)
                return Error.Conflict($"A collection has at most {CollectionLimits.Links} links; delete some first.");
            var token = LinkSecrets.NewToken();
            var linkId = LinkId.New();
            var link = new Link
            {
                Id = linkId,
                TokenHash = Convert.ToHexStringLower(LinkSecrets.Hash(token)),
                TokenSealed = tools.Links.Secrets.Close(token, linkId),
                CreatedAt = tools.Time.Now(),
                Label = label,
                PasswordHash = password,
                ExpiresAt = command.ExpiresAt,
                MaxViews = command.MaxViews,
            };
            Result<ShareLink> answer = Show(link);
            await tools.Links.Store.Insert(id, link, revision, ticket, answer, GifShareJson.Default.ResultShareLink);
            revision++;
            links.Add(link.TokenHash, link);
            return answer;
        });
    }

    public async Task<Result<PageOf<ShareLink>>> ListLinks(UserId caller, string? cursor, int limit)
    {
        var list = $"links/{id}";
        if (!tools.Pages.Cursors.TryRead(list, cursor, out var position))
            return Cursors.Invalid;
        await Settled();
        if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
            return Refuse(refused);
        var all = links.Values.OrderByDescending(link => link.CreatedAt).ThenByDescending(link => link.Id.Value).AsEnumerable();
        if (position is not null)
        {
            var split = position.IndexOf('/');
            var at = new DateTimeOffset(long.Parse(position.AsSpan(0, split), CultureInfo.InvariantCulture), TimeSpan.Zero);
            var last = Guid.Parse(position.AsSpan(split + 1));
            all = all.Where(link => link.CreatedAt < at || link.CreatedAt == at && link.Id.Value.CompareTo(last) < 0);
        }

        var page = all.Take(limit + 1).ToList();
        var next = page.Count > limit ? tools.Pages.Cursors.Protect(list, $"{page[limit - 1].CreatedAt.UtcTicks}/{page[limit - 1].Id}") : null;
        return new PageOf<ShareLink>([.. page.Take(limit).Select(Show)], next);
    }

    public async Task<Result<ShareLink>> UpdateLink(UserId caller, LinkId link, LinkPatch patch, string? ifMatch)
    {
        if (CollectionRules.Check(patch, tools.Time.GetUtcNow(), out var label) is { } error)
            return error;
        await Settled();
        if (Access.Edit(head, OwnerDeleted, caller) is { } early)
            return await QueueRefusal<ShareLink>(caller, early);
        if (LinkOf(link) is null)
            return await QueueRefusal<ShareLink>(caller, Error.NotFound);
        var password = patch.Password.Value is { } plain ? await tools.Links.Passwords.Hash(plain) : null;
        if (patch.Password.Value is not null && password is null)
            return LinkPasswords.Busy;
        return await Queue<Result<ShareLink>>(async () =>
        {
            if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
                return Refuse(refused);
            if (LinkOf(link) is not { } its)
                return Error.NotFound;
            if (!ETags.IfMatch(ifMatch, its.Version))
                return Error.VersionMismatch;
            var newLabel = patch.Label.IsSet ? label : its.Label;
            var passwordHash = patch.Password.IsSet ? password : its.PasswordHash;
            var passwordVersion = its.PasswordVersion + (patch.Password.IsSet ? 1 : 0);
            var expiresAt = patch.ExpiresAt.Or(its.ExpiresAt);
            var maxViews = patch.MaxViews.Or(its.MaxViews);
            try
            {
                if (maxViews is not null && its is { IsCapped: false })
                {
                    // From here on every view is committed before it is given, and those before it are written, so the cap is exact at once.
                    its.CountsStrictly = true;
                    await tools.Writers.Views.Flush(its.Cell ??= new(id, its.Id));
                }

                var given = await tools.Links.Store.Update(id, link, revision, newLabel, passwordHash, passwordVersion, expiresAt, maxViews);
                revision++;
                its.Views = Math.Max(its.Views, given);
            }
            finally
            {
                its.CountsStrictly = false;
            }

            (its.Label, its.PasswordHash, its.PasswordVersion, its.ExpiresAt, its.MaxViews) = (newLabel, passwordHash, passwordVersion, expiresAt, maxViews);
            if (patch.Password.IsSet)
                its.Guard = null;
            return Show(its);
        });
    }

    public Task<Result> DeleteLink(UserId caller, LinkId link) => Queue<Result>(async () =>
    {
        if (Access.Edit(head, OwnerDeleted, caller) is { } refused)
            return Refuse(refused);
        if (LinkOf(link) is not { } its)
            return Error.NotFound;
        await tools.Links.Store.Revoke(id, link, revision, tools.Time.Now());
        revision++;
        links.Remove(its.TokenHash);
        return Result.Ok;
    });

    public async Task<Result<LinkUnlocked>> Unlock(string tokenHash, string password)
    {
        await Settled();
        if (LinkOf(tokenHash) is not { } link || Closed(link))
            return Refuse(Error.NotFound);
        // Taken before anything is awaited: a change meanwhile is made in the link itself.
        var (hash, version) = (link.PasswordHash, link.PasswordVersion);
        if (hash is not null)
        {
            var guard = link.Guard ??= new(tools.Time, tools.Links.Passwords.FailuresAllowed);
            var mark = tools.Links.Secrets.MarkOf(password, link.Id, version);
            if (!guard.Knows(mark))
            {
                if (!await guard.Enter())
                    return new Error(ErrorCode.RateLimited, "Too many wrong passwords for this link; wait a while.", null, guard.RetryAfterSeconds);
                bool? isRight = null;
                try
                {
                    isRight = await tools.Links.Passwords.Verify(hash, password);
                }
                finally
                {
                    guard.Leave(failed: isRight == false);
                }

                if (isRight is null)
                    return LinkPasswords.Busy;
                if (isRight == false)
                    return new Error(ErrorCode.LinkPasswordWrong, "This is not the link's password.");
                guard.Learn(mark);
            }
        }

        // A password that was changed meanwhile is not unlocked by the old one: the unlock is bound to what was checked.
        return LinkOf(tokenHash) is not { } same || Closed(same)
            ? Error.NotFound
            : same.PasswordVersion != version
            ? new Error(ErrorCode.LinkPasswordWrong, "This is not the link's password.")
            : new LinkUnlocked(tools.Links.Secrets.Unlock(link.Id, version), (int)LinkSecrets.Life.TotalSeconds);

        bool Closed(Link it) => head is null or { DeletedAt: not null } || OwnerDeleted || head.Visibility == Visibility.Private
            || it.IsExpired(tools.Time.GetUtcNow()) || it.IsUsedUp;
    }

    private Link? LinkOf(LinkId linkId)
    {
        foreach (var link in links.Values)
            if (link.Id == linkId)
                return link;
        return null;
    }

    private ShareLink Show(Link link)
    {
        var token = tools.Links.Secrets.Open(link.TokenSealed, link.Id);
        return new(
            link.Id, token, tools.Links.PublicUrl.OfLink(token), link.Label, link.PasswordHash is not null, link.ExpiresAt, link.MaxViews,
            link.Views, link.LastViewedAt, link.CreatedAt, link.Version);
    }
}

/// <summary>
/// Counts wrong passwords of a link in a sliding quarter of an hour. As many guesses are checked at a time as may still fail, so the limit
/// holds under concurrency without refusing those who know the password.
/// </summary>
public sealed class LinkGuard(TimeProvider time, int allowed)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
    private readonly Queue<DateTimeOffset> failures = [];
    private ImmutableHashSet<string> known = [];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int checking;

    public int RetryAfterSeconds => failures.TryPeek(out var first) ? Math.Max(1, (int)(first + Window - time.GetUtcNow()).TotalSeconds) : 1;

    public bool Knows(byte[] mark) => known.Contains(Convert.ToHexString(mark));

    public void Learn(byte[] mark) => known = known.Count > 4 ? [Convert.ToHexString(mark)] : known.Add(Convert.ToHexString(mark));

    /// <summary>False: too many failed. True: check one, then <see cref="Leave"/>.</summary>
    public async Task<bool> Enter()
    {
        while (true)
        {
            while (failures.TryPeek(out var first) && first <= time.GetUtcNow() - Window)
                failures.Dequeue();
            if (allowed > 0 && failures.Count >= allowed)
                return false;
            if (allowed <= 0 || failures.Count + checking < allowed)
                break;
            await changed.Task;
        }

        checking++;
        return true;
    }

    public void Leave(bool failed)
    {
        checking--;
        if (failed)
            failures.Enqueue(time.GetUtcNow());
        changed.SetResult();
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
