using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>Edits of share links: check against memory, write the row, then update memory. The grain runs one edit at a time.</summary>
public sealed class LinkEditor(LinkStore store, LinkPresenter presenter, LinkPasswords passwords, ViewWriter views, TimeProvider time)
{
    private static readonly Error Private = new(ErrorCode.CollectionPrivate, "A private collection has no links; make it shared or public first.");

    /// <param name="memory">The collection.</param>
    /// <param name="caller">The user who creates the link.</param>
    /// <param name="command">The validated request.</param>
    /// <param name="label">Validated and normalized.</param>
    /// <param name="ticket">Of an idempotent request, or null.</param>
    /// <param name="takeRow">Takes one link of the account's quota; an error is the answer.</param>
    public async Task<Result<ShareLink>> Create(
        CollectionMemory memory, UserId caller, NewLink command, string? label, IdempotencyTicket? ticket, Func<Task<Error?>> takeRow)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        if (memory.Head!.Visibility == Visibility.Private)
            return Private;
        if (await takeRow() is { } full)
            return full;
        if (memory.Links.Count >= CollectionLimits.Links)
            return Error.Conflict($"A collection has at most {CollectionLimits.Links} links; delete some first.");
        var hash = command.Password is null ? null : await passwords.Hash(command.Password);
        if (command.Password is not null && hash is null)
            return LinkPasswords.Busy;
        var link = presenter.New(command, label, hash, time.Now());
        Result<ShareLink> answer = presenter.Show(link);
        await store.Insert(memory.Id, link, memory.Revision, ticket, answer, GifShareJson.Default.ResultShareLink);
        memory.Links.Add(link.TokenHash, link);
        memory.LinksEdited();
        return answer;
    }

    public async Task<Result<ShareLink>> Update(CollectionMemory memory, UserId caller, LinkId id, LinkPatch patch, string? label, string? ifMatch)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        if (memory.LinkOf(id) is not { } link)
            return Error.NotFound;
        if (!ETags.IfMatch(ifMatch, link.Version))
            return Error.VersionMismatch;
        var hash = patch.Password.Value is { } plain ? await passwords.Hash(plain) : null;
        if (patch.Password.Value is not null && hash is null)
            return LinkPasswords.Busy;
        var newLabel = patch.Label.IsSet ? label : link.Label;
        var passwordHash = patch.Password.IsSet ? hash : link.PasswordHash;
        var passwordVersion = link.PasswordVersion + (patch.Password.IsSet ? 1 : 0);
        var expiresAt = patch.ExpiresAt.Or(link.ExpiresAt);
        var maxViews = patch.MaxViews.Or(link.MaxViews);
        try
        {
            if (maxViews is not null && link is { IsCapped: false })
            {
                // From here on every view is committed before the page is given, and earlier ones are flushed, so the cap is exact.
                link.CountsStrictly = true;
                await views.Flush();
            }

            link.Views = Math.Max(link.Views, await store.Update(memory.Id, id, memory.Revision, newLabel, passwordHash, passwordVersion, expiresAt, maxViews));
        }
        finally
        {
            link.CountsStrictly = false;
        }

        (link.Label, link.PasswordHash, link.PasswordVersion, link.ExpiresAt, link.MaxViews) = (newLabel, passwordHash, passwordVersion, expiresAt, maxViews);
        if (patch.Password.IsSet)
            link.Throttle = null;
        memory.LinksEdited();
        return presenter.Show(link);
    }

    public async Task<Result> Revoke(CollectionMemory memory, UserId caller, LinkId id)
    {
        if (memory.RefuseEdit(caller) is { } refused)
            return refused;
        if (memory.LinkOf(id) is not { } link)
            return Error.NotFound;
        await store.Revoke(memory.Id, id, memory.Revision, time.Now());
        memory.Links.Remove(link.TokenHash);
        memory.LinksEdited();
        return Result.Ok;
    }

    /// <summary>Stores a rehash of the same password with the current parameters; does nothing if the password has changed.</summary>
    public async Task Rehash(CollectionMemory memory, LinkId id, string old, string hash)
    {
        if (memory.LinkOf(id) is not { } link || link.PasswordHash != old)
            return;
        await store.Rehash(memory.Id, id, memory.Revision, hash);
        link.PasswordHash = hash;
        memory.LinksEdited();
    }
}
