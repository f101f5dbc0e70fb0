using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GifShare.Collections;

namespace GifShare.Grains.Collections;

public enum Visibility
{
    Private,
    Shared,
    Public,
}

public static class Visibilities
{
    public static string Name(this Visibility value) => value switch
    {
        Visibility.Private => "private",
        Visibility.Shared => "shared",
        _ => "public",
    };

    public static Visibility Parse(string text) => TryParse(text, out var value) ? value : throw new FormatException($"No visibility: {text}");

    public static bool TryParse(string? text, out Visibility value)
    {
        (var known, value) = text switch
        {
            "private" => (true, Visibility.Private),
            "shared" => (true, Visibility.Shared),
            "public" => (true, Visibility.Public),
            _ => (false, default),
        };
        return known;
    }
}

/// <summary>The picture on a collection's cover.</summary>
public sealed record Cover(GifId Gif, string? Url, string? ObjectKey, int Width, int Height);

/// <summary>
/// A collection's own columns. Immutable: an edit makes the next one, commits it, and only then puts it in the place of the old.
/// Counters are not part of it (they belong to <see cref="Counters"/>).
/// </summary>
public sealed record CollectionHead(
    CollectionId Id,
    UserId Owner,
    string Name,
    string? Description,
    Visibility Visibility,
    GifId? CoverGif,
    long Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? DeletedAt,
    int KeyEpoch)
{
    /// <summary>The next version of it, at this time.</summary>
    public CollectionHead Edited(DateTimeOffset now) => this with { Version = Version + 1, UpdatedAt = now };

    /// <summary>Which picture stands for it: the chosen one while it is in it, else the first.</summary>
    public GifId? CoverIn(ItemIndex items) => CoverGif is { } chosen && items.IsVisible(chosen) ? chosen : items.First;
}

/// <summary>Views and likes as their rows have them, plus what is on its way there. Only the collection's grain changes them.</summary>
public sealed class Counters
{
    public long Views { get; set; }
    public long Likes { get; set; }

    /// <summary>Order of like counts; an answer that was overtaken must not turn the count back.</summary>
    public long LikesAsOf { get; set; }
}

/// <summary>A share link: its columns, and what this activation knows of it.</summary>
public sealed class Link
{
    public required LinkId Id { get; init; }
    public required string TokenHash { get; init; }
    public required byte[] TokenSealed { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public string? Label { get; set; }
    public string? PasswordHash { get; set; }
    public int PasswordVersion { get; set; }
    public DateTimeOffset? ExpiresAt { get; set; }
    public long? MaxViews { get; set; }
    public long Views { get; set; }
    public DateTimeOffset? LastViewedAt { get; set; }

    /// <summary>A cap is being put on: views are committed one by one already, so that none is missed when it holds.</summary>
    public bool CountsStrictly { get; set; }

    public ViewCell? Cell { get; set; }
    public LinkGuard? Guard { get; set; }

    /// <summary>Another one after each change of its settings. A password counts by how often it was changed; views are no change.</summary>
    public string Version => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{Label?.Length}/{Label}/{PasswordVersion}/{ExpiresAt?.ToUnixTimeMilliseconds()}/{MaxViews}"))).AsSpan(0, 8));

    public bool IsCapped => MaxViews is not null;
    public bool IsUsedUp => MaxViews <= Views;
    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;
}

/// <summary>The rules of who may see a collection, and who may open its links. No database, no grain.</summary>
public static class Access
{
    /// <summary>Null: it may be read by this caller.</summary>
    public static Error? Read(CollectionHead? head, bool ownerDeleted, UserId? caller) =>
        head is null or { DeletedAt: not null } || ownerDeleted || head.Visibility != Visibility.Public && head.Owner != caller ? Error.NotFound : null;

    /// <summary>Null: it may be edited by this caller.</summary>
    public static Error? Edit(CollectionHead? head, bool ownerDeleted, UserId caller) =>
        Read(head, ownerDeleted, caller) ?? (head!.Owner == caller ? null : Error.Forbidden("Only its owner may change this collection."));

    /// <summary>
    /// Null: the link may be opened with what the visitor brings; a capped link without a pass still has to spend a view
    /// (<paramref name="spends"/>). Existence, expiry and cap come before the password (api.md, Links).
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
