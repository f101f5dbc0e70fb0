using GifShare.Grains.Accounts;

namespace GifShare.Grains.Collections;

/// <summary>Passwords of links: hashed like accounts' ones, in the same bounded queue, and how often a wrong one may be tried.</summary>
public sealed class LinkPasswords
{
    private readonly PasswordHashing hashing;

    internal LinkPasswords(PasswordHashing hashing, AccountsOptions options) => (this.hashing, FailuresAllowed) = (hashing, options.FailedPasswordsPer15Min);

    /// <summary>Setting <c>RateLimits:FailedPasswordsPer15Min</c>; 0 is no limit.</summary>
    public int FailuresAllowed { get; }

    /// <summary>Too many are being hashed at this moment.</summary>
    public static Error Busy => PasswordHashing.Busy;

    /// <summary>Null: <see cref="Busy"/>.</summary>
    public Task<string?> Hash(string password) => hashing.Hash(Typed(password));

    /// <summary>Null: <see cref="Busy"/>.</summary>
    public Task<bool?> Verify(string hash, string password) => hashing.Verify(hash, Typed(password));

    public bool IsOutdated(string hash) => hashing.IsOutdated(hash);

    /// <summary>The same letters from any keyboard; what is no text is compared as it is, and is never right.</summary>
    private static string Typed(string password) => Passwords.Normalize(password) ?? password;
}
