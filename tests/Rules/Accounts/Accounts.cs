using System.Collections.Immutable;
using GifShare.Grains.Accounts;
using Microsoft.Extensions.Configuration;

namespace GifShare.Rules.Tests.Accounts;

/// <summary>Rows of an account, made up.</summary>
internal static class Accounts
{
    public static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    public static User User(UserId id, string passwordHash = "hash") => new(
        id, "ada", "ada@example.org", passwordHash, "Ada Lovelace", "Ada", "Lovelace", null, null, null, null, null, GifShare.Grains.Accounts.User.UserRole,
        false, false, 0, 0, 0, Now, Now);

    /// <summary>A session that began so many minutes ago and lives for a day.</summary>
    public static UserSession Session(int minutesAgo = 0) => new(
        SessionId.New(), new(1, [], null, null), "a browser", "192.0.2.1", Now.AddMinutes(-minutesAgo), Now.AddMinutes(-minutesAgo), Now.AddDays(1));

    public static ImmutableDictionary<string, DateTimeOffset> NoAddresses => ImmutableDictionary<string, DateTimeOffset>.Empty;

    public static LoadedUser Rows(User user, long revision, params UserSession[] sessions) =>
        new(user, sessions.ToImmutableDictionary(session => session.Id), NoAddresses, revision);

    public static AccountsOptions Options(params (string Name, string Value)[] settings) => AccountsOptions.From(
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => setting.Name, string? (setting) => setting.Value)).Build());
}
