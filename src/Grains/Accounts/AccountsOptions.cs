using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Accounts;

internal enum RegistrationMode
{
    Open,
    Invite,
    Closed,
}

/// <summary>Settings of accounts. A value out of range stops the start with its sentence.</summary>
internal sealed class AccountsOptions
{
    public static readonly TimeSpan AccessLife = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan RefreshLife = TimeSpan.FromDays(30);
    public static readonly TimeSpan InviteLife = TimeSpan.FromDays(7);
    public static readonly TimeSpan UndoWindow = TimeSpan.FromDays(30);

    /// <summary>Sessions of one user that live at the same time; they are in memory, and one more ends the one unused for longest.</summary>
    public const int MaxSessions = 100;

    /// <summary><c>Registration:Mode</c>: who may make an account. Open by default, as on any public site.</summary>
    public RegistrationMode Registration { get; private init; } = RegistrationMode.Open;

    /// <summary><c>RateLimits:WritesPerMinute</c> per user, 0 = off. 100 is more than a person clicks.</summary>
    public int WritesPerMinute { get; private init; } = 100;

    /// <summary><c>RateLimits:UploadsPerHour</c> per user, 0 = off. A collection of 1,000 gifs moves in within an hour.</summary>
    public int UploadsPerHour { get; private init; } = 1000;

    /// <summary><c>RateLimits:FailedPasswordsPer15Min</c> per account and per address, 0 = off. About 1,000 guesses a day.</summary>
    public int FailedPasswordsPer15Min { get; private init; } = 10;

    /// <summary><c>Storage:QuotaPerUser</c> in bytes: 5 GB.</summary>
    public long QuotaPerUser { get; private init; } = 5L << 30;

    /// <exception cref="OptionsValidationException">A setting has no valid value; the message names it.</exception>
    public static AccountsOptions From(IConfiguration configuration) => new()
    {
        Registration = (configuration["Registration:Mode"] ?? "open") switch
        {
            "open" => RegistrationMode.Open,
            "invite" => RegistrationMode.Invite,
            "closed" => RegistrationMode.Closed,
            var other => throw Invalid($"Registration:Mode is \"{other}\"; it must be open, invite or closed."),
        },
        WritesPerMinute = (int)Number(configuration, "RateLimits:WritesPerMinute", 100, 1_000_000),
        UploadsPerHour = (int)Number(configuration, "RateLimits:UploadsPerHour", 1000, 1_000_000),
        FailedPasswordsPer15Min = (int)Number(configuration, "RateLimits:FailedPasswordsPer15Min", 10, 10_000),
        QuotaPerUser = Number(configuration, "Storage:QuotaPerUser", 5L << 30, long.MaxValue),
    };

    private static long Number(IConfiguration configuration, string name, long fallback, long max) =>
        configuration[name] is not { Length: > 0 } text ? fallback
        : long.TryParse(text, out var value) && value >= 0 && value <= max ? value
        : throw Invalid($"{name} is \"{text}\"; it must be a whole number from 0 to {max}.");

    private static OptionsValidationException Invalid(string sentence) => new(nameof(AccountsOptions), typeof(AccountsOptions), [sentence]);
}
