using System.Diagnostics;
using Dapper;
using GifShare.ObjectStore;
using GifShare.Operations;

namespace GifShare.Grains.Operations;

/// <summary>Probes the stores. At most one probe of each is in flight, so a hanging store is probed once.</summary>
public sealed class HealthProbe(Postgres postgres, IObjectStore objects)
{
    // Computing a database's size takes milliseconds, and it changes slowly.
    private static readonly TimeSpan SizeEvery = TimeSpan.FromMinutes(1);
    private static readonly ObjectKey Nothing = ObjectKey.Of(new string('0', 64), "gif");

    private Task<DatabaseReport>? database;
    private Task<StoreReport>? store;
    private long size, sizeAt;

    /// <summary>A store that does not answer within <paramref name="patience"/> is reported as unreachable.</summary>
    public async Task<(DatabaseReport Database, StoreReport Store)> Ask(TimeSpan patience, CancellationToken cancel)
    {
        if (database is not { IsCompleted: false })
            database = Ping();
        if (store is not { IsCompleted: false })
        {
#pragma warning disable RS0030 // Not grain code, and an unreachable network folder blocks the thread.
            store = Task.Run(Look, CancellationToken.None);
#pragma warning restore RS0030
        }

        await Task.WhenAny(Task.WhenAll(database, store), Task.Delay(patience, cancel));
        return (database.IsCompleted ? await database : Database(false, TimeSpan.Zero), store.IsCompleted ? await store : new(false, null, null, 0));
    }

    private async Task<DatabaseReport> Ping()
    {
        try
        {
            var needsSize = sizeAt == 0 || Stopwatch.GetElapsedTime(sizeAt) > SizeEvery;
            var started = Stopwatch.GetTimestamp();
            await postgres.Run(static connection => connection.ExecuteScalarAsync<int>("SELECT 1"));
            var ping = Stopwatch.GetElapsedTime(started);
            if (needsSize)
                (size, sizeAt) = (await postgres.Run(static connection => connection.ExecuteScalarAsync<long>("SELECT pg_database_size(current_database())")), Stopwatch.GetTimestamp());
            return Database(true, ping);
        }
        catch (Exception e) when (e is StoreUnavailableException or Npgsql.PostgresException or ObjectDisposedException)
        {
            return Database(false, TimeSpan.Zero);
        }
    }

    private DatabaseReport Database(bool isReachable, TimeSpan ping) => new(isReachable, ping, size, postgres.InUse, postgres.Limit);

    private async Task<StoreReport> Look()
    {
        try
        {
            await objects.ExistsAsync(Nothing, CancellationToken.None);
            return objects is IStoreSpace disk && disk.MeasureSpace() is var space
                ? new(true, space.Free, space.Total, space.Reserve)
                : new(true, null, null, 0);
        }
        catch (ObjectStoreUnavailableException)
        {
            return new(false, null, null, 0);
        }
    }
}
