using System.Globalization;
using System.Reflection;
using GifShare.Operations;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Operations;

/// <summary>Sends this silo's figures to the operations grain every few seconds.</summary>
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

    /// <summary>Waits for the silo's start; background services start earlier.</summary>
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
            // This silo starts or stops, or the grain's silo was lost: the next report replaces this one.
            OperationsLog.NotReported(log, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            OperationsLog.ReportFailed(log, e);
        }
    }
}

/// <summary>The figures that a silo can read of itself.</summary>
public sealed class SiloGauges(HotGrains hot, FailedCalls failures, HealthProbe health, CacheGauge cache, IEnumerable<QueueGauge> queues)
{
    private readonly ProcessMeter process = new();

    /// <summary>Reads the figures and ends an interval. Not concurrent.</summary>
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
