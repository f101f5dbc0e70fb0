using Dapper;
using Npgsql;

namespace GifShare.Grains;

/// <summary>
/// While a backup copies the stored files that its snapshot refers to, none of them may be deleted, whatever became of its rows since. Who
/// deletes holds this lock shared, for its transaction; a backup holds it alone. What is left lying meanwhile, the sweeper of orphans finds.
/// </summary>
public static class BytesKept
{
    private const long LockKey = 0x67735f6261636b75; // "gs_backu"

    /// <summary>May this transaction delete stored bytes? False while a backup is made; it never waits for one.</summary>
    public static Task<bool> MayDelete(NpgsqlConnection connection) =>
        connection.ExecuteScalarAsync<bool>($"SELECT pg_try_advisory_xact_lock_shared({LockKey})");

    /// <summary>Waits for deletions that are under way; from then on until the connection ends there are none.</summary>
    public static Task Keep(NpgsqlConnection connection) => connection.ExecuteAsync($"SELECT pg_advisory_lock({LockKey})");
}
