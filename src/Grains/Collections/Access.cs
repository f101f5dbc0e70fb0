using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>Access rules of collections and share links. Pure: no database, no grain.</summary>
public static class Access
{
    /// <summary>Null when this caller may read the collection.</summary>
    public static Error? Read(CollectionHead? head, bool ownerDeleted, UserId? caller) =>
        head is null or { DeletedAt: not null } || ownerDeleted || head.Visibility != Visibility.Public && head.Owner != caller ? Error.NotFound : null;

    /// <summary>Null when this caller may edit the collection.</summary>
    public static Error? Edit(CollectionHead? head, bool ownerDeleted, UserId caller) =>
        Read(head, ownerDeleted, caller) ?? (head!.Owner == caller ? null : Error.Forbidden("Only its owner may change this collection."));

    /// <summary>
    /// Null when the link may be opened with the visit's credentials; a capped link without a pass still has to spend a view
    /// (<paramref name="spends"/>). Existence, expiry and cap are checked before the password (api.md, Links).
    /// </summary>
    public static Error? Open(CollectionHead? head, bool ownerDeleted, Link? link, LinkVisit visit, LinkSecrets secrets, DateTimeOffset now, string? cursorPass, out bool spends)
    {
        spends = false;
        if (head is null or { DeletedAt: not null } || ownerDeleted || head.Visibility == Visibility.Private)
            return Error.NotFound;
        if (link is null || link.IsExpired(now))
            return Error.NotFound;
        if (link.IsCapped && !secrets.IsPass(cursorPass, link.Id) && !secrets.IsPass(visit.Pass, link.Id))
        {
            var isOwner = visit.Caller == head.Owner;
            if (link.IsUsedUp || !visit.Counts && !isOwner)
                return Error.NotFound;
            spends = !isOwner;
        }

        return link.PasswordHash is null || secrets.IsUnlocked(visit.Unlock, link.Id, link.PasswordVersion)
            ? null
            : new Error(ErrorCode.LinkPasswordRequired, "This link needs a password: send it to …/unlock, then repeat with the Link-Unlock header.");
    }
}
