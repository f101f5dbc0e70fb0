using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Cryptography.KeyDerivation;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Accounts;

/// <summary>
/// Hashes and verifies passwords of accounts and links, about 130 ms of a core each: one at a time per core, with a queue of 32. When the queue is
/// full, the result is null, which callers return as <see cref="Busy"/>. Runs on its own threads at lower priority (nice 4): on the thread pool a
/// flood of logins would occupy all threads, and at normal priority most of the CPU.
/// </summary>
internal sealed class PasswordHashing : IDisposable
{
    /// <summary>
    /// Iterations of PBKDF2 with HMAC-SHA512, per OWASP's Password Storage Cheat Sheet (2023). Not a setting, because fewer would be a weakness.
    /// Hashes with other iteration counts are replaced at the next successful check of their password.
    /// </summary>
    public const int Iterations = 210_000;

    /// <summary>Capacity of the queue.</summary>
    public const int Queue = 32;

    private const int Niceness = 4;
    private static readonly int Cores = Environment.ProcessorCount;
    private static readonly object Nobody = new();
    private readonly int iterations;
    private readonly PasswordHasher<object> hasher;
    private readonly BlockingCollection<Action> waiting = [];
    private readonly string decoy;
    private readonly Lazy<bool> started;
    private int present;
    private long latestTicks;

    /// <param name="iterations">Differs from the default only in tests, which create thousands of accounts.</param>
    public PasswordHashing(int iterations = Iterations)
    {
        this.iterations = iterations;
        hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
        decoy = Decoy(iterations);
        started = new(StartThreads);
    }

    public int Waiting => Math.Max(0, Volatile.Read(ref present) - Cores);

    public static Error Busy { get; } = new(ErrorCode.Unavailable, "Too many passwords are being checked; try again in a moment.", RetryAfterSeconds: 2);

    /// <summary>The hash of a password; null when the queue is full.</summary>
    public Task<string?> Hash(string password) => Run(() => hasher.HashPassword(Nobody, password));

    /// <summary>
    /// Whether the password matches; null when the queue is full. Without a hash (unknown account) it does the same work and answers false. A wrong
    /// password for a hash with fewer iterations is charged the missing ones, so that the time reveals nothing.
    /// </summary>
    public async Task<bool?> Verify(string? hash, string password)
    {
        var begun = Stopwatch.GetTimestamp();
        var verdict = await Run(() =>
        {
            var result = hasher.VerifyHashedPassword(Nobody, hash ?? decoy, password);
            if (result == PasswordVerificationResult.Failed && hash is not null && iterations - IterationsOf(hash) is > 0 and var missing)
                Rfc2898DeriveBytes.Pbkdf2(password, new byte[16], missing, HashAlgorithmName.SHA512, 32);
            return result.ToString();
        });
        if (verdict is null)
            return null;
        Volatile.Write(ref latestTicks, Stopwatch.GetElapsedTime(begun).Ticks);
        return hash is not null && verdict != nameof(PasswordVerificationResult.Failed);
    }

    /// <summary>Takes as long as the latest <see cref="Verify"/>, for a password that must not be checked.</summary>
    public async Task<bool?> Pretend()
    {
        if (Volatile.Read(ref present) >= Cores + Queue)
            return null;
        await Task.Delay(TimeSpan.FromTicks(Volatile.Read(ref latestTicks)));
        return false;
    }

    /// <summary>Whether the hash has another iteration count than the current one.</summary>
    public bool IsOutdated(string hash) => IterationsOf(hash) != iterations;

    /// <summary>A hash with the current iteration count that no password matches. Random instead of computed, to keep the start fast.</summary>
    private static string Decoy(int iterations)
    {
        const int saltLength = 16, keyLength = 32;
        var hash = new byte[13 + saltLength + keyLength];
        RandomNumberGenerator.Fill(hash.AsSpan(13));
        hash[0] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(1), (uint)KeyDerivationPrf.HMACSHA512);
        BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(5), (uint)iterations);
        BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(9), saltLength);
        return Convert.ToBase64String(hash);
    }

    /// <summary>The iteration count in ASP.NET Core Identity's format 3: a byte 1, then PRF, iterations and salt length (32 bits each).</summary>
    private static int IterationsOf(string hash) => (int)BinaryPrimitives.ReadUInt32BigEndian(Convert.FromBase64String(hash).AsSpan(5));

    /// <summary>Queued passwords are still hashed.</summary>
    public void Dispose() => waiting.CompleteAdding();

    private async Task<string?> Run(Func<string> work)
    {
        if (Interlocked.Increment(ref present) > Cores + Queue)
        {
            Interlocked.Decrement(ref present);
            return null;
        }

        _ = started.Value;
        // The caller's continuation must not run on the hashing thread.
        var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            waiting.Add(Hash);
            return await done.Task;
        }
        catch (InvalidOperationException) when (waiting.IsAddingCompleted)
        {
            // The silo is stopping.
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref present);
        }

        void Hash()
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }
    }

    private bool StartThreads()
    {
        for (var n = 0; n < Cores; n++)
            new Thread(Work) { IsBackground = true, Name = "Password hashing" }.Start();
        return true;
    }

    private void Work()
    {
        // 0 means the calling thread. If the system refuses, the thread keeps normal priority.
        _ = setpriority(0, 0, Niceness);
        foreach (var work in waiting.GetConsumingEnumerable())
            work();
    }

#pragma warning disable SYSLIB1054, IDE1006 // blittable: generated marshalling would only ask for unsafe code; the name is libc's
    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setpriority(int which, uint who, int niceness);
#pragma warning restore SYSLIB1054, IDE1006
}
