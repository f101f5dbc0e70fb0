using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Polly;
using Polly.CircuitBreaker;

namespace GifShare.ObjectStore;

/// <summary>
/// All calls to the store: bounded in time and connections, repeated by the SDK, and behind a circuit breaker, so that a store which is away answers at
/// once. What a failure means is in <see cref="S3Failure"/>.
/// </summary>
sealed class S3Connection : IDisposable
{
    const int Repetitions = 2;
    const long BytesPerSecond = 256 << 10;
    static readonly TimeSpan Copying = TimeSpan.FromMinutes(2);

    readonly AmazonS3Client client;
    readonly ResiliencePipeline breaker;
    readonly SemaphoreSlim reads;
    readonly S3Failure failure;
    readonly int maxReads;

    public S3Connection(S3Options options, TimeProvider time)
    {
        client = ClientOf(options, options.Endpoint);
        Patience = TimeSpan.FromSeconds(options.TimeoutSeconds);
        (maxReads, reads) = (options.MaxReads, new(options.MaxReads));
        failure = new(options);
        // Two windows: in a long one, successes of a busy time would keep the circuit closed; in a short one, failures of a quiet time never meet.
        breaker = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(Breaking(3 * Patience, 3))
            .AddCircuitBreaker(Breaking(TimeSpan.FromSeconds(2), 8))
            .Build();
    }

    /// <summary>How long a call may take that moves no bytes.</summary>
    public TimeSpan Patience { get; }

    /// <summary>A client for these settings. It opens connections when it is used.</summary>
    public static AmazonS3Client ClientOf(S3Options options, string? endpoint)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyle ?? !string.IsNullOrEmpty(options.Endpoint),
            // Other servers than Amazon's do not know its newer checksums.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = Repetitions,
            ConnectTimeout = TimeSpan.FromSeconds(2),
            // Calls have limits of their own, by what they move.
            Timeout = TimeSpan.FromHours(1),
            MaxConnectionsPerServer = options.MaxReads + options.MaxConnections,
        };
        if (string.IsNullOrEmpty(endpoint))
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        else
            (config.ServiceURL, config.AuthenticationRegion) = (endpoint, string.IsNullOrEmpty(options.Region) ? "us-east-1" : options.Region);
        return string.IsNullOrEmpty(options.AccessKey) ? new(config) : new(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config);
    }

    /// <summary>A call that moves no bytes between this process and the store.</summary>
    /// <exception cref="ObjectStoreUnavailableException">The store is away, overloaded, or refuses.</exception>
    /// <exception cref="AmazonS3Exception">It answers that there is no such thing, or that a condition does not hold.</exception>
    public Task<T> AskAsync<T>(Func<IAmazonS3, CancellationToken, Task<T>> call, CancellationToken cancel) => AskAsync(call, Patience, cancel);

    /// <summary>The same for a call that takes <paramref name="bytes"/> along.</summary>
    public Task<T> MoveAsync<T>(long bytes, Func<IAmazonS3, CancellationToken, Task<T>> call, CancellationToken cancel) =>
        AskAsync(call, Patience + TimeSpan.FromSeconds(bytes / BytesPerSecond), cancel);

    /// <summary>The same for a call in which the store itself copies or joins what may be gigabytes.</summary>
    public Task<T> CopyAsync<T>(Func<IAmazonS3, CancellationToken, Task<T>> call, CancellationToken cancel) => AskAsync(call, Patience + Copying, cancel);

    /// <summary>Takes a place among those that read; <see cref="EndReading"/> gives it back.</summary>
    /// <exception cref="ObjectStoreUnavailableException">All are taken.</exception>
    public async Task BeginReadingAsync(CancellationToken cancel)
    {
        if (!await reads.WaitAsync(Patience, cancel))
            throw new ObjectStoreUnavailableException($"{maxReads} objects of the object store are being read, as many as {S3Options.Section}:MaxReads allows.");
    }

    public void EndReading() => reads.Release();

    public void Dispose()
    {
        client.Dispose();
        reads.Dispose();
    }

    static CircuitBreakerStrategyOptions Breaking(TimeSpan window, int calls) => new()
    {
        ShouldHandle = new PredicateBuilder().Handle<Exception>(S3Failure.IsAway),
        FailureRatio = 0.5,
        MinimumThroughput = calls,
        SamplingDuration = window,
        BreakDuration = TimeSpan.FromSeconds(2),
    };

    async Task<T> AskAsync<T>(Func<IAmazonS3, CancellationToken, Task<T>> call, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            return await breaker.ExecuteAsync(async token =>
            {
                using var limited = CancellationTokenSource.CreateLinkedTokenSource(token);
                limited.CancelAfter(limit);
                try
                {
                    return await call(client, limited.Token);
                }
                catch (OperationCanceledException e) when (!token.IsCancellationRequested)
                {
                    throw new TimeoutException("The object store takes too long.", e);
                }
            }, cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && failure.Unavailable(e) is { } unavailable)
        {
            throw unavailable;
        }
    }
}
