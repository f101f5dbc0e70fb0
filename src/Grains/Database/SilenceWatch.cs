using Microsoft.Extensions.Logging;
using Npgsql;

namespace GifShare.Grains.Database;

/// <summary>
/// Notices when PostgreSQL does not answer at all: it is frozen, its machine is gone, or the network is cut. No error says so, and the time limit
/// of each statement would keep every caller waiting for ten seconds. When work is under way and nothing was answered for 0.4 s, the watch sends a
/// trivial query (a "knock") on a connection of its own. When that stays unanswered for 1 s, all waiting calls fail at once, and so do new ones
/// until the server answers again. A slow statement is not mistaken for silence, because the knock is answered.
/// <para>
/// Statements that were given up may still be executed when the server wakes up, since they lie in its sockets. Before new calls are let through,
/// the watch ends all earlier connections of this silo on the server, so that rows read afterwards show what became of those statements
/// (docs/decisions/0020-a-silent-database.md).
/// </para>
/// </summary>
public sealed partial class SilenceWatch : IAsyncDisposable
{
    // Waiting is counted in steps and not in time, so that it takes longer on a machine that is slow as a whole.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <summary>Steps without any answer before the knock is sent: longer than nearly every statement takes.</summary>
    private const int StepsOfPatience = 4;

    /// <summary>Steps that the knock may stay unanswered before the server counts as silent.</summary>
    private const int StepsOfKnocking = 10;

    private readonly NpgsqlDataSource pool;
    private readonly string address, name;
    private readonly ILogger log;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task watching;
    private volatile CancellationTokenSource silence = new();
    private Knock? knock;
    private long answers;
    private int waiting;

    /// <param name="pool">Emptied after a silence.</param>
    /// <param name="connectionString">The pool's; its <c>ApplicationName</c> must be this silo's alone.</param>
    /// <param name="log">Gets a line when the server falls silent and when it answers again.</param>
    public SilenceWatch(NpgsqlDataSource pool, string connectionString, ILogger log)
    {
        this.pool = pool;
        this.log = log;
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        name = settings.ApplicationName!;
        (settings.Pooling, settings.Timeout, settings.CommandTimeout, settings.KeepAlive) = (false, 5, 0, 0);
        // Another name, or the watch would end its own connection with those of the silo.
        settings.ApplicationName = "gifshare-watch";
        address = settings.ConnectionString;
#pragma warning disable RS0030 // Serves all grains, so it must run on no grain's scheduler.
        watching = Task.Run(Watch);
#pragma warning restore RS0030
    }

    /// <summary>Cancelled when the server is found silent.</summary>
    public CancellationToken Silence => silence.Token;

    /// <summary>A call waits for the server from now on, until <see cref="End"/>.</summary>
    public void Begin() => Interlocked.Increment(ref waiting);

    public void End() => Interlocked.Decrement(ref waiting);

    /// <summary>The server answered something, be it an error.</summary>
    public void Heard() => Interlocked.Increment(ref answers);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await watching;
        if (knock is not null)
            await knock.DisposeAsync();
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
            // The connection is kept open: a new one is a new process on the server, slow on a busy machine and impossible when all are taken.
            if (knock is null && now > 0)
                knock = new(address);
            if (steps < StepsOfPatience)
                continue;
            steps = 0;
            if (await Lives(now) || stopping.IsCancellationRequested)
                continue;
            LogSilent();
            // The continuations of the waiting calls must not run on this loop.
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

    /// <summary>True when the knock, or any other statement meanwhile, was answered.</summary>
    private async Task<bool> Lives(long heard)
    {
        var isNew = knock is null;
        knock ??= new(address);
        var answer = knock.Ask();
        for (var step = 0; step < StepsOfKnocking; step++)
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
            // The kept connection was broken, maybe long ago: only a new one tells whether the server lives.
            (isNew, knock) = (true, new(address));
            answer = knock.Ask();
        }

        await Drop();
        return false;

        async Task Drop()
        {
            await knock!.DisposeAsync();
            knock = null;
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
        catch (Exception e) when (Knock.IsRefusal(e) || e is OperationCanceledException)
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

    /// <summary>One connection and the query that is under way on it.</summary>
    private sealed class Knock : IAsyncDisposable
    {
        private readonly NpgsqlConnection connection;
        private Task<bool> asking;

        public Knock(string address)
        {
            connection = new(address);
            asking = AskNow();
        }

        public static bool IsRefusal(Exception e) =>
            e is NpgsqlException or IOException or System.Net.Sockets.SocketException or TimeoutException or InvalidOperationException;

        /// <summary>True: the server answers, be it with a refusal. False: nobody listens there. The task may never complete.</summary>
        public Task<bool> Ask() => asking.IsCompleted ? asking = AskNow() : asking;

        /// <summary>Returns at once. The connection is closed when the query under way ends, whenever that is.</summary>
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
