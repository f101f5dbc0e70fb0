using GifShare.Accounts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Accounts;

internal enum RegistrationMode
{
    Open,
    Invite,
    Closed,
}

/// <summary>Settings of accounts. A value out of range fails the start with a message that names the setting.</summary>
internal sealed class AccountsOptions
{
    public static readonly TimeSpan AccessLife = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan RefreshLife = TimeSpan.FromDays(30);
    public static readonly TimeSpan InviteLife = TimeSpan.FromDays(7);
    public static readonly TimeSpan UndoWindow = TimeSpan.FromDays(30);

    private static readonly AccountsOptions Defaults = new();

    /// <summary>Maximum of live sessions per user, since they are kept in memory. A further one ends the least recently used.</summary>
    public const int MaxSessions = 100;

    /// <summary><c>Registration:Mode</c>: who may register. Open by default, as on any public site.</summary>
    public RegistrationMode Registration { get; private init; } = RegistrationMode.Open;

    /// <summary><c>RateLimits:WritesPerMinute</c> per user: writes in any 60 seconds, 0 = off. 100 is more than a person clicks.</summary>
    public int WritesPerMinute { get; private init; } = 100;

    /// <summary><c>RateLimits:UploadsPerHour</c> per user, 0 = off. 1,000 suffice to upload a large collection within an hour.</summary>
    public int UploadsPerHour { get; private init; } = 1000;

    /// <summary><c>RateLimits:FailedPasswordsPer15Min</c> per name (as typed at sign-in; or a link) and address, and per session, 0 = off. 10 allow
    /// about 1,000 guesses a day. Per name overall, and per address over all names, <see cref="FailedAttempts.Wide"/> times as many.</summary>
    public int FailedPasswordsPer15Min { get; private init; } = 10;

    /// <summary>
    /// <c>RateLimits:ItemsPerMinute</c>: items that one user's copies, batches and imports add, 0 = off. Enough to reorganize half a collection at
    /// once, and a limit for endless copying. One larger copy is allowed after a minute without any.
    /// </summary>
    public int ItemsPerMinute { get; private init; } = 5000;

    /// <summary>
    /// <c>Quotas:Collections</c>, <c>Items</c>, <c>Gifs</c> and <c>Links</c> per account, 0 = unlimited. Far more than anybody collects by
    /// hand, and at most a gigabyte of a home server's database.
    /// </summary>
    public RowCounts Quotas { get; private init; } = new(2_000, 200_000, 100_000, 10_000);

    /// <summary><c>Storage:QuotaPerUser</c> in bytes; the default is 5 GB.</summary>
    public long QuotaPerUser { get; private init; } = 5L << 30;

    /// <exception cref="OptionsValidationException">A setting is invalid; the message names it.</exception>
    public static AccountsOptions From(IConfiguration configuration) => new()
    {
        Registration = (configuration["Registration:Mode"] ?? "open") switch
        {
            "open" => RegistrationMode.Open,
            "invite" => RegistrationMode.Invite,
            "closed" => RegistrationMode.Closed,
            var other => throw Invalid($"Registration:Mode is \"{other}\"; it must be open, invite or closed."),
        },
        WritesPerMinute = (int)Number(configuration, "RateLimits:WritesPerMinute", Defaults.WritesPerMinute, 1_000_000),
        UploadsPerHour = (int)Number(configuration, "RateLimits:UploadsPerHour", Defaults.UploadsPerHour, 1_000_000),
        FailedPasswordsPer15Min = (int)Number(configuration, "RateLimits:FailedPasswordsPer15Min", Defaults.FailedPasswordsPer15Min, 10_000),
        ItemsPerMinute = (int)Number(configuration, "RateLimits:ItemsPerMinute", Defaults.ItemsPerMinute, 1_000_000),
        Quotas = new(
            Number(configuration, "Quotas:Collections", Defaults.Quotas.Collections, int.MaxValue), Number(configuration, "Quotas:Items", Defaults.Quotas.Items, int.MaxValue),
            Number(configuration, "Quotas:Gifs", Defaults.Quotas.Gifs, int.MaxValue), Number(configuration, "Quotas:Links", Defaults.Quotas.Links, int.MaxValue)),
        QuotaPerUser = Number(configuration, "Storage:QuotaPerUser", Defaults.QuotaPerUser, long.MaxValue),
    };

    private static long Number(IConfiguration configuration, string name, long fallback, long max) =>
        configuration[name] is not { Length: > 0 } text ? fallback
        : long.TryParse(text, out var value) && value >= 0 && value <= max ? value
        : throw Invalid($"{name} is \"{text}\"; it must be a whole number from 0 to {max}.");

    private static OptionsValidationException Invalid(string sentence) => new(nameof(AccountsOptions), typeof(AccountsOptions), [sentence]);
}
