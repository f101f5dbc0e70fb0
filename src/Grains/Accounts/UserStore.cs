using System.Collections.Immutable;
using Dapper;
using Npgsql;

namespace GifShare.Grains.Accounts;

/// <summary>The rows of a user that an activation keeps in memory.</summary>
internal sealed record LoadedUser(User User, ImmutableDictionary<SessionId, UserSession> Sessions, ImmutableDictionary<string, DateTimeOffset> Addresses, long Revision);

/// <summary>
/// The SQL of a user and the user's sessions. A write with an unknown outcome throws <see cref="StoreUnavailableException"/>. Optimistic concurrency:
/// a write compares the revision it was made on and raises it by one, or fails and writes nothing (docs/decisions/0022-zombies.md).
/// </summary>
internal sealed class UserStore(Postgres postgres)
{
    /// <summary>Advisory lock of transactions that may create the first administrator or remove the last.</summary>
    private const string AdminLock = "SELECT pg_advisory_xact_lock(29115102111)";

    /// <summary>Loads the user, the live sessions and the known addresses in one round trip; null when there is no such user.</summary>
    public Task<LoadedUser?> Load(UserId id, DateTimeOffset now) => postgres.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT username, email, password_hash, display_name, first_name, last_name, bio, website, location, birth_year, avatar_key, role,
                is_private, is_verified, post_count, follower_count, following_count, created_at, last_active_at, deleted_at, fan_out_due, revision
            FROM users WHERE id = @id;
            SELECT id, generation, refresh_hash, used_generation, used_hash, user_agent, address, created_at, last_used_at, expires_at
            FROM sessions WHERE user_id = @id AND expires_at > @now;
            SELECT encode(mark, 'hex'), used_at FROM login_addresses WHERE user_id = @id
            """,
            connection);
        command.Parameters.AddWithValue("id", id.Value);
        command.Parameters.AddWithValue("now", now);
        await using var row = await command.ExecuteReaderAsync();
        if (!await row.ReadAsync())
            return null;
        // The revision is read before the sessions: if the sessions are newer, the next write fails and the rows are reloaded.
        var (user, revision) = (ReadUser(id, row), row.GetInt64(21));
        await row.NextResultAsync();
        var sessions = ImmutableDictionary.CreateBuilder<SessionId, UserSession>();
        while (await row.ReadAsync())
        {
            var session = ReadSession(row);
            sessions[session.Id] = session;
        }

        await row.NextResultAsync();
        var addresses = ImmutableDictionary.CreateBuilder<string, DateTimeOffset>();
        while (await row.ReadAsync())
            addresses[row.GetString(0)] = row.Time(1);
        return new LoadedUser(user, sessions.ToImmutable(), addresses.ToImmutable(), revision);
    });

    /// <summary>Inserts the user (the first one as administrator) and the first session, and redeems the invitation if one is given.</summary>
    public async Task<Result<User>> Register(User user, UserSession session, string mark, byte[]? inviteHash)
    {
        try
        {
            return await postgres.InTransaction<Result<User>>(async connection =>
            {
                if (inviteHash is not null && await SpendInvite(connection, inviteHash, user) == 0)
                    return Error.Invalid("inviteCode", "This invitation does not exist, was used already or has expired.");
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
                await SessionStore.Insert(connection, made.Id, session);
                await connection.ExecuteAsync(
                    "INSERT INTO login_addresses (user_id, mark, used_at) VALUES (@id, decode(@mark, 'hex'), @CreatedAt)",
                    new { id = made.Id.Value, mark, session.CreatedAt });
                return made;
            });
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return Taken(e);
        }
    }

    /// <summary>Sets the password and ends all sessions, or all but <paramref name="kept"/>.</summary>
    public Task SetPassword(UserId user, string hash, SessionId? kept, long known) => postgres.InTransaction(async connection =>
    {
        OvertakenException.Unless(await connection.ExecuteAsync(
            "UPDATE users SET password_hash = @hash, revision = revision + 1 WHERE id = @id AND revision = @known", new { id = user.Value, hash, known }) == 1);
        await connection.ExecuteAsync("DELETE FROM sessions WHERE user_id = @id AND id <> @kept", new { id = user.Value, kept = kept?.Value ?? Guid.Empty });
    });

    /// <summary>Soft-deletes the account and ends its sessions. Returns false, without a change, for the last administrator.</summary>
    public Task<bool> Delete(User user, DateTimeOffset now, long known) => postgres.InTransaction(async connection =>
    {
        if (user.IsAdmin)
        {
            await connection.ExecuteAsync(AdminLock);
            if (!await connection.ExecuteScalarAsync<bool>(
                "SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND deleted_at IS NULL AND id <> @id)", new { id = user.Id.Value }))
                return false;
        }

        OvertakenException.Unless(await connection.ExecuteAsync(
            "UPDATE users SET deleted_at = @now, fan_out_due = true, revision = revision + 1 WHERE id = @id AND revision = @known",
            new { id = user.Id.Value, now, known }) == 1);
        await connection.ExecuteAsync("DELETE FROM sessions WHERE user_id = @id", new { id = user.Id.Value });
        return true;
    });

    public Task Restore(UserId user, long known) => postgres.Run(async connection => OvertakenException.Unless(await connection.ExecuteAsync(
        "UPDATE users SET deleted_at = NULL, fan_out_due = true, revision = revision + 1 WHERE id = @id AND revision = @known",
        new { id = user.Value, known }) == 1));

    public Task FanOutDone(UserId user, long known) => postgres.Run(async connection => OvertakenException.Unless(await connection.ExecuteAsync(
        "UPDATE users SET fan_out_due = false, revision = revision + 1 WHERE id = @id AND revision = @known",
        new { id = user.Value, known }) == 1));

    public Task Promote(UserId user, long known) => postgres.Run(async connection => OvertakenException.Unless(await connection.ExecuteAsync(
        "UPDATE users SET role = @role, revision = revision + 1 WHERE id = @id AND revision = @known",
        new { id = user.Value, role = User.AdminRole, known }) == 1));

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

    public static Error Taken(PostgresException e) => e.ConstraintName switch
    {
        "users_username" => new(ErrorCode.UsernameTaken, "This username is taken; choose another one."),
        "users_email_key" => new(ErrorCode.EmailTaken, "There is an account with this email already."),
        _ => Error.Conflict("This was done already."),
    };

    private static User ReadUser(UserId id, NpgsqlDataReader row) => new(
        id, row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
        Text(row, 6), Text(row, 7), Text(row, 8), row.IsDBNull(9) ? null : row.GetInt32(9), Text(row, 10), row.GetString(11),
        row.GetBoolean(12), row.GetBoolean(13), row.GetInt64(14), row.GetInt64(15), row.GetInt64(16),
        row.Time(17), row.Time(18),
        row.TimeOrNull(19), row.GetBoolean(20));

    private static UserSession ReadSession(NpgsqlDataReader row) => new(
        new(row.GetGuid(0)),
        new(row.GetInt32(1), (byte[])row[2], row.IsDBNull(3) ? null : row.GetInt32(3), row.IsDBNull(4) ? null : (byte[])row[4]),
        Text(row, 5), Text(row, 6),
        row.Time(7), row.Time(8), row.Time(9));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
