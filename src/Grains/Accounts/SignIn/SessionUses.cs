using Dapper;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Accounts;

internal sealed record SessionUse(UserId User, SessionId Session, DateTimeOffset At);

/// <summary>
/// Records when sessions and users were last active. These times are only displayed, so they are written in the background, batched, and at most once
/// a minute per session. A crash loses at most a minute.
/// </summary>
internal sealed class SessionUses(Postgres postgres, ILogger<SessionUses> log) : IAsyncDisposable
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly GroupedWriter<SessionUse> writer = new(postgres, static async (connection, uses) =>
    {
        var rows = new
        {
            users = uses.Select(use => use.User.Value).ToArray(),
            sessions = uses.Select(use => use.Session.Value).ToArray(),
            times = uses.Select(use => use.At.UtcDateTime).ToArray(),
        };
        await connection.ExecuteAsync(
            """
            UPDATE sessions SET last_used_at = greatest(last_used_at, use.at)
            FROM unnest(@sessions, @times) AS use (id, at) WHERE sessions.id = use.id
            """,
            rows);
        await connection.ExecuteAsync(
            """
            UPDATE users SET last_active_at = greatest(last_active_at, use.at)
            FROM (SELECT id, max(at) AS at FROM unnest(@users, @times) AS all_uses (id, at) GROUP BY id) use WHERE users.id = use.id
            """,
            rows);
    });

    public void Note(SessionUse use) => _ = Write(use);

    public int Waiting => writer.Waiting;

    public ValueTask DisposeAsync() => writer.DisposeAsync();

    private async Task Write(SessionUse use)
    {
        try
        {
            await writer.Write(use);
        }
        catch (Exception e)
        {
            log.SessionUseLost(e.Message);
        }
    }
}
