using System.Globalization;
using System.Reflection;
using GifShare.Operations;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Operations;

/// <summary>Every few seconds this silo tells the operations grain how it is doing.</summary>
public sealed class SiloReporter(
    SiloGauges gauges, IGrainFactory grains, IHostApplicationLifetime life, IOptions<OperationsOptions> options, ILogger<SiloReporter> log) : BackgroundService
{
    private static readonly string Version = typeof(SiloReporter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private readonly Guid silo = Guid.NewGuid();
    private readonly string name = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}");
    private readonly DateTimeOffset startedAt = TimeProvider.System.GetUtcNow();
    private readonly TimeSpan interval = TimeSpan.FromSeconds(options.Value.ReportSeconds);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            await Started(stoppingToken);
            do
                await Report(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    /// <summary>Background services start before the silo does.</summary>
    private async Task Started(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var onStart = life.ApplicationStarted.Register(() => started.TrySetResult());
        using var onStop = stoppingToken.Register(() => started.TrySetCanceled());
        await started.Task;
    }

    private async Task Report(CancellationToken stoppingToken)
    {
        try
        {
            var report = await gauges.Read(interval, stoppingToken);
            await grains.Operations().Report(report with { Silo = silo, Name = name, Version = Version, StartedAt = startedAt }).WaitAsync(interval, stoppingToken);
        }
        catch (Exception e) when (e is GrainFaultedException || GrainFaultedException.IsUnavailable(e))
        {
            // A silo that starts or stops, or one that lost the silo of that grain: the next report says the same.
            OperationsLog.NotReported(log, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            OperationsLog.ReportFailed(log, e);
        }
    }
}

/// <summary>What there is to read on a silo.</summary>
public sealed class SiloGauges(HotGrains hot, FailedCalls failures, HealthProbe health, CacheGauge cache, IEnumerable<QueueGauge> queues)
{
    private readonly ProcessMeter process = new();

    /// <summary>Ends an interval: one caller at a time.</summary>
    public async Task<SiloReport> Read(TimeSpan interval, CancellationToken cancel)
    {
        var (database, store) = await health.Ask(interval / 2, cancel);
        var perMinute = Math.Max(1, (int)(TimeSpan.FromMinutes(1) / interval));
        return new(
            Guid.Empty, "", "", default, interval,
            hot.Read(), process.Close(perMinute),
            cache.Read(),
            [.. queues.Select(static queue => new QueueReport(queue.Name, queue.Waiting(), queue.Limit))],
            database, store, failures.Close(perMinute));
    }
}
