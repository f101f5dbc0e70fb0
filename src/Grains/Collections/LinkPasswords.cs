using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;

namespace GifShare.Grains.Collections;

/// <summary>Passwords of links: hashed like accounts' ones, and how often a wrong one may be tried.</summary>
public sealed class LinkPasswords(IConfiguration configuration) : IDisposable
{
    private static readonly PasswordHasher<Link> Hasher = new();
    private readonly SemaphoreSlim turn = new(Math.Max(1, Environment.ProcessorCount));

    /// <summary>Setting <c>RateLimits:FailedPasswordsPer15Min</c>; 0 is no limit.</summary>
    public int FailuresAllowed { get; } = configuration.GetValue("RateLimits:FailedPasswordsPer15Min", 10);

    public Task<string> Hash(string password) => InTurn(() => Hasher.HashPassword(null!, password));

    public Task<bool> Verify(string hash, string password) => InTurn(() => Hasher.VerifyHashedPassword(null!, hash, password) != PasswordVerificationResult.Failed);

    public void Dispose() => turn.Dispose();

    private async Task<T> InTurn<T>(Func<T> work)
    {
        await turn.WaitAsync();
        try
        {
            return await Task.Run(work);
        }
        finally
        {
            turn.Release();
        }
    }
}
