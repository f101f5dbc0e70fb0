using System.Collections.Immutable;
using Dapper;
using Npgsql;

namespace GifShare.Grains.Accounts;

/// <summary>What an activation holds of its rows.</summary>
internal sealed record LoadedUser(User User, ImmutableDictionary<SessionId, UserSession> Sessions, long Revision);

/// <summary>
/// The SQL of a user and the user's sessions. Unknown outcomes are <see cref="StoreUnavailableException"/>. A write compares the revision it
/// was made on and raises it by one, or keeps nothing and is overtaken (docs/decisions/0022-zombies.md).
/// </summary>
internal sealed partial class UserStore(Postgres postgres)
{
    /// <summary>For statements that change sessions: the user on the known revision, which is raised; no row when it is another.</summary>
    private const string Mine = "mine AS (UPDATE users SET revision = revision + 1 WHERE id = @user AND revision = @known RETURNING id)";

    /// <summary>Held while somebody may become the first administrator or cease to be the last.</summary>
    private const string AdminLock = "SELECT pg_advisory_xact_lock(29115102111)";

    private const string InsertSession =
        """
        INSERT INTO sessions (id, user_id, generation, refresh_hash, user_agent, address, created_at, last_used_at, expires_at)
        SELECT @id, @user, @generation, @hash, @UserAgent, @Address, @CreatedAt, @LastUsedAt, @ExpiresAt
        """;

    /// <summary>The user and the live sessions, in one round trip; null when there is no such user.</summary>
    public Task<LoadedUser?> Load(UserId id, DateTimeOffset now) => postgres.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT username, email, password_hash, display_name, first_name, last_name, bio, website, location, birth_year, avatar_key, role,
                is_private, is_verified, post_count, follower_count, following_count, created_at, last_active_at, deleted_at, fan_out_due, revision
            FROM users WHERE id = @id;
            SELECT id, generation, refresh_hash, used_generation, used_hash, user_agent, address, created_at, last_used_at, expires_at
            FROM sessions WHERE user_id = @id AND expires_at > @now
            """,
            connection);
        command.Parameters.AddWithValue("id", id.Value);
        command.Parameters.AddWithValue("now", now);
        await using var row = await command.ExecuteReaderAsync();
        if (!await row.ReadAsync())
            return null;
        // The revision comes first: sessions that are newer than it only make the next write fail.
        var (user, revision) = (ReadUser(id, row), row.GetInt64(21));
        await row.NextResultAsync();
        var sessions = ImmutableDictionary.CreateBuilder<SessionId, UserSession>();
        while (await row.ReadAsync())
        {
            var session = ReadSession(row);
            sessions[session.Id] = session;
        }

        return new LoadedUser(user, sessions.ToImmutable(), revision);
    });

    /// <summary>Inserts the user, as administrator when there is nobody yet, and the first session. Spends the invitation if one is given.</summary>
    public async Task<Result<User>> Register(User user, UserSession session, byte[]? inviteHash)
    {
        try
        {
            return await postgres.InTransaction<Result<User>>(async connection =>
            {
                if (inviteHash is not null && await SpendInvite(connection, inviteHash, user) == 0)
                    return Error.Invalid("inviteCode", "This invitation does not exist, was used or has expired.");
                var made = user with { Role = await FirstRole(connection) };
                await connection.ExecuteAsync(
                    """
                    INSERT INTO users (id, username, email, email_key, password_hash, display_name, first_name, last_name, location, birth_year, role, created_at, last_active_at)
                    VALUES (@id, @Username, @Email, @emailKey, @PasswordHash, @DisplayName, @FirstName, @LastName, @Location, @BirthYear, @Role, @CreatedAt, @CreatedAt)
                    """,
                    new
                    {
                        id = made.Id.Value,
                        made.Username,
                        made.Email,
                        emailKey = User.EmailKeyOf(made.Email),
                        made.PasswordHash,
                        made.DisplayName,
                        made.FirstName,
                        made.LastName,
                        made.Location,
                        made.BirthYear,
                        made.Role,
                        made.CreatedAt,
                    });
                await connection.ExecuteAsync(InsertSession, Values(made.Id, session));
                return made;
            });
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return Taken(e);
        }
    }

    public Task AddSession(UserId user, UserSession session, SessionId? ended, long known) => postgres.Run(async connection =>
        OvertakenException.Unless(await connection.ExecuteAsync(
            $"""
            WITH {Mine}, ended AS (DELETE FROM sessions USING mine WHERE sessions.id = @ended AND sessions.user_id = mine.id)
            {InsertSession} FROM mine
            """,
            Values(user, session, ended, known)) == 1));

    /// <summary>Also overtaken when the session is not what the grain thinks it is.</summary>
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

    /// <summary>One that expired may be gone already.</summary>
    public Task EndSession(UserId user, SessionId session, long known) => postgres.Run(async connection =>
        OvertakenException.Unless(await connection.ExecuteScalarAsync<bool>(
            $"""
            WITH {Mine}, ended AS (DELETE FROM sessions USING mine WHERE sessions.id = @session AND sessions.user_id = mine.id)
            SELECT EXISTS (SELECT FROM mine)
            """,
            new { user = user.Value, known, session = session.Value })));

    /// <summary>Sets the password and ends the sessions but one, or all.</summary>
    public Task SetPassword(UserId user, string hash, SessionId? kept, long known) => postgres.InTransaction(async connection =>
    {
        OvertakenException.Unless(await connection.ExecuteAsync(
            "UPDATE users SET password_hash = @hash, revision = revision + 1 WHERE id = @id AND revision = @known", new { id = user.Value, hash, known }) == 1);
        await connection.ExecuteAsync("DELETE FROM sessions WHERE user_id = @id AND id <> @kept", new { id = user.Value, kept = kept?.Value ?? Guid.Empty });
    });

    /// <summary>Writes what a profile patch may change. Errors: email_taken.</summary>
    public async Task<Result> UpdateProfile(User user, long known)
    {
        try
        {
            await postgres.Run(async connection => OvertakenException.Unless(await connection.ExecuteAsync(
                """
                UPDATE users SET display_name = @DisplayName, first_name = @FirstName, last_name = @LastName, bio = @Bio, website = @Website,
                    location = @Location, birth_year = @BirthYear, is_private = @IsPrivate, email = @Email, email_key = @emailKey,
                    revision = revision + 1
                WHERE id = @id AND revision = @known
                """,
                new
                {
                    id = user.Id.Value,
                    user.DisplayName,
                    user.FirstName,
                    user.LastName,
                    user.Bio,
                    user.Website,
                    user.Location,
                    user.BirthYear,
                    user.IsPrivate,
                    user.Email,
                    emailKey = User.EmailKeyOf(user.Email),
                    known,
                }) == 1));
            return Result.Ok;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return Taken(e);
        }
    }

    public Task Promote(UserId user, long known) => postgres.Run(async connection => OvertakenException.Unless(await connection.ExecuteAsync(
        "UPDATE users SET role = @role, revision = revision + 1 WHERE id = @id AND revision = @known",
        new { id = user.Value, role = User.AdminRole, known }) == 1));

    public Task<long> StorageUsed(UserId user) => postgres.Run(connection => connection.ExecuteScalarAsync<long>(
        "SELECT coalesce((SELECT used FROM user_storage WHERE user_id = @id), 0)", new { id = user.Value }));

    public Task<UserId?> Find(string column, string value, bool deletedToo) => postgres.Run(async connection =>
        await connection.ExecuteScalarAsync<Guid?>(
            $"SELECT id FROM users WHERE {column} = @value" + (deletedToo ? "" : " AND deleted_at IS NULL"), new { value }) is { } id
            ? new UserId(id)
            : default(UserId?));

    public Task AddInvite(byte[] hash, DateTimeOffset now) => postgres.Run(connection => connection.ExecuteAsync(
        "INSERT INTO invites (code_hash, created_at, expires_at) VALUES (@hash, @now, @end)", new { hash, now, end = now + AccountsOptions.InviteLife }));

    private static Task<int> SpendInvite(NpgsqlConnection connection, byte[] hash, User user) => connection.ExecuteAsync(
        "UPDATE invites SET used_at = @now, used_by = @id WHERE code_hash = @hash AND used_at IS NULL AND expires_at > @now",
        new { hash, id = user.Id.Value, now = user.CreatedAt });

    private static async Task<string> FirstRole(NpgsqlConnection connection)
    {
        const string anybody = "SELECT EXISTS (SELECT 1 FROM users)";
        if (await connection.ExecuteScalarAsync<bool>(anybody))
            return User.UserRole;
        await connection.ExecuteAsync(AdminLock);
        return await connection.ExecuteScalarAsync<bool>(anybody) ? User.UserRole : User.AdminRole;
    }

    private static object Values(UserId user, UserSession session, SessionId? ended = null, long known = 0) => new
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
    };

    private static Error Taken(PostgresException e) => e.ConstraintName switch
    {
        "users_username" => new(ErrorCode.UsernameTaken, "Somebody has this username; take another."),
        "users_email_key" => new(ErrorCode.EmailTaken, "There is an account with this email."),
        _ => Error.Conflict("This was done already."),
    };

    private static User ReadUser(UserId id, NpgsqlDataReader row) => new(
        id, row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
        Text(row, 6), Text(row, 7), Text(row, 8), row.IsDBNull(9) ? null : row.GetInt32(9), Text(row, 10), row.GetString(11),
        row.GetBoolean(12), row.GetBoolean(13), row.GetInt64(14), row.GetInt64(15), row.GetInt64(16),
        row.GetFieldValue<DateTimeOffset>(17), row.GetFieldValue<DateTimeOffset>(18),
        row.IsDBNull(19) ? null : row.GetFieldValue<DateTimeOffset>(19), row.GetBoolean(20));

    private static UserSession ReadSession(NpgsqlDataReader row) => new(
        new(row.GetGuid(0)),
        new(row.GetInt32(1), (byte[])row[2], row.IsDBNull(3) ? null : row.GetInt32(3), row.IsDBNull(4) ? null : (byte[])row[4]),
        Text(row, 5), Text(row, 6),
        row.GetFieldValue<DateTimeOffset>(7), row.GetFieldValue<DateTimeOffset>(8), row.GetFieldValue<DateTimeOffset>(9));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
