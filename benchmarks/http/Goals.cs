
using GifShare.Bench.Rows;
using GifShare.Bench.Systems;

namespace GifShare.Bench;

/// <summary>A row of the table of goals. <c>IsMet</c> is null where there is no target.</summary>
internal sealed record Goal(string What, string Text, string Measured, bool? IsMet);

/// <summary>The design's performance goals with the measured values.</summary>
internal static class Goals
{
    private const string A = BenchSystem.Ceiling, B = BenchSystem.Classic, C = BenchSystem.PlainSql, D = BenchSystem.Product;

    public static IEnumerable<Goal> Of(Findings findings)
    {
        var rows = findings.Rows;
        if (rows.TryGetValue("viral", out var viral))
        {
            yield return AtLeast("viral link, 50 items", viral, D, 0.90, A);
            yield return AtLeast("viral link, 50 items", viral, D, 2, B);
            var cpu = viral.Ratio(D, A, sample => sample.CpuPerRequest.Server);
            yield return new("viral link: CPU per request", "≤ 1.25 × (a)", $"{cpu:0.00} × ({viral.Cpu(D):0.0} : {viral.Cpu(A):0.0} µs)", cpu <= 1.25);
            if (rows.TryGetValue("notmodified", out var notModified))
                yield return new("viral link: 304", "faster than 200", $"{notModified.Rate(D) / viral.Rate(D):0.00} × the 200 ({notModified.Rate(D):N0}/s)", notModified.Rate(D) > viral.Rate(D));
        }

        if (rows.TryGetValue("edited", out var edited))
        {
            if (viral is not null)
                yield return new("viral link while its owner adds 200 a second", "≥ 0.8 × its own quiet rate", $"{edited.Rate(D) / viral.Rate(D):0.00} × ({edited.Rate(D):N0}/s)", edited.Rate(D) >= 0.8 * viral.Rate(D));
            yield return AtLeast("viral link while its owner adds 200 a second", edited, D, 4.5, B);
            foreach (var (note, text) in new[] { ("older after newer", "no older version after a newer one"), ("own edits unseen", "the owner sees every own edit") })
                yield return new($"the same: {text}", "0 violations", $"{edited.Note(D, note):0} ((b): {edited.Note(B, note):0}) of {edited.Note(D, "looks"):N0} looks, {edited.Median(D, s => s.Notes["adds/s"]):0} adds/s", edited.Note(D, note) == 0);
        }

        if (rows.TryGetValue("many", out var many))
        {
            yield return AtLeast("10,000 collections, uniformly", many, D, 0.75, A);
            yield return AtLeast("10,000 collections, uniformly", many, D, 2, B);
        }

        if (rows.TryGetValue("owner", out var owner))
            yield return AtLeast("owner's own collection with a token", owner, D, 0.6, A);
        if (rows.TryGetValue("add", out var add))
        {
            yield return AtLeast("add an item, 64 connections, many collections", add, D, 3, B);
            yield return AtLeast("add an item, 64 connections, many collections", add, D, 0.7, BenchSystem.Pgbench);
        }

        if (rows.TryGetValue("hot", out var hot))
            yield return AtLeast("add items to one hot collection", hot, D, 20, B);
        if (rows.TryGetValue("like", out var like))
            yield return AtLeast("likes on one collection", like, D, 10, B);
        foreach (var (name, what) in new[] { ("open-reads", "p99 of 20,000 reads a second"), ("open-adds", "p99 of 1,200 adds a second") })
            if (rows.TryGetValue(name, out var open))
                yield return new(what, "≤ (b)", $"{open.P99(D):0.0} ms, (b) {open.P99(B):0.0} ms{Unsent(open)}", open.P99(D) <= open.P99(B) && open.Note(D, "unsent") == 0);
        if (rows.TryGetValue("mixed", out var mixed))
        {
            var adds = mixed.Median(D, s => s.Notes["add p99 ms"]);
            yield return new("6,000 views and 600 adds a second together", "p99 ≤ 100 ms and ≤ 200 ms", $"{mixed.P99(D):0.0} ms and {adds:0.0} ms", mixed.P99(D) <= 100 && adds <= 200 && mixed.Note(D, "unsent") == 0);
        }

        if (findings.BytesPerCollection is { } bytes)
            yield return new("memory: an active 50-item collection beside its pages", "≤ 10 KB", $"{bytes / 1024:0.0} KB", bytes <= 10 * 1024);
        yield return new("memory: idle process", "< 150 MB", $"{findings.IdleMegabytes:0} MB", findings.IdleMegabytes < 150);
        if (rows.TryGetValue("cold", out var cold))
            yield return new("cold read, p50", "≤ 1.5 × (c)", $"{cold.Ratio(D, C, sample => sample.Load.P50):0.00} × ({cold.P50(D):0.00} : {cold.P50(C):0.00} ms)", cold.Ratio(D, C, sample => sample.Load.P50) <= 1.5);
    }

    private static string Unsent(RowResult open) => open.Note(D, "unsent") + open.Note(B, "unsent") == 0 ? "" : $"; never started: {open.Note(D, "unsent"):N0}, (b) {open.Note(B, "unsent"):N0}";

    private static Goal AtLeast(string what, RowResult row, string system, double factor, string other)
    {
        var ratio = row.Ratio(system, other);
        return new(what, $"≥ {factor} × {(other == BenchSystem.Pgbench ? other : other[..3])}", $"{ratio:0.00} × ({row.Rate(system):N0} : {row.Rate(other):N0}/s)", ratio >= factor);
    }
}
