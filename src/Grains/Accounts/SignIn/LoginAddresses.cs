using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace GifShare.Grains.Accounts;

/// <summary>
/// The addresses from which an account has signed in: from these, other people's wrong passwords do not lock the owner out. They are stored as marks
/// (HMAC-SHA256 of user and address under a key of the master key), so that the rows reveal neither addresses nor which users share one.
/// </summary>
internal sealed class LoginAddresses(MasterKey master)
{
    public const int Max = 20;
    public static readonly TimeSpan Life = TimeSpan.FromDays(30);
    private readonly byte[] key = master.Derive("gifshare/login-address/v1");

    /// <summary>The mark of an address: 16 bytes in hexadecimal.</summary>
    public string MarkOf(UserId user, string? address) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{user}\n{address}")).AsSpan(0, 16));

    /// <summary>The known addresses after a sign-in: at most the <see cref="Max"/> latest within <see cref="Life"/>, including this one.</summary>
    public static ImmutableDictionary<string, DateTimeOffset> With(ImmutableDictionary<string, DateTimeOffset> known, string mark, DateTimeOffset now) =>
        known.SetItem(mark, now).Where(address => address.Value > now - Life).OrderByDescending(address => address.Value).ThenBy(address => address.Key != mark)
            .Take(Max).ToImmutableDictionary();
}
