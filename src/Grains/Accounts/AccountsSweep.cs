using Dapper;
using GifShare.Grains.Operations;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Accounts;

/// <summary>
/// Deletes expired idempotency keys, sessions, sign-in addresses and invitations; completes interrupted notifications of followers; purges accounts
/// deleted 30 days ago: first their gifs and collections are soft-deleted, so that their own sweeps purge them; once none is left, the account's row.
/// </summary>
internal sealed class AccountsSweep(Postgres postgres, IGrainFactory grains, TimeProvider time, ILogger<AccountsSweep> log) : ISweep
{
    public async Task Sweep(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var keys = await Repeat(
            "DELETE FROM idempotency_keys WHERE (user_id, scope) IN (SELECT user_id, scope FROM idempotency_keys WHERE created_at < @cutoff LIMIT 5000)",
            now.AddHours(-24), cancel);
        var sessions = await Repeat(
            "DELETE FROM sessions WHERE expires_at < @cutoff AND id IN (SELECT id FROM sessions WHERE expires_at < @cutoff LIMIT 5000)", now, cancel);
        await Repeat("DELETE FROM login_addresses WHERE used_at < @cutoff", now - LoginAddresses.Life, cancel);
        await Repeat("DELETE FROM invites WHERE expires_at < @cutoff AND now() > @cutoff", now, cancel);
        await FinishFanOuts(cancel);
        var accounts = await Purge(now - AccountsOptions.UndoWindow, cancel);
        if (accounts + sessions + keys > 0)
            log.Swept(accounts, sessions, keys);
    }

    private async Task FinishFanOuts(CancellationToken cancel)
    {
        var due = await postgres.Run(connection => connection.QueryAsync<Guid>("SELECT id FROM users WHERE fan_out_due LIMIT 100"));
        foreach (var user in due)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                await grains.User(new(user)).FinishFanOut();
            }
            catch (Exception e) when (e is GrainFaultedException || GrainFaultedException.IsUnavailable(e))
            {
                log.FanOutPostponed(new(user), e.Message);
            }
        }
    }

    private async Task<int> Purge(DateTimeOffset cutoff, CancellationToken cancel)
    {
        await Repeat(
            """
            UPDATE gifs SET deleted_at = users.deleted_at, revision = gifs.revision + 1 FROM users
            WHERE users.id = gifs.owner_id AND users.deleted_at < @cutoff AND gifs.deleted_at IS NULL
            """,
            cutoff, cancel);
        await Repeat(
            """
            UPDATE collections SET deleted_at = users.deleted_at, revision = collections.revision + 1 FROM users
            WHERE users.id = collections.owner_id AND users.deleted_at < @cutoff AND collections.deleted_at IS NULL
            """,
            cutoff, cancel);
        return await Repeat(
            """
            DELETE FROM users WHERE deleted_at < @cutoff AND id IN (
                SELECT id FROM users WHERE deleted_at < @cutoff
                    AND NOT EXISTS (SELECT 1 FROM gifs WHERE owner_id = users.id)
                    AND NOT EXISTS (SELECT 1 FROM collections WHERE owner_id = users.id)
                LIMIT 100)
            """,
            cutoff, cancel);
    }

    private async Task<int> Repeat(string sql, DateTimeOffset cutoff, CancellationToken cancel)
    {
        for (var total = 0; ;)
        {
            cancel.ThrowIfCancellationRequested();
            var changed = await postgres.Run(connection => connection.ExecuteAsync(sql, new { cutoff }));
            total += changed;
            if (changed == 0)
                return total;
        }
    }
}
