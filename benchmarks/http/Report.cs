using System.Runtime.InteropServices;
using System.Text;
using GifShare.Bench.Rows;
using GifShare.Bench.Systems;

namespace GifShare.Bench;

/// <summary>The generated part of docs/benchmarks.md.</summary>
internal static class Report
{
    private const string Begin = "<!-- measured: written by ./gifshare bench http -->", End = "<!-- end of measured -->";

    public static string Write(Findings findings)
    {
        var text = new StringBuilder();
        Machine(text, findings);
        if (findings.Options.Systems.Count == 0)
            Compared(text, findings);
        Details(text, findings);
        Grown(text, findings);
        return text.ToString();
    }

    private static void Compared(StringBuilder text, Findings findings)
    {
        text.AppendLine("## Goals").AppendLine().AppendLine("| what | goal | measured | |").AppendLine("|---|---|---|---|");
        foreach (var goal in Goals.Of(findings))
            text.AppendLine($"| {goal.What} | {goal.Text} | {goal.Measured} | {(goal.IsMet is { } met ? met ? "met" : "**not met**" : "")} |");
    }

    /// <summary>Replaces the generated part of the file; the hand-written text around it stays. Returns the file's path.</summary>
    public static string Save(string report, string file)
    {
        var old = File.Exists(file) ? File.ReadAllText(file) : $"# Benchmarks\n\n{Begin}\n{End}\n\n## What was learned\n";
        var (begin, end) = (old.IndexOf(Begin, StringComparison.Ordinal), old.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
            throw new FormatException($"{file} lacks the lines {Begin} and {End} between which the measured part belongs.");
        File.WriteAllText(file, $"{old[..(begin + Begin.Length)]}\n\n{report}\n{old[end..]}");
        return file;
    }

    private static void Machine(StringBuilder text, Findings findings)
    {
        var memory = File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
        text.AppendLine($"""
            {findings.StartedAt:yyyy-MM-dd HH:mm} UTC, {findings.Took.TotalMinutes:0} minutes. {Environment.ProcessorCount} cores ({processor}), {long.Parse(memory) / 1048576.0:0} GB, {RuntimeInformation.OSDescription};
            {RuntimeInformation.FrameworkDescription}; {First("psql", "--version")}; {First("redis-server", "--version")}; {Wrk()}. Load average at the start: {findings.LoadAtStart}.

            Medians of {findings.Options.Rounds} rounds of {findings.Options.Seconds} s, in brackets the lowest and the highest; the systems took turns (a, b, c, d, a, b, …) after warming up. Ratios
            are medians of each round's own ratio. The load runs on the same cores as the servers and takes its share of them. wrk: 2 threads, {Options.Connections} connections; its percentiles are of a closed loop at saturation. Open loop: latency
            from the intended start. CPU is the server's own, in microseconds per request; beside it that of its database and of Redis.

            (a) bare Kestrel with the same bytes and headers in memory. (b) minimal API, Npgsql, StackExchange.Redis and Redis 7 as a cache; no rate limits, request log, metrics or session checks. (c) the SQL join and
            the JSON for every request. (d) GifShare as shipped: authentication, logging, telemetry and rate limits on, their numbers raised. (b) and (c) have GifShare's schema, indexes and
            PostgreSQL settings, in a cluster of their own; every commit is flushed to the disk.

            """);
    }

    private static void Details(StringBuilder text, Findings findings)
    {
        text.AppendLine().AppendLine("## All rows").AppendLine()
            .AppendLine("| row | system | requests/s | p50 ms | p99 ms | p99.9 ms | errors | CPU µs: server + database + Redis | server MB | |")
            .AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var result in findings.Rows.Values.Where(result => !result.Row.Name.StartsWith("growth", StringComparison.Ordinal)))
            foreach (var (system, samples) in result.Samples)
            {
                var (min, max) = result.Spread(system, sample => sample.Load.Rate);
                var (p99Min, p99Max) = result.Spread(system, sample => sample.Load.P99);
                var notes = samples[0].Notes.Keys.Select(key => $"{key} {result.Median(system, sample => sample.Notes[key]):0.#}");
                text.AppendLine($"""
                    | {result.Row.Title} | {system} | {result.Rate(system):N0} ({min:N0}–{max:N0}) | {result.P50(system):0.00} | {result.P99(system):0.00} ({p99Min:0.00}–{p99Max:0.00}) | {result.Median(system, sample => sample.Load.P999):0.00} | {samples.Sum(sample => sample.Load.Errors)} | {Cpu(result, system)} | {result.Median(system, sample => sample.ServerMegabytes):N0} | {string.Join(", ", notes)} |
                    """);
            }
    }

    private static string Cpu(RowResult result, string system)
    {
        double Of(Func<CpuUse, double> part) => result.Median(system, sample => part(sample.CpuPerRequest));
        return $"{Of(use => use.Server):0.0} + {Of(use => use.Database):0.0} + {Of(use => use.Cache):0.0}";
    }

    private static void Grown(StringBuilder text, Findings findings)
    {
        if (!findings.Rows.Keys.Any(name => name.StartsWith("growth", StringComparison.Ordinal)))
            return;
        string Cell(string row, string system, Func<RowResult, string> of) => findings.Rows.TryGetValue(row, out var result) && result.Has(system) ? of(result) : "";
        string Rate(string row, string system) => Cell(row, system, result => $"{result.Rate(system):N0}");
        string P50(string row, string system) => Cell(row, system, result => $"{result.P50(system):0.00}");
        text.AppendLine().AppendLine("## How cost grows").AppendLine()
            .AppendLine("| collections of 10 items | (d) reads/s | (b) reads/s | (d) CPU µs per read | (d) adds/s | (b) adds/s | (d) server MB |").AppendLine("|---|---|---|---|---|---|---|");
        foreach (var count in Growth.Numbers(findings.Options.Short))
        {
            var (reads, adds) = (Growth.ReadsOf(count), Growth.AddsTo(count));
            text.AppendLine($"| {count:N0} | {Rate(reads, BenchSystem.Product)} | {Rate(reads, BenchSystem.Classic)} | {Cell(reads, BenchSystem.Product, r => Cpu(r, BenchSystem.Product))} | {Rate(adds, BenchSystem.Product)} | {Rate(adds, BenchSystem.Classic)} | {Cell(reads, BenchSystem.Product, r => $"{r.Median(BenchSystem.Product, s => s.ServerMegabytes):N0}")} |");
        }

        text.AppendLine().AppendLine("| items in the collection | (d) reads/s of its link | (b) reads/s | (d) add p50 ms, one connection | (b) add p50 ms | (d) cold read ms | (c) the same read ms |").AppendLine("|---|---|---|---|---|---|---|");
        foreach (var size in World.BySize.Select(range => range.Items))
        {
            var (reads, adds, cold) = (Growth.ReadsOfSize(size), Growth.AddsToSize(size), Growth.ColdOfSize(size));
            text.AppendLine($"| {size:N0} | {Rate(reads, BenchSystem.Product)} | {Rate(reads, BenchSystem.Classic)} | {P50(adds, BenchSystem.Product)} | {P50(adds, BenchSystem.Classic)} | {P50(cold, BenchSystem.Product)} | {P50(cold, BenchSystem.PlainSql)} |");
        }
    }

    private static string First(string program, string argument)
    {
        var line = Children.Run(program, argument).Split('\n')[0];
        return line.Split(" sha=")[0];
    }

    // wrk prints its version and exits with 1.
    private static string Wrk()
    {
        try
        {
            return First("wrk", "-v");
        }
        catch (InvalidOperationException e)
        {
            return string.Join(' ', e.Message.Split('\n')[0].Split(": ")[^1].Split(' ').Take(2));
        }
    }
}
