using Microsoft.Extensions.Logging;
using Npgsql;

namespace GifShare.Grains;

/// <summary>
/// Notices when PostgreSQL says nothing at all: frozen, its machine gone, the network cut. No error tells that, and waiting for each
/// statement's own limit would keep every caller for ten seconds. So when work is under way and nothing was answered for a moment, it
/// knocks with a connection of its own; with that unanswered too, everybody who waits is told at once, and whoever comes, until it
/// answers again. A slow statement is not silence: the knock is answered.
/// <para>
/// What was given up may still be executed when the server wakes up: it reads what lies in its sockets. Before anybody is let in again the
/// connections of before are ended there, so that whoever then reads rows sees what has become of them.
/// </para>
/// </summary>
public sealed partial class SilenceWatch : IAsyncDisposable
{
    // Everything is counted in steps, not in time: where the whole machine is slow, they are too.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <summary>Without any answer, before it is asked whether it lives: longer than nearly every statement.</summary>
    private const int StepsOfPatience = 4;

    /// <summary>Then, before it counts as silent.</summary>
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
    /// <param name="connectionString">Of the pool; its <c>ApplicationName</c> is this silo's alone.</param>
    /// <param name="log">Told when it falls silent and when it answers again.</param>
    public SilenceWatch(NpgsqlDataSource pool, string connectionString, ILogger log)
    {
        this.pool = pool;
        this.log = log;
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        name = settings.ApplicationName!;
        (settings.Pooling, settings.Timeout, settings.CommandTimeout, settings.KeepAlive) = (false, 5, 0, 0);
        // Else it would end itself.
        settings.ApplicationName = "gifshare-watch";
        address = settings.ConnectionString;
#pragma warning disable RS0030 // It serves every grain and so belongs to none.
        watching = Task.Run(Watch);
#pragma warning restore RS0030
    }

    /// <summary>Cancelled when the server is found silent.</summary>
    public CancellationToken Silence => silence.Token;

    /// <summary>Somebody waits for the server from now on, until <see cref="End"/>.</summary>
    public void Begin() => Interlocked.Increment(ref waiting);

    public void End() => Interlocked.Decrement(ref waiting);

    /// <summary>It said something, be it an error.</summary>
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
            // Kept open, because making one takes a new process there: slow on a busy machine, impossible when all are taken.
            if (knock is null && now > 0)
                knock = new(address);
            if (steps < StepsOfPatience)
                continue;
            steps = 0;
            if (await Lives(now) || stopping.IsCancellationRequested)
                continue;
            LogSilent();
            // Whoever waited goes on elsewhere.
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

    /// <summary>Anybody's answer will do, while the knock's own is awaited.</summary>
    private async Task<bool> Lives(long heard)
    {
        var isNew = knock is null;
        var asked = knock ??= new(address);
        var answer = asked.Ask();
        for (var step = 0; step < StepsOfKnocking; step++)
        {
            await Task.WhenAny(answer, NotStoppedAfter(Step));
            if (Interlocked.Read(ref answers) != heard)
                return true;
            if (!answer.IsCompleted)
                continue;
            if (await answer)
                return true;
            await asked.DisposeAsync();
            knock = null;
            if (isNew)
                return false;
            // Cut, maybe long ago: a new one tells.
            (isNew, asked) = (true, knock = new(address));
            answer = asked.Ask();
        }

        await asked.DisposeAsync();
        knock = null;
        return false;
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

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL does not answer; what needs it is refused until it does")]
    private partial void LogSilent();

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL answers again")]
    private partial void LogAnswers();

    /// <summary>One connection and the question that is under way on it.</summary>
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

        /// <summary>True: it answers, if only that it takes nobody. False: there is nobody. It may take for ever.</summary>
        public Task<bool> Ask() => asking.IsCompleted ? asking = AskNow() : asking;

        /// <summary>Returns at once; it is closed when what is under way ends, whenever that is.</summary>
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
