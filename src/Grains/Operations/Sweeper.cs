using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GifShare.Grains.Operations;

/// <summary>Deletes what is due in rows. Idempotent, in batches small enough not to delay other statements.</summary>
public interface ISweep
{
    Task Sweep(CancellationToken cancel);
}

/// <summary>Runs all sweeps every ten minutes, on one silo at a time (elected by a PostgreSQL advisory lock).</summary>
public sealed partial class SweeperService(IServiceProvider services, Postgres postgres, TimeProvider time, ILogger<SweeperService> log) : BackgroundService
{
    private const long LockKey = 0x67735f7377656570; // "gs_sweep"
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1), Every = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(First, time, stoppingToken);
            using var timer = new PeriodicTimer(Every, time);
            do
                await SweepIfNobodyElseDoes(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task SweepIfNobodyElseDoes(CancellationToken cancel)
    {
        try
        {
            await using var connection = await postgres.OpenApart(cancel);
            if (!await Ask(connection, $"SELECT pg_try_advisory_lock({LockKey})", cancel))
                return;
            try
            {
                foreach (var sweep in services.GetServices<ISweep>())
                    await SweepOne(sweep, cancel);
            }
            finally
            {
                await Ask(connection, $"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None);
            }
        }
        catch (Exception e) when (Postgres.IsUnavailable(e) || e is PostgresException)
        {
            // Includes refused logins: an exception that escapes a background service stops the program.
            LogUnavailable(e.GetBaseException().Message);
        }
    }

    private async Task SweepOne(ISweep sweep, CancellationToken cancel)
    {
        try
        {
            await sweep.Sweep(cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            // A failing sweep must not block the others; it runs again next time.
            LogFailed(e, sweep.GetType().Name);
        }
    }

    private static async Task<bool> Ask(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweeps are postponed, because PostgreSQL is not available: {Cause}")]
    private partial void LogUnavailable(string cause);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Sweep} failed and will be retried")]
    private partial void LogFailed(Exception exception, string sweep);
}
