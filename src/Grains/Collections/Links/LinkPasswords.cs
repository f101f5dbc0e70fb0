using GifShare.Grains.Accounts;

namespace GifShare.Grains.Collections;

/// <summary>Hashes passwords of links like those of accounts, in the same bounded queue, and holds the limit of wrong ones.</summary>
public sealed class LinkPasswords
{
    private readonly PasswordHashing hashing;

    internal LinkPasswords(PasswordHashing hashing, AccountsOptions options) => (this.hashing, FailuresAllowed) = (hashing, options.FailedPasswordsPer15Min);

    /// <summary>Setting <c>RateLimits:FailedPasswordsPer15Min</c>; 0 means unlimited.</summary>
    public int FailuresAllowed { get; }

    /// <summary>The hashing queue is full.</summary>
    public static Error Busy => PasswordHashing.Busy;

    /// <summary>Null when the hashing queue is full (<see cref="Busy"/>).</summary>
    public Task<string?> Hash(string password) => hashing.Hash(Typed(password));

    /// <summary>Null when the hashing queue is full (<see cref="Busy"/>).</summary>
    public Task<bool?> Verify(string hash, string password) => hashing.Verify(hash, Typed(password));

    public bool IsOutdated(string hash) => hashing.IsOutdated(hash);

    /// <summary>The normalized password, the same for every keyboard; text that cannot be normalized is used as it is and never matches.</summary>
    private static string Typed(string password) => Passwords.Normalize(password) ?? password;
}
