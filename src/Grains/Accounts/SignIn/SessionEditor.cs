using System.Security.Cryptography;
using GifShare.Accounts;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Accounts;

/// <summary>Opens, refreshes and ends a user's sessions.</summary>
internal sealed class SessionEditor(UserStore rows, SessionStore store, SessionIssuer issuer, TimeProvider time, ILogger<SessionEditor> log)
{
    private static readonly Error NotAlive = new(ErrorCode.Unauthenticated, "This session has ended; sign in again.");

    /// <summary>Opens a session after the password was verified. Above the maximum, the least recently used session is ended.</summary>
    public async Task<Result<SignedIn>> Add(UserMemory memory, ClientInfo client)
    {
        if (memory.LiveUser is not { } user)
            return PasswordGuard.InvalidCredentials;
        var (session, refresh, mark) = issuer.Make(memory.Id, client);
        memory.ForgetExpired(session.CreatedAt);
        var ended = memory.Sessions.Count < AccountsOptions.MaxSessions ? default(SessionId?) : memory.Sessions.Values.MinBy(memory.LastUse)!.Id;
        var addresses = LoginAddresses.With(memory.Addresses, mark, session.CreatedAt);
        string[] forgotten = [.. memory.Addresses.Keys.Except(addresses.Keys)];
        var rehashed = memory.Failures.Rehashed is { } latest && latest.Old == user.PasswordHash ? latest.New : null;
        await store.Add(memory.Id, session, ended, mark, forgotten, rehashed, memory.Revision);
        memory.SignedIn(session, ended, addresses, rehashed ?? user.PasswordHash);
        return await issuer.Answer(memory, session, refresh);
    }

    /// <inheritdoc cref="IUserGrain.Refresh"/>
    public async Task<Result<SignedIn>> Refresh(UserMemory memory, string refreshToken)
    {
        if (!issuer.TryRead(refreshToken, out var token) || token.User != memory.Id || memory.LiveUser is null)
            return NotAlive;
        // The token is authentic. If memory lacks its session or generation, another activation created it or the session has ended: reload.
        if (!memory.Sessions.TryGetValue(token.Session, out var session) || session.Family.Latest < token.Generation)
            memory.Loaded(await rows.Load(memory.Id, time.GetUtcNow()));
        var now = time.Now();
        if (memory.LiveUser is null || !memory.Sessions.TryGetValue(token.Session, out session) || session.ExpiresAt <= now)
            return NotAlive;
        // ExpiresAt is the issue time of the latest token plus its lifetime.
        switch (session.Family.Judge(token, now - (session.ExpiresAt - AccountsOptions.RefreshLife)))
        {
            case RefreshVerdict.Repeat:
                var (latest, latestHash) = issuer.RefreshTokenOf(memory.Id, session.Id, session.Family.Latest);
                return CryptographicOperations.FixedTimeEquals(latestHash, session.Family.LatestHash) ? await issuer.Answer(memory, session, latest) : NotAlive;
            case RefreshVerdict.EndFamily:
                await End(memory, session.Id);
                log.FamilyEnded(session.Id, memory.Id);
                return NotAlive;
            case RefreshVerdict.Refuse:
                return NotAlive;
        }

        var (next, hash) = issuer.RefreshTokenOf(memory.Id, session.Id, session.Family.Latest + 1);
        var rotated = session with { Family = session.Family.Next(token, hash), LastUsedAt = now, ExpiresAt = now + AccountsOptions.RefreshLife };
        await store.Rotate(memory.Id, rotated, session.Family.Latest, memory.Revision);
        memory.SessionEdited(rotated);
        return await issuer.Answer(memory, rotated, next);
    }

    /// <summary>Errors: not_found.</summary>
    public async Task<Result> End(UserMemory memory, SessionId session)
    {
        if (!memory.Sessions.ContainsKey(session))
            return Error.NotFound;
        await store.End(memory.Id, session, memory.Revision);
        memory.SessionEnded(session);
        return Result.Ok;
    }
}
