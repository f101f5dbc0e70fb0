using Microsoft.AspNetCore.Identity;

namespace GifShare.Grains.Accounts;

/// <summary>
/// Hashes and checks passwords, about 60 ms of a core each: one at a time per core, 32 waiting, and beyond that null, which callers answer
/// as <see cref="Busy"/>. Runs on the thread pool, so a grain that awaits it holds no scheduler. Link passwords use it as well.
/// </summary>
internal sealed class PasswordHashing : IDisposable
{
    /// <summary>Passwords that may wait.</summary>
    public const int Queue = 32;

    private static readonly int Cores = Environment.ProcessorCount;
    private static readonly object Nobody = new();
    private readonly PasswordHasher<object> hasher = new();
    private readonly SemaphoreSlim cores = new(Cores);
    private readonly string decoy;
    private int present;

    public PasswordHashing() => decoy = hasher.HashPassword(Nobody, Guid.NewGuid().ToString());

    public int Waiting => Math.Max(0, Volatile.Read(ref present) - Cores);

    public static Error Busy { get; } = new(ErrorCode.Unavailable, "Too many passwords are being checked; try again in a moment.", RetryAfterSeconds: 2);

    /// <summary>Null when too many wait.</summary>
    public Task<string?> Hash(string password) => Run(() => hasher.HashPassword(Nobody, password));

    /// <summary>
    /// Null when too many wait. Without a hash (a missing account) it does the same work and answers false.
    /// </summary>
    public async Task<bool?> Verify(string? hash, string password)
    {
        var verdict = await Run(() => hasher.VerifyHashedPassword(Nobody, hash ?? decoy, password).ToString());
        return verdict is null ? null : hash is not null && verdict != nameof(PasswordVerificationResult.Failed);
    }

    public void Dispose() => cores.Dispose();

    private async Task<string?> Run(Func<string> work)
    {
        if (Interlocked.Increment(ref present) > Cores + Queue)
        {
            Interlocked.Decrement(ref present);
            return null;
        }

        try
        {
            await cores.WaitAsync();
            try
            {
#pragma warning disable RS0030 // It serves every grain and so belongs to none.
                return await Task.Run(work);
#pragma warning restore RS0030
            }
            finally
            {
                cores.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref present);
        }
    }
}
