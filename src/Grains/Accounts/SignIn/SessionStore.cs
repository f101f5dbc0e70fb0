using Dapper;
using Npgsql;

namespace GifShare.Grains.Accounts;

/// <summary>
/// The SQL of sessions and of the addresses they were opened from. As in <see cref="UserStore"/>, each write compares the user's revision.
/// </summary>
internal sealed class SessionStore(Postgres postgres)
{
    /// <summary>CTE that raises the user's revision if it is the known one; returns no row otherwise.</summary>
    private const string Mine = "mine AS (UPDATE users SET revision = revision + 1 WHERE id = @user AND revision = @known RETURNING id)";

    private const string InsertSession =
        """
        INSERT INTO sessions (id, user_id, generation, refresh_hash, user_agent, address, created_at, last_used_at, expires_at)
        SELECT @id, @user, @generation, @hash, @UserAgent, @Address, @CreatedAt, @LastUsedAt, @ExpiresAt
        """;

    /// <summary>Inserts the first session, in the transaction that creates the user.</summary>
    public static Task Insert(NpgsqlConnection connection, UserId user, UserSession session) => connection.ExecuteAsync(InsertSession, Values(user, session));

    /// <param name="forgotten">Marks of addresses deleted to make room for this one.</param>
    /// <param name="rehashed">A new hash of the same password with the current iteration count, or null.</param>
    public Task Add(UserId user, UserSession session, SessionId? ended, string mark, string[] forgotten, string? rehashed, long known) => postgres.Run(async connection =>
        OvertakenException.Unless(await connection.ExecuteAsync(
            $"""
            WITH mine AS (
                UPDATE users SET revision = revision + 1, password_hash = coalesce(@rehashed, password_hash) WHERE id = @user AND revision = @known RETURNING id),
            ended AS (DELETE FROM sessions USING mine WHERE sessions.id = @ended AND sessions.user_id = mine.id),
            forgotten AS (DELETE FROM login_addresses USING mine WHERE user_id = mine.id AND encode(mark, 'hex') = ANY (@forgotten)),
            signed_in AS (
                INSERT INTO login_addresses (user_id, mark, used_at) SELECT mine.id, decode(@mark, 'hex'), @CreatedAt FROM mine
                ON CONFLICT (user_id, mark) DO UPDATE SET used_at = excluded.used_at)
            {InsertSession} FROM mine
            """,
            Values(user, session, ended, known, mark, forgotten, rehashed)) == 1));

    /// <summary>Stores the next generation of a session; overtaken also when the row's generation is not <paramref name="latest"/>.</summary>
    public Task Rotate(UserId user, UserSession session, int latest, long known) => postgres.Run(async connection =>
        OvertakenException.Unless(await connection.ExecuteAsync(
            $"""
            WITH {Mine}
            UPDATE sessions SET generation = @generation, refresh_hash = @hash, used_generation = @used, used_hash = @usedHash,
                last_used_at = @LastUsedAt, expires_at = @ExpiresAt
            FROM mine WHERE sessions.id = @id AND sessions.user_id = mine.id AND generation = @latest
            """,
            new
            {
                user = user.Value,
                known,
                id = session.Id.Value,
                generation = session.Family.Latest,
                hash = session.Family.LatestHash,
                used = session.Family.Used,
                usedHash = session.Family.UsedHash,
                session.LastUsedAt,
                session.ExpiresAt,
                latest,
            }) == 1));

    /// <summary>Deletes a session; the sweeper may already have deleted an expired one.</summary>
    public Task End(UserId user, SessionId session, long known) => postgres.Run(async connection =>
        OvertakenException.Unless(await connection.ExecuteScalarAsync<bool>(
            $"""
            WITH {Mine}, ended AS (DELETE FROM sessions USING mine WHERE sessions.id = @session AND sessions.user_id = mine.id)
            SELECT EXISTS (SELECT FROM mine)
            """,
            new { user = user.Value, known, session = session.Value })));

    private static object Values(
        UserId user, UserSession session, SessionId? ended = null, long known = 0, string? mark = null, string[]? forgotten = null, string? rehashed = null) => new
        {
            id = session.Id.Value,
            user = user.Value,
            generation = session.Family.Latest,
            hash = session.Family.LatestHash,
            session.UserAgent,
            session.Address,
            session.CreatedAt,
            session.LastUsedAt,
            session.ExpiresAt,
            ended = ended?.Value,
            known,
            mark,
            forgotten,
            rehashed,
        };
}
