using System.Diagnostics;
using GifShare.Bench.Rows;

namespace GifShare.Bench;

/// <summary>All results of a run.</summary>
internal sealed record Findings(Options Options, string LoadAtStart, DateTimeOffset StartedAt, double IdleMegabytes)
{
    public Dictionary<string, RowResult> Rows { get; } = [];

    public double? BytesPerCollection { get; set; }

    public TimeSpan Took { get; set; }
}

/// <summary>The sequence of a run.</summary>
internal static class Plan
{
    public static readonly string[] Names =
        ["viral", "notmodified", "edited", "many", "owner", "add", "hot", "like", "open-reads", "open-adds", "mixed", "memory", "cold", "growth"];

    public static async Task<Findings> RunAsync(Options options, Action<string> say)
    {
        var load = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
        var (startedAt, clock) = (DateTimeOffset.UtcNow, Stopwatch.StartNew());
        await using var stage = await Stage.StartAsync(options, say);
        var findings = new Findings(options, load, startedAt, stage.IdleMegabytes);
        foreach (var row in Reads.All(options).Concat(Writes.All).Concat(OpenLoops.All).Where(row => options.Wants(row.Name)))
            findings.Rows[row.Name] = await Runner.RunAsync(stage, row, say);
        if (options.Wants("growth"))
            foreach (var row in Growth.All(options))
                findings.Rows[row.Name] = await Runner.RunAsync(stage, row, say);
        if (options.Wants("memory"))
        {
            stage.Product.Stop();
            findings.BytesPerCollection = MemoryProbe.BytesPerCollection(stage);
            say($"memory: {findings.BytesPerCollection:N0} bytes per active collection, {findings.IdleMegabytes:N0} MB idle");
        }

        if (options.Wants("cold") || options.Wants("growth"))
        {
            stage.Product.Stop();
            stage.Product.Start();
            Growth.WarmUpCold(stage);
            foreach (var row in Growth.Cold(options))
                findings.Rows[row.Name] = await Runner.RunAsync(stage, row, say);
        }

        findings.Took = clock.Elapsed;
        return findings;
    }
}
