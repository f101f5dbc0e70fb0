using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GifShare.Grains.Collections;

/// <summary>A share link: its columns, and this activation's state of it.</summary>
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

    /// <summary>An edit is adding a cap: views are committed one by one already, so that all are counted when the cap takes effect.</summary>
    public bool CountsStrictly { get; set; }

    /// <summary>Counts wrong passwords; null until the first attempt.</summary>
    public LinkPasswordThrottle? Throttle { get; set; }

    /// <summary>Hash of the link's settings; the password enters by its version. Views do not change it.</summary>
    public string Version => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{Label?.Length}/{Label}/{PasswordVersion}/{ExpiresAt?.ToUnixTimeMilliseconds()}/{MaxViews}"))).AsSpan(0, 8));

    /// <summary>Keeps the in-memory state of the same link when its row is read again.</summary>
    public void Keep(Link before)
    {
        // Buffered views are not in the row yet.
        (Throttle, Views) = (before.Throttle, Math.Max(before.Views, Views));
        if (LastViewedAt is null || before.LastViewedAt > LastViewedAt)
            LastViewedAt = before.LastViewedAt;
    }

    public bool IsCapped => MaxViews is not null;
    public bool IsUsedUp => MaxViews <= Views;
    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;
}
