using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Accounts;

/// <summary>Checks passwords and limits guesses: at sign-in per name and address, in a live session per session.</summary>
internal sealed class PasswordGuard(PasswordHashing hashing, LoginAddresses addresses, AccountsOptions options, TimeProvider time, ILogger<PasswordGuard> log)
{
    public static Error InvalidCredentials { get; } = new(ErrorCode.InvalidCredentials, "The name or the password is wrong.");

    /// <summary>Checks a password typed at sign-in. May run concurrently with edits and other guesses.</summary>
    /// <param name="name">The name as typed, normalized.</param>
    /// <param name="waitSeconds">Above 0: the address has failed too often over all names and is refused for this long, unless it is known.</param>
    public async Task<PasswordGuess> CheckGuess(UserMemory memory, string password, string name, string? address, int waitSeconds)
    {
        var attempt = await memory.Failures.Of(name, () => new(options.FailedPasswordsPer15Min, time)).Begin(address ?? "", IsKnown(memory, address), waitSeconds);
        var hash = memory.User?.PasswordHash;
        var text = Passwords.Normalize(password);
        bool? isRight = null;
        try
        {
            isRight = attempt.IsJudged ? await hashing.Verify(text is null ? null : hash, text ?? "") : await hashing.Pretend();
        }
        finally
        {
            attempt.End(isRight == false);
        }

        if (isRight is null)
            return PasswordGuess.Wrong(PasswordHashing.Busy);
        if (isRight == false)
        {
            if (attempt.WaitSeconds == 0)
                return PasswordGuess.Wrong(InvalidCredentials);
            log.Refused(memory.Id);
            return PasswordGuess.Wrong(AddressFailures.TooMany(attempt.WaitSeconds));
        }

        // The first of several rehashes wins: it may be in flight to the rows already, and later sign-ins are compared with it.
        if (hashing.IsOutdated(hash!) && memory.Failures.Rehashed?.Old != hash && await hashing.Hash(text!) is { } rehash
            && memory.Failures.Rehashed?.Old != hash && memory.User?.PasswordHash == hash)
            memory.Failures.Rehashed = (hash!, rehash);
        return new(null, ProofOf(hash!));
    }

    /// <summary>Whether the proof is of a <see cref="CheckGuess"/> of the account's current password.</summary>
    public static bool IsProof(UserMemory memory, ReadOnlySpan<byte> proof) =>
        memory.User is { PasswordHash: var hash }
        && (proof.SequenceEqual(ProofOf(hash)) || memory.Failures.Rehashed is { } latest && latest.New == hash && proof.SequenceEqual(ProofOf(latest.Old)));

    /// <summary>
    /// Checks the password in a live session; null when it is right. Only this session's failures count, so that other people lock nobody out and a
    /// stolen session cannot guess without limit. An attempt counts from its start and is taken back unless the password was wrong.
    /// </summary>
    public async Task<Error?> CheckOwn(UserMemory memory, SessionId current, string password)
    {
        var (limit, now) = (options.FailedPasswordsPer15Min, time.GetUtcNow());
        var failures = memory.Failures.Of(current, now);
        if (limit > 0 && !failures.TryTake(now, limit))
        {
            log.Refused(memory.Id);
            return AddressFailures.TooMany(failures.ResetSeconds(now));
        }

        var text = Passwords.Normalize(password);
        var isRight = await hashing.Verify(text is null ? null : memory.User?.PasswordHash, text ?? "");
        if (isRight == false)
            return InvalidCredentials;
        if (limit > 0)
            failures.Forgive();
        return isRight is null ? PasswordHashing.Busy : null;
    }

    private bool IsKnown(UserMemory memory, string? address) =>
        memory.Addresses.TryGetValue(addresses.MarkOf(memory.Id, address), out var at) && at > time.GetUtcNow() - LoginAddresses.Life;

    /// <summary>Identifies the checked password, so that a change of the password invalidates the proof.</summary>
    private static byte[] ProofOf(string passwordHash) => SHA256.HashData(Encoding.UTF8.GetBytes(passwordHash));
}

/// <summary>A proof for <c>OpenSession</c>, or an error.</summary>
internal readonly record struct PasswordGuess(Error? Error, byte[]? Proof)
{
    public static PasswordGuess Wrong(Error error) => new(error, null);
}

/// <summary>Failure counts of one account, in memory: per name as typed, and per session.</summary>
internal sealed class PasswordFailures
{
    private readonly Dictionary<string, FailedAttempts> byName = [];
    private readonly Dictionary<SessionId, SlidingWindow> bySession = [];

    /// <summary>Old and new hash of the same password, while the rehash is in flight to the rows.</summary>
    public (string Old, string New)? Rehashed { get; set; }

    public FailedAttempts Of(string name, Func<FailedAttempts> create)
    {
        if (byName.TryGetValue(name, out var known))
            return known;
        // An account has two names; names from before a change go idle.
        foreach (var (other, old) in byName)
            if (old.IsIdle)
                byName.Remove(other);
        return byName[name] = create();
    }

    public SlidingWindow Of(SessionId session, DateTimeOffset now)
    {
        if (bySession.TryGetValue(session, out var known))
            return known;
        foreach (var (other, old) in bySession)
            if (old.Count(now) == 0)
                bySession.Remove(other);
        return bySession[session] = new(FailedAttempts.Window);
    }

    public void Forget(SessionId session) => bySession.Remove(session);
}
