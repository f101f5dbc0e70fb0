using System.Collections.Immutable;
using GifShare.Accounts;

namespace GifShare.Grains.Accounts;

/// <summary>Deleting and coming back, the operator's commands, and idempotency keys.</summary>
public sealed partial class UserGrain
{
    private const int FanOutBatch = 32;
    private static readonly TimeSpan ClaimLife = TimeSpan.FromMinutes(1), AnswerLife = TimeSpan.FromHours(24);
    private readonly Dictionary<string, (string RequestHash, DateTimeOffset At)> claims = [];

    public async Task<Result> Delete(string password)
    {
        await Refresh();
        if (user is not { DeletedAt: null })
            return Error.NotFound;
        if (await CheckPassword(password) is { } refusal)
            return refusal;
        var now = Now();
        if (!await Write(known => tools.Store.Delete(user, now, known)))
            return Error.Conflict("You are the last administrator; make somebody else one first.");
        user = user with { DeletedAt = now, FanOutDue = true };
        sessions = ImmutableDictionary<SessionId, UserSession>.Empty;
        noted.Clear();
        log.Deleted(id);
        await FinishFanOut();
        return Result.Ok;
    }

    public async Task<Result<SignedIn>> Restore(string password, ClientInfo client)
    {
        await Refresh();
        if (await CheckPassword(password) is { } refusal)
            return refusal;
        if (user is null || user.DeletedAt + AccountsOptions.UndoWindow <= tools.Time.GetUtcNow())
            return InvalidCredentials;
        if (user.DeletedAt is not null)
        {
            await Write(known => tools.Store.Restore(id, known));
            user = user with { DeletedAt = null, FanOutDue = true };
            log.Restored(id);
        }

        await FinishFanOut();
        return await OpenSession(client);
    }

    public async Task FinishFanOut()
    {
        await Refresh();
        for (var attempt = 1; user is { FanOutDue: true }; attempt++)
        {
            var due = await tools.Store.FanOutOf(id);
            await InBatches(due.Own, collection => GrainFactory.Collection(collection).OwnerChanged());
            await InBatches(due.Holding, held => GrainFactory.Collection(held.Collection).GifsChanged(held.Gifs));
            await InBatches(due.FavoredBy, fan => GrainFactory.Favorites(fan).GifsChanged());
            try
            {
                await Write(known => tools.Store.FanOutDone(id, known));
                user = user with { FanOutDue = false };
            }
            catch (StoreUnavailableException e) when (e.IsOvertaken && attempt < 3)
            {
                // The rows were read again: perhaps the account went or came back meanwhile, and all have to be told again.
            }
        }
    }

    public async Task<Result> Promote()
    {
        await Refresh();
        if (user is not { DeletedAt: null })
            return Error.NotFound;
        await Write(known => tools.Store.Promote(id, known));
        user = user with { Role = User.AdminRole };
        log.Promoted(id);
        return Result.Ok;
    }

    public async Task<IdempotencyStart> BeginIdempotent(IdempotencyTicket ticket)
    {
        var now = tools.Time.GetUtcNow();
        foreach (var (scope, claim) in claims)
            if (claim.At + ClaimLife <= now)
                claims.Remove(scope);
        if (claims.TryGetValue(ticket.Scope, out var running))
            return new(running.RequestHash == ticket.RequestHash ? IdempotencyState.Running : IdempotencyState.OtherRequest);
        if (await tools.Store.FindAnswer(ticket, now - AnswerLife) is not { } known)
        {
            claims[ticket.Scope] = (ticket.RequestHash, now);
            return new(IdempotencyState.Fresh);
        }

        return known.RequestHash == ticket.RequestHash
            ? new(IdempotencyState.Replay, tools.Idempotency.Open(ticket, known.Answer), known.IsRefusal)
            : new(IdempotencyState.OtherRequest);
    }

    public async Task EndIdempotent(IdempotencyTicket ticket, ReadOnlyBytes? refusal)
    {
        // The claim goes last: a second request must find either it or the answer.
        try
        {
            if (refusal is not null)
                await tools.Store.StoreRefusal(tools.Idempotency, ticket, refusal.Bytes);
        }
        finally
        {
            claims.Remove(ticket.Scope);
        }
    }

    private static async Task InBatches<T>(ImmutableArray<T> all, Func<T, Task> tell)
    {
        foreach (var batch in all.Chunk(FanOutBatch))
            await Task.WhenAll(batch.Select(tell));
    }
}
