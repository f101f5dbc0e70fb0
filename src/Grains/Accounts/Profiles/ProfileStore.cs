using Dapper;
using GifShare.Grains.Objects;
using Npgsql;

namespace GifShare.Grains.Accounts;

/// <summary>The SQL of profiles and avatars. As in <see cref="UserStore"/>, each write compares the user's revision.</summary>
internal sealed class ProfileStore(Postgres postgres)
{
    private const string WriteAvatar = "UPDATE users SET avatar_key = @key, revision = revision + 1 WHERE id = @id AND revision = @known";

    /// <summary>Writes the columns that a profile patch can change. Errors: email_taken.</summary>
    public async Task<Result> Update(User user, long known)
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
            return UserStore.Taken(e);
        }
    }

    public Task<long> StorageUsed(UserId user) => postgres.Run(connection => connection.ExecuteScalarAsync<long>(
        "SELECT coalesce((SELECT used FROM user_storage WHERE user_id = @id), 0)", new { id = user.Value }));

    /// <summary>Sets a stored file as the avatar.</summary>
    public Task SetAvatar(UserId user, PendingObject image, long known) => postgres.InTransaction(async connection =>
    {
        OvertakenException.Unless(await connection.ExecuteAsync(WriteAvatar, new { id = user.Value, key = image.Key.ToString(), known }) == 1);
        await ObjectKeeper.Settle(connection, image);
    });

    public Task ClearAvatar(UserId user, long known) => postgres.Run(async connection =>
        OvertakenException.Unless(await connection.ExecuteAsync(WriteAvatar, new { id = user.Value, key = (string?)null, known }) == 1));
}
