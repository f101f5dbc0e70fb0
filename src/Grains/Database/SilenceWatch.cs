using Microsoft.Extensions.Logging;
using Npgsql;

namespace GifShare.Grains.Database;

/// <summary>
/// Detects that PostgreSQL does not answer at all: it is frozen, its machine is gone, or the network is cut. Nothing raises an error then, and
/// statement timeouts would keep every caller waiting for ten seconds. When calls are in flight and none was answered for 0.4 s, the watch sends a
/// trivial query (a probe) on its own connection. If the probe is not answered within 1 s, all waiting calls fail at once, and so do new ones
/// until the server answers again. Slow statements do not trigger it, because the probe is answered.
/// <para>
/// Statements of failed calls may still run when the server resumes, since they are in its socket buffers. Before new calls are let through,
/// the watch terminates all earlier connections of this silo on the server, so that later reads see the final outcome of those statements
/// (docs/decisions/0020-a-silent-database.md).
/// </para>
/// </summary>
public sealed partial class SilenceWatch : IAsyncDisposable
{
    // Time is counted in steps, so that the limits stretch on a machine that is slow as a whole.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <summary>Steps without an answer before the probe is sent: longer than nearly every statement takes.</summary>
    private const int StepsBeforeProbe = 4;

    /// <summary>Steps without an answer to the probe before the server counts as silent.</summary>
    private const int StepsOfProbe = 10;

    private readonly NpgsqlDataSource pool;
    private readonly string address, name;
    private readonly ILogger log;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task watching;
    private volatile CancellationTokenSource silence = new();
    private Probe? probe;
    private long answers;
    private int waiting;

    /// <param name="pool">Cleared after a silence.</param>
    /// <param name="connectionString">The pool's; its <c>ApplicationName</c> must be unique to this silo.</param>
    /// <param name="log">Logs the start and the end of a silence.</param>
    public SilenceWatch(NpgsqlDataSource pool, string connectionString, ILogger log)
    {
        this.pool = pool;
        this.log = log;
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        name = settings.ApplicationName!;
        (settings.Pooling, settings.Timeout, settings.CommandTimeout, settings.KeepAlive) = (false, 5, 0, 0);
        // A different name, or the watch would terminate its own connection with the silo's.
        settings.ApplicationName = "gifshare-watch";
        address = settings.ConnectionString;
#pragma warning disable RS0030 // Serves all grains, so it must run on no grain's scheduler.
        watching = Task.Run(Watch);
#pragma warning restore RS0030
    }

    /// <summary>Cancelled when the server is found silent.</summary>
    public CancellationToken Silence => silence.Token;

    /// <summary>Registers a call in flight, until <see cref="End"/>.</summary>
    public void Begin() => Interlocked.Increment(ref waiting);

    public void End() => Interlocked.Decrement(ref waiting);

    /// <summary>Records an answer of the server, including errors.</summary>
    public void Heard() => Interlocked.Increment(ref answers);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await watching;
        if (probe is not null)
            await probe.DisposeAsync();
        stopping.Dispose();
    }

    private async Task Watch()
    {
        var (heard, steps) = (0L, 0);
        while (await NotStoppedAfter(Step))
        {
            var now = Interlocked.Read(ref answers);
            steps = now == heard && Volatile.Read(ref waiting) > 0 ? steps + 1 : 0;
            heard = now;
            // Keep the connection open: a new one starts a server process, which is slow on a busy machine and fails at the connection limit.
            if (probe is null && now > 0)
                probe = new(address);
            if (steps < StepsBeforeProbe)
                continue;
            steps = 0;
            if (await IsAlive(now) || stopping.IsCancellationRequested)
                continue;
            LogSilent();
            // Continuations of the waiting calls must not run on this loop.
            _ = silence.CancelAsync();
            while (!await TryEndOldConnections())
            {
                if (!await NotStoppedAfter(Step))
                    return;
            }

            pool.Clear();
            silence = new();
            LogAnswers();
        }
    }

    /// <summary>True when the probe, or any other statement meanwhile, is answered.</summary>
    private async Task<bool> IsAlive(long heard)
    {
        var isNew = probe is null;
        probe ??= new(address);
        var answer = probe.Ask();
        for (var step = 0; step < StepsOfProbe; step++)
        {
            await Task.WhenAny(answer, NotStoppedAfter(Step));
            if (Interlocked.Read(ref answers) != heard)
                return true;
            if (!answer.IsCompleted)
                continue;
            if (await answer)
                return true;
            await Drop();
            if (isNew)
                return false;
            // The kept connection may have been broken for long: only a new one shows whether the server is alive.
            (isNew, probe) = (true, new(address));
            answer = probe.Ask();
        }

        await Drop();
        return false;

        async Task Drop()
        {
            await probe!.DisposeAsync();
            probe = null;
        }
    }

    private async Task<bool> TryEndOldConnections()
    {
        try
        {
            await using var connection = new NpgsqlConnection(address);
            await connection.OpenAsync(stopping.Token);
            await using var command = new NpgsqlCommand("SELECT count(pg_terminate_backend(pid, 1000)) FROM pg_stat_activity WHERE application_name = $1", connection);
            command.Parameters.Add(new() { Value = name });
            await command.ExecuteNonQueryAsync(stopping.Token);
            return true;
        }
        catch (Exception e) when (Probe.IsRefusal(e) || e is OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<bool> NotStoppedAfter(TimeSpan time)
    {
        await Task.Delay(time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stopping.IsCancellationRequested;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL does not answer; requests that need it are refused until it does")]
    private partial void LogSilent();

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL answers again")]
    private partial void LogAnswers();

    /// <summary>One connection with at most one query in flight.</summary>
    private sealed class Probe : IAsyncDisposable
    {
        private readonly NpgsqlConnection connection;
        private Task<bool> asking;

        public Probe(string address)
        {
            connection = new(address);
            asking = AskNow();
        }

        public static bool IsRefusal(Exception e) =>
            e is NpgsqlException or IOException or System.Net.Sockets.SocketException or TimeoutException or InvalidOperationException;

        /// <summary>True when the server answers, even with an error; false when it cannot be reached. The task may never complete.</summary>
        public Task<bool> Ask() => asking.IsCompleted ? asking = AskNow() : asking;

        /// <summary>Returns at once. The connection is closed when its query ends, if ever.</summary>
        public ValueTask DisposeAsync()
        {
            _ = asking.ContinueWith(_ => connection.DisposeAsync().AsTask(), TaskScheduler.Default);
            return ValueTask.CompletedTask;
        }

        private async Task<bool> AskNow()
        {
            try
            {
                if (connection.State == System.Data.ConnectionState.Closed)
                    await connection.OpenAsync();
                await using var command = new NpgsqlCommand("SELECT 1", connection);
                await command.ExecuteScalarAsync();
                return true;
            }
            catch (PostgresException)
            {
                return true;
            }
            catch (Exception e) when (IsRefusal(e))
            {
                return false;
            }
        }
    }
}
