using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace GifShare.Grains.Database;

/// <summary>
/// PostgreSQL is away, overloaded or out of disk. The caller answers 503. Whether a write under way was committed is unknown, unless
/// <see cref="IsOvertaken"/> is true.
/// </summary>
public sealed class StoreUnavailableException(Exception inner) : Exception("PostgreSQL is not available.", inner)
{
    /// <summary>The write was made on an outdated revision; nothing was written.</summary>
    public bool IsOvertaken => InnerException is OvertakenException;
}

/// <summary>
/// The silo's access to PostgreSQL: one bounded pool, and a few connections beside it (<see cref="OpenApart"/>, <see cref="SilenceWatch"/>).
/// A failed attempt to open a connection is repeated once, behind a circuit breaker, so that every call fails at once while the server is away.
/// Statements are never repeated, because a lost answer does not mean a failed write. A server that does not answer at all counts as away too
/// (<see cref="SilenceWatch"/>).
/// </summary>
public sealed class Postgres : IAsyncDisposable
{
    private readonly ResiliencePipeline opening;
    private readonly SilenceWatch watch;
    private readonly NpgsqlDataSource apart;

    // The last limit, for one connection that is dead while others live. The server's own limits for statements are much shorter.
    private readonly TimeSpan longest;
    private int inUse;

    public Postgres(string connectionString, PostgresOptions options, TimeProvider time, ILogger<SilenceWatch> log)
    {
        Limit = options.MaxConnections;
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            SearchPath = "gifshare,public",
            MaxPoolSize = options.MaxConnections,
            Timeout = options.ConnectSeconds,
            // Npgsql's command timeout asks the server to cancel, and its keep-alive asks whether the server lives, each blocking a thread: with a
            // frozen server, twenty connections stopped the whole process for seconds (measured). Instead the server ends slow statements, Run has a
            // limit of its own, and SilenceWatch notices a frozen server.
            CommandTimeout = 0,
            // A name of this silo alone: SilenceWatch ends the connections of this name.
            ApplicationName = $"gifshare-{Guid.NewGuid().ToString("N")[..8]}",
            // Npgsql would reset the session in seven statements at each return to the pool. No code in Run leaves session state; what does
            // (LISTEN, locks beyond a transaction) opens a connection with OpenApart.
            NoResetOnClose = true,
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,
        };
        // Ends connections that a firewall dropped silently. Unix sockets do not support the setting.
        if (settings.Host is { } host && !host.StartsWith('/'))
            (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, 10, 2);
        settings.Options = $"{settings.Options} -c statement_timeout={options.StatementSeconds * 1000} -c idle_in_transaction_session_timeout=15000".TrimStart();
        Source = new NpgsqlDataSourceBuilder(settings.ConnectionString)
        {
            // The pool's name in metrics. The default would be the connection string.
            Name = "gifshare",
        }.Build();
        settings.Pooling = false;
        apart = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "gifshare-apart" }.Build();
        longest = TimeSpan.FromSeconds(options.StatementSeconds * 6);
        watch = new(Source, settings.ConnectionString, log);
        opening = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(e => e is not BrokenCircuitException && IsUnavailable(e)),
                // One retry only: the callers of one grain wait for each other, so the time of all attempts adds up.
                MaxRetryAttempts = 1,
                Delay = TimeSpan.FromMilliseconds(50),
                UseJitter = true,
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(IsUnavailable),
                // Sampled over half a second: in a longer window earlier successes would keep the breaker closed while every call fails.
                FailureRatio = 0.5,
                MinimumThroughput = 4,
                SamplingDuration = TimeSpan.FromMilliseconds(500),
                BreakDuration = TimeSpan.FromSeconds(1),
            })
            .Build();
    }

    /// <summary>The pool, for Orleans' own tables. Everything else uses <see cref="Run"/>.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>An unpooled connection, for code that leaves state in its session: LISTEN, locks beyond a transaction.</summary>
    public ValueTask<NpgsqlConnection> OpenApart(CancellationToken cancel) => apart.OpenConnectionAsync(cancel);

    /// <summary>Connections in use by <see cref="Run"/>.</summary>
    public int InUse => Volatile.Read(ref inUse);

    /// <summary>The size of the pool.</summary>
    public int Limit { get; }

    /// <summary>Runs statements on one connection.</summary>
    /// <param name="work">It must change nothing but its own variables: when the server falls silent, the call fails while the work still runs.</param>
    /// <exception cref="StoreUnavailableException">The server is away; whether a write was committed is unknown.</exception>
    public async Task<T> Run<T>(Func<NpgsqlConnection, Task<T>> work)
    {
        var silence = watch.Silence;
        if (silence.IsCancellationRequested)
            throw new StoreUnavailableException(new TimeoutException("PostgreSQL does not answer."));
        watch.Begin();
        try
        {
            var result = await RunOpen(work, silence).WaitAsync(longest, silence);
            watch.Heard();
            return result;
        }
        catch (OperationCanceledException e) when (silence.IsCancellationRequested)
        {
            throw new StoreUnavailableException(new TimeoutException("PostgreSQL does not answer.", e));
        }
        catch (Exception e)
        {
            var isAway = IsUnavailable(e);
            if (!isAway || e is PostgresException or OvertakenException || e.InnerException is PostgresException)
                watch.Heard();
            if (isAway)
                throw e as StoreUnavailableException ?? new StoreUnavailableException(e);
            throw;
        }
        finally
        {
            watch.End();
        }
    }

    private async Task<T> RunOpen<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken silence)
    {
        await using var connection = await Open(silence);
        // The caller has already been told "unavailable": the work must not start now.
        silence.ThrowIfCancellationRequested();
        Interlocked.Increment(ref inUse);
        try
        {
            return await work(connection);
        }
        finally
        {
            Interlocked.Decrement(ref inUse);
        }
    }

    /// <summary>Every failure to connect counts as an unavailable server.</summary>
    private async Task<NpgsqlConnection> Open(CancellationToken cancel)
    {
        try
        {
            return await opening.ExecuteAsync(static (source, token) => source.OpenConnectionAsync(token), Source, cancel);
        }
        catch (PostgresException e)
        {
            throw new StoreUnavailableException(e);
        }
    }

    public Task Run(Func<NpgsqlConnection, Task> work) => Run(async connection =>
    {
        await work(connection);
        return true;
    });

    /// <summary>
    /// Runs statements in one transaction. It is committed when <paramref name="work"/> returns, and rolled back when it throws or returns an
    /// <see cref="IOutcome"/> with an error: what is refused changes nothing.
    /// </summary>
    /// <exception cref="StoreUnavailableException">As <see cref="Run"/>.</exception>
    public Task<T> InTransaction<T>(Func<NpgsqlConnection, Task<T>> work) => Run(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync();
        var result = await work(connection);
        if (result is not IOutcome { Error: not null })
            await transaction.CommitAsync();
        return result;
    });

    public Task InTransaction(Func<NpgsqlConnection, Task> work) => InTransaction(async connection =>
    {
        await work(connection);
        return true;
    });

    public async ValueTask DisposeAsync()
    {
        await watch.DisposeAsync();
        await Source.DisposeAsync();
        await apart.DisposeAsync();
    }

    /// <summary>
    /// A data source for long-running work outside of the silo, with one connection at a time. The name is shown by the server
    /// (<c>application_name</c>) and in metrics, where it would otherwise be the connection string.
    /// </summary>
    public static NpgsqlDataSource Apart(string connectionString, string name)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, SearchPath = "gifshare,public", CommandTimeout = 0, ApplicationName = name };
        return new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = name }.Build();
    }

    /// <summary>
    /// The same request (by its Idempotency-Key) was carried out twice, and this was the second time: it is rolled back, and the first one's answer
    /// is found by its key.
    /// </summary>
    public static bool IsDoneTwice(PostgresException e) => e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "idempotency_keys_pkey" };

    /// <summary>Whether the server is the cause and not the statement. SQLSTATE codes: PostgreSQL manual, appendix A.</summary>
    public static bool IsUnavailable(Exception e) => e switch
    {
        StoreUnavailableException or BrokenCircuitException or SocketException or TimeoutException or OvertakenException => true,
        PostgresException p when IsDoneTwice(p) => true,
        // 40001 and 40P01: a serialization failure or deadlock; another attempt may succeed.
        PostgresException p => p.SqlState[..2] is "08" or "53" or "58" || p.SqlState is "40001" or "40P01" or "57014" or "57P01" or "57P02" or "57P03" or "57P05" or "25P03",
        NpgsqlException => true,
        _ => false,
    };
}

/// <summary>Settings under <c>Postgres</c>.</summary>
public sealed class PostgresOptions
{
    /// <summary>Connections per silo. More than the server's cores seldom helps; 20 leaves room for several silos below PostgreSQL's default of 100.</summary>
    public int MaxConnections { get; set; } = 20;

    /// <summary>Seconds until a connection attempt, or a wait for a free one, is given up: writes must answer 503 within 2 s.</summary>
    public int ConnectSeconds { get; set; } = 2;

    /// <summary>Seconds until the server ends a statement; the longest legitimate one (10,000 items) takes well under one.</summary>
    public int StatementSeconds { get; set; } = 10;
}
