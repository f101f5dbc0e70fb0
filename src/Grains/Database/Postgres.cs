using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace GifShare.Grains.Database;

/// <summary>
/// PostgreSQL is unreachable, overloaded or out of disk; callers answer 503. Whether a write in flight was committed is unknown, unless
/// <see cref="IsOvertaken"/> is true.
/// </summary>
public sealed class StoreUnavailableException(Exception inner) : Exception("PostgreSQL is not available.", inner)
{
    /// <summary>The write was made on an outdated revision, and nothing was written.</summary>
    public bool IsOvertaken => InnerException is OvertakenException;
}

/// <summary>
/// The silo's access to PostgreSQL: a bounded connection pool, and a few connections beside it (<see cref="OpenApart"/>, <see cref="SilenceWatch"/>).
/// A failed attempt to connect is retried once, behind a circuit breaker, so that calls fail fast while the server is down.
/// Statements are never retried, because a lost answer does not mean a failed write. A server that accepts connections but never answers counts as
/// down too (<see cref="SilenceWatch"/>).
/// </summary>
public sealed class Postgres : IAsyncDisposable
{
    private readonly ResiliencePipeline opening;
    private readonly SilenceWatch watch;
    private readonly NpgsqlDataSource apart;

    // Last resort, for one dead connection while others work. The server's statement timeout is much shorter.
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
            // Npgsql's command timeout and keep-alive block a thread each while the server is frozen: twenty connections stopped the whole process
            // for seconds (measured). Instead the server ends slow statements, Run has a time limit, and SilenceWatch detects a frozen server.
            CommandTimeout = 0,
            // Unique per silo: SilenceWatch terminates all connections of this name.
            ApplicationName = $"gifshare-{Guid.NewGuid().ToString("N")[..8]}",
            // Npgsql's reset takes seven statements at each return to the pool. Code in Run leaves no session state; code that does (LISTEN,
            // session locks) uses OpenApart.
            NoResetOnClose = true,
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,
        };
        // Detects connections that a firewall dropped silently. Not supported on Unix sockets.
        if (settings.Host is { } host && !host.StartsWith('/'))
            (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, 10, 2);
        settings.Options = $"{settings.Options} -c statement_timeout={options.StatementSeconds * 1000} -c idle_in_transaction_session_timeout=15000".TrimStart();
        Source = new NpgsqlDataSourceBuilder(settings.ConnectionString)
        {
            // The pool's name in metrics; by default the connection string.
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
                // Only one retry: callers of one grain queue behind each other, so the attempts' times add up.
                MaxRetryAttempts = 1,
                Delay = TimeSpan.FromMilliseconds(50),
                UseJitter = true,
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(IsUnavailable),
                // Half a second: in a longer window, earlier successes would keep the breaker closed while every call fails.
                FailureRatio = 0.5,
                MinimumThroughput = 4,
                SamplingDuration = TimeSpan.FromMilliseconds(500),
                BreakDuration = TimeSpan.FromSeconds(1),
            })
            .Build();
    }

    /// <summary>The pool, for Orleans' own tables. Everything else uses <see cref="Run"/>.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>An unpooled connection, for code that leaves session state: LISTEN, session locks.</summary>
    public ValueTask<NpgsqlConnection> OpenApart(CancellationToken cancel) => apart.OpenConnectionAsync(cancel);

    /// <summary>Connections in use by <see cref="Run"/>.</summary>
    public int InUse => Volatile.Read(ref inUse);

    /// <summary>The size of the pool.</summary>
    public int Limit { get; }

    /// <summary>Runs statements on one pooled connection.</summary>
    /// <param name="work">Must change only its own variables: when the server falls silent, the call fails while the work still runs.</param>
    /// <exception cref="StoreUnavailableException">The server is unavailable; whether a write was committed is unknown.</exception>
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
        // The caller has already got "unavailable", so the work must not start.
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

    /// <summary>Any failure to connect counts as an unavailable server.</summary>
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
    /// Runs statements in one transaction. Commits when <paramref name="work"/> returns; rolls back when it throws or returns an
    /// <see cref="IOutcome"/> with an error.
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
    /// A data source without a pool, for long-running work outside of the silo. The name is the server's <c>application_name</c> and the name in
    /// metrics, by default the connection string.
    /// </summary>
    public static NpgsqlDataSource Apart(string connectionString, string name)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, SearchPath = "gifshare,public", CommandTimeout = 0, ApplicationName = name };
        return new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = name }.Build();
    }

    /// <summary>
    /// Whether the error is a repeated effect: the request's Idempotency-Key is stored already. This transaction is rolled back; a retry finds the
    /// stored answer by the key.
    /// </summary>
    public static bool IsDoneTwice(PostgresException e) => e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "idempotency_keys_pkey" };

    /// <summary>Whether the server, not the statement, is the cause. SQLSTATE codes: PostgreSQL manual, appendix A.</summary>
    public static bool IsUnavailable(Exception e) => e switch
    {
        StoreUnavailableException or BrokenCircuitException or SocketException or TimeoutException or OvertakenException => true,
        PostgresException p when IsDoneTwice(p) => true,
        // 40001 and 40P01: serialization failure and deadlock; a retry may succeed.
        PostgresException p => p.SqlState[..2] is "08" or "53" or "58" || p.SqlState is "40001" or "40P01" or "57014" or "57P01" or "57P02" or "57P03" or "57P05" or "25P03",
        NpgsqlException => true,
        _ => false,
    };
}

/// <summary>Settings under <c>Postgres</c>.</summary>
public sealed class PostgresOptions
{
    /// <summary>Pool size per silo. More than the server's cores rarely helps; 20 allows several silos within PostgreSQL's default of 100.</summary>
    public int MaxConnections { get; set; } = 20;

    /// <summary>Seconds until a connection attempt, or a wait for a pooled one, times out: writes must answer 503 within 2 s.</summary>
    public int ConnectSeconds { get; set; } = 2;

    /// <summary>Seconds until the server cancels a statement; the longest legitimate one (10,000 items) takes well under one.</summary>
    public int StatementSeconds { get; set; } = 10;
}
