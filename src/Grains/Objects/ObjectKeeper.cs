using Dapper;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GifShare.Grains.Objects;

/// <summary>A stored file that waits for the row that refers to it.</summary>
/// <param name="Id">The id of the pending row.</param>
public sealed record PendingObject(Guid Id, ObjectKey Key);

/// <summary>
/// Stores and deletes files in step with the rows that refer to them. An upload commits a pending row, which protects the file from being purged;
/// then stores the file; then, in one transaction, writes the row that refers to the file and deletes the pending one (<see cref="Settle"/>). So no
/// transaction waits for the store. After a crash in between, the sweeper deletes the pending row by age, and the file. A purge deletes the last row
/// that refers to a file, and the file, under the file's advisory lock (<see cref="ObjectKey.LockId"/>). Writing a pending row takes that lock too,
/// so uploads and purges of the same bytes are serialized (docs/decisions/0007-references-are-rows.md).
/// </summary>
public sealed class ObjectKeeper(Postgres postgres, IObjectStore objects, TimeProvider time, ILogger<ObjectKeeper> log)
{
    internal const string IsReferenced = "SELECT EXISTS (SELECT FROM object_references WHERE object_key = @key)";

    /// <summary>Stores staged bytes under their key. The caller must settle or drop the result.</summary>
    /// <exception cref="ObjectStoreUnavailableException">The store is not available, or the staged bytes are gone and must be sent again.</exception>
    public async Task<PendingObject> Store(StagedObject staged, ObjectKey key)
    {
        var pending = new PendingObject(Guid.CreateVersion7(), key);
        await postgres.InTransaction(async connection =>
        {
            await Lock(connection, key);
            await connection.ExecuteAsync(
                "INSERT INTO pending_objects (id, object_key, created_at) VALUES (@Id, @key, @now)", new { pending.Id, key = key.ToString(), now = time.GetUtcNow() });
        });
        try
        {
            return await objects.CommitAsync(staged.Token, key, CancellationToken.None) == CommitOutcome.StagedGone
                ? throw new ObjectStoreUnavailableException("The staged bytes are gone; they must be sent again.")
                : pending;
        }
        catch
        {
            await Drop(pending);
            throw;
        }
    }

    /// <summary>Deletes the pending row. Called in the transaction that writes the row that refers to the file.</summary>
    /// <exception cref="ObjectStoreUnavailableException">The sweeper has deleted the pending row because of its age.</exception>
    public static async Task Settle(NpgsqlConnection connection, PendingObject pending)
    {
        if (await connection.ExecuteAsync(
            "WITH found AS (DELETE FROM lost_objects WHERE object_key = @key) DELETE FROM pending_objects WHERE id = @Id", new { pending.Id, key = pending.Key.ToString() }) == 0)
            throw new ObjectStoreUnavailableException("The stored bytes were swept before their row was written; they must be sent again.");
    }

    /// <summary>Deletes a pending row, and its file if no other row refers to it. If that fails, the sweeper does it later.</summary>
    public async Task Drop(PendingObject pending)
    {
        try
        {
            await Purge(pending.Key, connection => connection.ExecuteAsync("DELETE FROM pending_objects WHERE id = @Id", new { pending.Id }), CancellationToken.None);
        }
        catch (Exception e) when (e is StoreUnavailableException or ObjectStoreUnavailableException)
        {
            log.BytesLeft(pending.Key.ToString(), e.Message);
        }
    }

    /// <summary>Deletes staged bytes of a refused upload. If that fails, the sweeper does it later.</summary>
    public async Task Discard(string token)
    {
        try
        {
            await objects.DiscardAsync(token, CancellationToken.None);
        }
        catch (ObjectStoreUnavailableException e)
        {
            log.BytesLeft(token, e.Message);
        }
    }

    /// <summary>Deletes rows, and the file if no other row refers to it.</summary>
    public Task Purge(ObjectKey key, Func<NpgsqlConnection, Task<int>> deleteRows, CancellationToken cancel) => postgres.InTransaction(async connection =>
    {
        await Lock(connection, key);
        await deleteRows(connection);
        if (!await connection.ExecuteScalarAsync<bool>(IsReferenced, new { key = key.ToString() }) && await BackupDeletionLock.MayDelete(connection))
            await objects.DeleteAsync(key, cancel);
    });

    /// <summary>Takes the file's advisory lock until the transaction ends; serializes storing, restoring and purging of the same bytes.</summary>
    public static Task Lock(NpgsqlConnection connection, ObjectKey key) =>
        // A store that is slow to delete must not outlive the lock.
        connection.ExecuteAsync("SET LOCAL idle_in_transaction_session_timeout = '2min'; SELECT pg_advisory_xact_lock(@id)", new { id = key.LockId });
}
