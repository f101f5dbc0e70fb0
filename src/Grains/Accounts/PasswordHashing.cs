using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Identity;

namespace GifShare.Grains.Accounts;

/// <summary>
/// Hashes and checks passwords, about 60 ms of a core each: one at a time per core, 32 waiting, and beyond that null, which callers answer
/// as <see cref="Busy"/>. Runs on threads of its own that give way to others (nice 4): on the thread pool a flood of logins would
/// hold all of its threads, and at the usual priority most of all cores. Link passwords use it as well.
/// </summary>
internal sealed class PasswordHashing : IDisposable
{
    /// <summary>Passwords that may wait.</summary>
    public const int Queue = 32;

    private const int Niceness = 4;
    private static readonly int Cores = Environment.ProcessorCount;
    private static readonly object Nobody = new();
    private readonly PasswordHasher<object> hasher = new();
    private readonly BlockingCollection<Action> waiting = [];
    private readonly string decoy;
    private readonly Lazy<bool> started;
    private int present;

    public PasswordHashing()
    {
        decoy = hasher.HashPassword(Nobody, Guid.NewGuid().ToString());
        started = new(StartThreads);
    }

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

    /// <summary>Who waits is still answered.</summary>
    public void Dispose() => waiting.CompleteAdding();

    private async Task<string?> Run(Func<string> work)
    {
        if (Interlocked.Increment(ref present) > Cores + Queue)
        {
            Interlocked.Decrement(ref present);
            return null;
        }

        _ = started.Value;
        // Its continuation belongs to whoever waits, not to the thread that hashes.
        var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            waiting.Add(Hash);
            return await done.Task;
        }
        catch (InvalidOperationException) when (waiting.IsAddingCompleted)
        {
            // The silo ends.
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
        // 0: the calling thread. Refused or unknown here, it is only less polite.
        _ = setpriority(0, 0, Niceness);
        foreach (var work in waiting.GetConsumingEnumerable())
            work();
    }

#pragma warning disable SYSLIB1054, IDE1006 // blittable: generated marshalling would only ask for unsafe code; the name is libc's
    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setpriority(int which, uint who, int niceness);
#pragma warning restore SYSLIB1054, IDE1006
}
