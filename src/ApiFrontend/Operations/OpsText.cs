using System.Globalization;
using GifShare.Operations;

namespace GifShare.ApiFrontend.Operations;

/// <summary>Formats figures for people.</summary>
public static class OpsText
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB"];

    public static string Duration(TimeSpan? duration) => duration switch
    {
        null => "–",
        { TotalMicroseconds: < 1 } => "< 1 µs",
        { TotalMilliseconds: < 1 } one => $"{one.TotalMicroseconds:0} µs",
        { TotalMilliseconds: < 10 } one => $"{one.TotalMilliseconds:0.0} ms",
        { TotalSeconds: < 1 } one => $"{one.TotalMilliseconds:0} ms",
        { TotalSeconds: var seconds } => $"{seconds:0.0} s",
    };

    public static string Size(long bytes)
    {
        double size = bytes;
        var unit = 0;
        for (; size >= 1000 && unit < Units.Length - 1; unit++)
            size /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{size:0.#} {Units[unit]}");
    }

    public static string Rate(double perSecond) => perSecond switch
    {
        0 => "0",
        < 0.1 => "< 0.1",
        < 100 => perSecond.ToString("0.0", CultureInfo.InvariantCulture),
        _ => perSecond.ToString("N0", CultureInfo.InvariantCulture),
    };

    public static string Share(double share) => share.ToString("0.0%", CultureInfo.InvariantCulture);

    public static string Age(TimeSpan age) => age switch
    {
        { TotalMinutes: < 1 } => "less than a minute",
        { TotalHours: < 1 } => PageText.Count((long)age.TotalMinutes, "minute"),
        { TotalDays: < 2 } => PageText.Count((long)age.TotalHours, "hour"),
        _ => PageText.Count((long)age.TotalDays, "day"),
    };

    /// <summary>The URL of the page about a grain; null when there is none.</summary>
    public static string? Page(HotGrain hot) =>
        hot.Type == "collection" && Guid.TryParseExact(hot.Key, "N", out var id) ? $"/c/{id}" : null;

    /// <summary>Conditions that need an operator's attention, most serious first.</summary>
    public static IReadOnlyList<string> Concerns(OperationsView figures)
    {
        List<string> concerns = [];
        foreach (var silo in figures.Silos)
        {
            if (!silo.Database.Reachable)
                concerns.Add($"The database does not answer {silo.Name}: writing fails, what is in memory is still shown.");
            if (!silo.Store.Reachable)
                concerns.Add($"The object store does not answer {silo.Name}: files cannot be uploaded or shown.");
            else if (silo.Store.Free < silo.Store.Reserve)
                concerns.Add($"Uploads are refused by {silo.Name}: only {Size(silo.Store.Free.Value)} are free on the disk of the object store.");
            else if (silo.Store.Free < 4 * silo.Store.Reserve)
                concerns.Add($"The disk of the object store is nearly full: {Size(silo.Store.Free.Value)} are free for {silo.Name}; below {Size(silo.Store.Reserve)} uploads are refused.");
            concerns.AddRange(silo.Queues.Where(static queue => queue.Waiting > queue.Limit / 2)
                .Select(queue => $"{queue.Name} of {silo.Name} wait: {queue.Waiting:N0} of at most {queue.Limit:N0}."));
            if (silo.Database.InUse >= silo.Database.PoolLimit)
                concerns.Add($"All {silo.Database.PoolLimit} database connections of {silo.Name} are at work.");
            if (silo.Process.WorkingSet > 0.9 * silo.Process.MemoryLimit)
                concerns.Add($"{silo.Name} uses {Size(silo.Process.WorkingSet)} of the {Size(silo.Process.MemoryLimit)} of memory it may use.");
            if (silo.Process.PauseShare > 0.1)
                concerns.Add($"{silo.Name} spends {Share(silo.Process.PauseShare)} of its time collecting garbage.");
        }

        concerns.AddRange(figures.Failures
            .Select(static failed => $"{PageText.Count(failed.Count, "call")} of {failed.Type} failed in the last minute; the log says why."));
        return concerns;
    }
}
