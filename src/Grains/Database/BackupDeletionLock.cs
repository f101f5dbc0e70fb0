using Dapper;
using Npgsql;

namespace GifShare.Grains.Database;

/// <summary>
/// Keeps stored files from being deleted while a backup copies those that its snapshot refers to, whatever became of their rows since. A
/// transaction that deletes a file holds this advisory lock shared; a backup holds it exclusively. Files that were not deleted because of it are
/// found later by the sweeper of orphans.
/// </summary>
public static class BackupDeletionLock
{
    private const long LockKey = 0x67735f6261636b75; // "gs_backu"

    /// <summary>Whether this transaction may delete stored bytes. False while a backup runs; it never waits for one.</summary>
    public static Task<bool> MayDelete(NpgsqlConnection connection) =>
        connection.ExecuteScalarAsync<bool>($"SELECT pg_try_advisory_xact_lock_shared({LockKey})");

    /// <summary>Waits for deletions that are under way. From then on there are none until the connection is closed.</summary>
    public static Task Keep(NpgsqlConnection connection) => connection.ExecuteAsync($"SELECT pg_advisory_lock({LockKey})");
}
