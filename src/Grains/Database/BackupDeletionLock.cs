using Dapper;
using Npgsql;

namespace GifShare.Grains.Database;

/// <summary>
/// Blocks the deletion of stored files while a backup copies the files of its snapshot, whose rows may be deleted meanwhile. A transaction that
/// deletes a file holds this advisory lock shared; a backup holds it exclusively. The orphan sweeper later deletes files skipped because of it.
/// </summary>
public static class BackupDeletionLock
{
    private const long LockKey = 0x67735f6261636b75; // "gs_backu"

    /// <summary>Whether this transaction may delete stored files. Returns false at once while a backup runs.</summary>
    public static Task<bool> MayDelete(NpgsqlConnection connection) =>
        connection.ExecuteScalarAsync<bool>($"SELECT pg_try_advisory_xact_lock_shared({LockKey})");

    /// <summary>Waits for running deletions, then blocks new ones until the connection is closed.</summary>
    public static Task Keep(NpgsqlConnection connection) => connection.ExecuteAsync($"SELECT pg_advisory_lock({LockKey})");
}
