using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace GifShare.Grains;

/// <summary>
/// PostgreSQL is away, overloaded or out of room. The caller answers 503; nobody knows whether a write under way was committed, unless
/// <see cref="IsOvertaken"/>.
/// </summary>
public sealed class StoreUnavailableException(Exception inner) : Exception("PostgreSQL is not available.", inner)
{
    /// <summary>The write was made on an old revision: nothing of it is kept.</summary>
    public bool IsOvertaken => InnerException is OvertakenException;
}

/// <summary>
/// The silo's one bounded pool, and a few connections beside it (<see cref="OpenApart"/>, <see cref="SilenceWatch"/>). Opening a
/// connection is retried with backoff behind a circuit breaker, so that with the server away every call fails at once instead of
/// queueing; statements are never repeated, because a lost answer is not a failed write. A server that says nothing is away as well (<see cref="SilenceWatch"/>): no call waits two seconds for it.
/// </summary>
public sealed class Postgres : IAsyncDisposable
{
    private readonly ResiliencePipeline opening;
    private readonly SilenceWatch watch;
    private readonly NpgsqlDataSource apart;

    // Only for a connection that is dead while others live: the server's own limits for statements and transactions come long before.
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
            // Npgsql's own limit asks the server to cancel, and its keep-alive asks whether it lives, each while it keeps a thread: with a
            // frozen server twenty of them stopped the whole process for seconds (tried). The server ends statements by itself, Run has its
            // own limit, and SilenceWatch asks.
            CommandTimeout = 0,
            // Its own, so that it can end what it left behind (SilenceWatch), and nobody else's.
            ApplicationName = $"gifshare-{Guid.NewGuid().ToString("N")[..8]}",
            // Seven statements at each turn of a connection, to undo what nobody here does to one: what needs a session of its own
            // (LISTEN, locks beyond a transaction) opens one with OpenApart.
            NoResetOnClose = true,
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,
        };
        // A connection that a firewall has forgotten ends as well; sockets of this machine refuse the setting.
        if (settings.Host is { } host && !host.StartsWith('/'))
            (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, 10, 2);
        settings.Options = $"{settings.Options} -c statement_timeout={options.StatementSeconds * 1000} -c idle_in_transaction_session_timeout=15000".TrimStart();
        Source = new NpgsqlDataSourceBuilder(settings.ConnectionString)
        {
            // The pool's name in metrics; by default it is the connection string, address and all.
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
                // Once: callers of one grain wait for each other, and each would pay for all of its own attempts.
                MaxRetryAttempts = 1,
                Delay = TimeSpan.FromMilliseconds(50),
                UseJitter = true,
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(IsUnavailable),
                // Half a second: with a longer memory the successes of before would keep it closed while everybody fails.
                FailureRatio = 0.5,
                MinimumThroughput = 4,
                SamplingDuration = TimeSpan.FromMilliseconds(500),
                BreakDuration = TimeSpan.FromSeconds(1),
            })
            .Build();
    }

    /// <summary>The pool, for Orleans' own tables. Everything else uses <see cref="Run"/>.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>A connection of its own, outside of the pool, for what leaves traces in its session: LISTEN, locks beyond a transaction.</summary>
    public ValueTask<NpgsqlConnection> OpenApart(CancellationToken cancel) => apart.OpenConnectionAsync(cancel);

    /// <summary>Connections that are at work in <see cref="Run"/>.</summary>
    public int InUse => Volatile.Read(ref inUse);

    /// <summary>Connections there may be.</summary>
    public int Limit { get; }

    /// <summary>Runs statements on one connection.</summary>
    /// <param name="work">May go on after this has failed, when the server fell silent in between: it changes nothing but its own variables.</param>
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
        // A connection that comes when its caller has been told "away" would do the work behind everybody's back.
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

    /// <summary>A server that lets nobody in, for whatever reason, is away.</summary>
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

    /// <summary>Runs statements in one transaction, committed when <paramref name="work"/> returns and rolled back when it throws.</summary>
    /// <exception cref="StoreUnavailableException">As <see cref="Run"/>.</exception>
    public Task<T> InTransaction<T>(Func<NpgsqlConnection, Task<T>> work) => Run(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync();
        var result = await work(connection);
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
    /// For work outside of the silo that takes its time, one connection at a time. The name is what the server lists it by and what metrics
    /// call its pool, which would else be the connection string.
    /// </summary>
    public static NpgsqlDataSource Apart(string connectionString, string name)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, SearchPath = "gifshare,public", CommandTimeout = 0, ApplicationName = name };
        return new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = name }.Build();
    }

    /// <summary>
    /// Two activations were given the same request, told by its Idempotency-Key, and this effect came second: nothing of it is kept, and who
    /// asks again gets the first one's answer.
    /// </summary>
    public static bool IsDoneTwice(PostgresException e) => e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "idempotency_keys_pkey" };

    /// <summary>Is the server the cause, not the statement? SQLSTATE classes: PostgreSQL manual, appendix A.</summary>
    public static bool IsUnavailable(Exception e) => e switch
    {
        StoreUnavailableException or BrokenCircuitException or SocketException or TimeoutException or OvertakenException => true,
        PostgresException p when IsDoneTwice(p) => true,
        // 40001 and 40P01: it chose this transaction to fail, and another attempt would do.
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
