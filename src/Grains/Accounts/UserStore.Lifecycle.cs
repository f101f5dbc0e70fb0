using System.Collections.Immutable;
using Dapper;
using GifShare.Accounts;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Accounts;

/// <summary>Who has to be told that a user's gifs and collections left or came back.</summary>
internal sealed record FanOut(
    ImmutableArray<CollectionId> Own,
    ImmutableArray<(CollectionId Collection, ImmutableArray<GifId> Gifs)> Holding,
    ImmutableArray<UserId> FavoredBy);

/// <summary>Deleting, restoring, avatars and idempotency keys.</summary>
internal sealed partial class UserStore
{
    private const string WriteAvatar = "UPDATE users SET avatar_key = @key, revision = revision + 1 WHERE id = @id AND revision = @known";

    /// <summary>Marks the account deleted and ends its sessions. False when it is the last administrator.</summary>
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

    public Task<FanOut> FanOutOf(UserId user) => postgres.Run(async connection =>
    {
        var own = await connection.QueryAsync<Guid>("SELECT id FROM collections WHERE owner_id = @id AND deleted_at IS NULL", new { id = user.Value });
        var holding = ImmutableArray.CreateBuilder<(CollectionId, ImmutableArray<GifId>)>();
        await using (var command = new NpgsqlCommand(
            """
            SELECT item.collection_id, array_agg(item.gif_id)
            FROM collection_items item
            JOIN gifs gif ON gif.id = item.gif_id
            JOIN collections collection ON collection.id = item.collection_id
            WHERE gif.owner_id = @id AND collection.owner_id <> @id
            GROUP BY item.collection_id
            """,
            connection))
        {
            command.Parameters.AddWithValue("id", user.Value);
            await using var row = await command.ExecuteReaderAsync();
            while (await row.ReadAsync())
                holding.Add((new(row.GetGuid(0)), [.. row.GetFieldValue<Guid[]>(1).Select(gif => new GifId(gif))]));
        }

        var favoredBy = await connection.QueryAsync<Guid>(
            "SELECT DISTINCT favorite.user_id FROM favorites favorite JOIN gifs gif ON gif.id = favorite.gif_id WHERE gif.owner_id = @id",
            new { id = user.Value });
        return new FanOut([.. own.Select(id => new CollectionId(id))], holding.ToImmutable(), [.. favoredBy.Select(id => new UserId(id))]);
    });

    /// <summary>Commits the staged image and makes it the avatar, under the object's lock. False when the staged bytes are gone.</summary>
    public Task<bool> SetAvatar(UserId user, AvatarImage image, IObjectStore objects, long known)
    {
        var key = KeyOf(image.ObjectKey);
        return postgres.InTransaction(async connection =>
        {
            await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@id)", new { id = key.LockId });
            var outcome = await objects.CommitAsync(new(image.StagedObject, key.Sha256, image.Size), key, CancellationToken.None);
            if (outcome == CommitOutcome.StagedGone)
                return false;
            OvertakenException.Unless(await connection.ExecuteAsync(WriteAvatar, new { id = user.Value, key = image.ObjectKey, known }) == 1);
            return true;
        });
    }

    public Task ClearAvatar(UserId user, long known) => postgres.Run(async connection =>
        OvertakenException.Unless(await connection.ExecuteAsync(WriteAvatar, new { id = user.Value, key = (string?)null, known }) == 1));

    /// <summary>Deletes an object that was an avatar, unless a row still refers to it. The sweeper of objects would find it later as well.</summary>
    public Task DropObject(string objectKey, IObjectStore objects)
    {
        var key = KeyOf(objectKey);
        return postgres.InTransaction(async connection =>
        {
            await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@id)", new { id = key.LockId });
            if (!await connection.ExecuteScalarAsync<bool>(
                "SELECT EXISTS (SELECT 1 FROM gifs WHERE object_key = @objectKey) OR EXISTS (SELECT 1 FROM users WHERE avatar_key = @objectKey)", new { objectKey })
                && await BytesKept.MayDelete(connection))
                await objects.DeleteAsync(key, CancellationToken.None);
        });
    }

    /// <summary>What is stored for this Idempotency-Key, or null; one that is too old is forgotten now.</summary>
    public Task<(string RequestHash, byte[] Answer, bool IsRefusal)?> FindAnswer(IdempotencyTicket ticket, DateTimeOffset oldest) => postgres.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            """
            DELETE FROM idempotency_keys WHERE user_id = @user AND scope = @scope AND created_at < @oldest;
            SELECT request_hash, answer, is_refusal FROM idempotency_keys WHERE user_id = @user AND scope = @scope
            """,
            connection);
        command.Parameters.AddWithValue("user", ticket.User.Value);
        command.Parameters.AddWithValue("scope", ticket.Scope);
        command.Parameters.AddWithValue("oldest", oldest);
        await using var row = await command.ExecuteReaderAsync();
        return await row.ReadAsync() ? (row.GetString(0), (byte[])row[1], row.GetBoolean(2)) : default((string, byte[], bool)?);
    });

    public Task StoreRefusal(Idempotency idempotency, IdempotencyTicket ticket, ReadOnlyMemory<byte> refusal) =>
        postgres.Run(connection => idempotency.Insert(connection, ticket, refusal, isRefusal: true));

    private static ObjectKey KeyOf(string text) =>
        ObjectKey.TryParse(text, out var key) ? key : throw new ArgumentException("Not an object key.", nameof(text));
}
