using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>Checks the password of a share link. Runs concurrently with edits, so that guesses do not delay the owner.</summary>
public sealed class LinkUnlocker(LinkSecrets secrets, LinkPasswords passwords, TimeProvider time)
{
    /// <summary>The answer of an unlock, and a new hash to store when the stored one has outdated parameters.</summary>
    public readonly record struct Outcome(Result<LinkUnlocked> Answer, LinkId Link = default, string? OldHash = null, string? NewHash = null);

    public async Task<Outcome> Unlock(CollectionMemory memory, string tokenHash, string password, string? address)
    {
        if (memory.LinkOf(tokenHash) is not { } link || IsClosed(memory, link))
            return new(Error.NotFound);
        // Copied before the first await: an edit may change the link meanwhile.
        var (hash, version) = (link.PasswordHash, link.PasswordVersion);
        string? newHash = null;
        if (hash is not null)
        {
            if (await Check(link, hash, version, password, address ?? "") is { } refused)
                return new(refused);
            newHash = passwords.IsOutdated(hash) ? await passwords.Hash(password) : null;
        }

        // The unlock is bound to the password version that was checked, so a password changed meanwhile stays locked.
        if (memory.LinkOf(tokenHash) is not { } same || IsClosed(memory, same))
            return new(Error.NotFound);
        if (same.PasswordVersion != version)
            return new(Wrong);
        return new(new LinkUnlocked(secrets.Unlock(link.Id, version), (int)LinkSecrets.Life.TotalSeconds), link.Id, hash, newHash);
    }

    private static Error Wrong { get; } = new(ErrorCode.LinkPasswordWrong, "This is not the link's password.");

    /// <summary>Null when the password is right.</summary>
    private async Task<Error?> Check(Link link, string hash, int version, string password, string address)
    {
        var throttle = link.Throttle ??= new(time, passwords.FailuresAllowed);
        var mark = secrets.MarkOf(password, link.Id, version);
        // Before the look-up of remembered passwords, which would otherwise be an unlimited guess.
        var attempt = await throttle.Begin(address);
        bool? isRight = null;
        try
        {
            isRight = !attempt.IsJudged ? false : throttle.Knows(mark) ? true : await passwords.Verify(hash, password);
        }
        finally
        {
            attempt.End(isRight == false);
        }

        if (isRight is null)
            return LinkPasswords.Busy;
        if (isRight == false)
            return attempt.WaitSeconds == 0 ? Wrong
                : new Error(ErrorCode.RateLimited, "Too many wrong passwords for this link; wait a while.", null, attempt.WaitSeconds);
        throttle.Learn(mark, address);
        return null;
    }

    private bool IsClosed(CollectionMemory memory, Link link) =>
        memory.Head is null or { DeletedAt: not null } || memory.IsOwnerDeleted || memory.Head.Visibility == Visibility.Private
        || link.IsExpired(time.GetUtcNow()) || link.IsUsedUp;
}
