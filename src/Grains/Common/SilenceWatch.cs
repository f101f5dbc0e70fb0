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
public sealed partial class SilenceWatch : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <summary>Without any answer, before it is asked whether it lives: longer than nearly every statement.</summary>
    private const int StepsOfPatience = 4;

    private readonly NpgsqlDataSource pool;
    private readonly string knock, name;
    private readonly ILogger log;
    private readonly ManualResetEventSlim stopping = new();
    private readonly Thread thread;
    private volatile CancellationTokenSource silence = new();
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
        (settings.Pooling, settings.Timeout, settings.CommandTimeout, settings.CancellationTimeout, settings.KeepAlive) = (false, 1, 10, -1, 0);
        // Else it would end itself.
        settings.ApplicationName = "gifshare-watch";
        knock = settings.ConnectionString;
        // A thread of its own and calls that block: with the pool of threads exhausted, waiting for them would look like silence.
        thread = new Thread(Watch) { IsBackground = true, Name = "PostgreSQL watch" };
        thread.Start();
    }

    /// <summary>Cancelled when the server is found silent.</summary>
    public CancellationToken Silence => silence.Token;

    /// <summary>Somebody waits for the server from now on, until <see cref="End"/>.</summary>
    public void Begin() => Interlocked.Increment(ref waiting);

    public void End() => Interlocked.Decrement(ref waiting);

    /// <summary>It said something, be it an error.</summary>
    public void Heard() => Interlocked.Increment(ref answers);

    public void Dispose()
    {
        stopping.Set();
        thread.Join();
        stopping.Dispose();
    }

    private void Watch()
    {
        var (heard, steps) = (0L, 0);
        while (!stopping.Wait(Step))
        {
            var now = Interlocked.Read(ref answers);
            steps = now == heard && Volatile.Read(ref waiting) > 0 ? steps + 1 : 0;
            heard = now;
            if (steps < StepsOfPatience)
                continue;
            steps = 0;
            if (TryKnock(null))
                continue;
            LogSilent();
            // Whoever waited goes on elsewhere, not on this thread.
            _ = silence.CancelAsync();
            while (!TryKnock(EndOldConnections))
            {
                if (stopping.Wait(Step))
                    return;
            }

            pool.Clear();
            silence = new();
            LogAnswers();
        }
    }

    /// <summary>True: it answers, if only that it takes nobody.</summary>
    private bool TryKnock(Action<NpgsqlConnection>? then)
    {
        try
        {
            using var connection = new NpgsqlConnection(knock);
            connection.Open();
            then?.Invoke(connection);
            return true;
        }
        catch (PostgresException)
        {
            // Before the old connections are ended nobody comes in; until then it is no silence that anybody refuses.
            return then is null;
        }
        catch (Exception e) when (Postgres.IsUnavailable(e) || e is IOException)
        {
            return false;
        }
    }

    private void EndOldConnections(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT count(pg_terminate_backend(pid, 1000)) FROM pg_stat_activity WHERE application_name = $1", connection);
        command.Parameters.Add(new() { Value = name });
        command.ExecuteNonQuery();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL does not answer; what needs it is refused until it does")]
    private partial void LogSilent();

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL answers again")]
    private partial void LogAnswers();
}
