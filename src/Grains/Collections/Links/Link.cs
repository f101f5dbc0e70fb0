using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GifShare.Grains.Collections;

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

    /// <summary>Wrong passwords; null until the first attempt.</summary>
    public LinkPasswordThrottle? Throttle { get; set; }

    /// <summary>Another one after each change of its settings. A password counts by how often it was changed; views are no change.</summary>
    public string Version => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{Label?.Length}/{Label}/{PasswordVersion}/{ExpiresAt?.ToUnixTimeMilliseconds()}/{MaxViews}"))).AsSpan(0, 8));

    /// <summary>Takes over what only memory knows from the same link before its row was read again.</summary>
    public void Keep(Link before)
    {
        // Views on their way are not in the row yet.
        (Throttle, Views) = (before.Throttle, Math.Max(before.Views, Views));
        if (LastViewedAt is null || before.LastViewedAt > LastViewedAt)
            LastViewedAt = before.LastViewedAt;
    }

    public bool IsCapped => MaxViews is not null;
    public bool IsUsedUp => MaxViews <= Views;
    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;
}
