using System.Globalization;

namespace GifShare.Bench.Systems;

/// <summary>Process statistics from procfs.</summary>
internal static class ProcFs
{
    // USER_HZ, a constant of the kernel's interface on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Seconds of CPU time of these processes, including their reaped children.</summary>
    public static double CpuSeconds(IEnumerable<int> processes) => processes.Sum(pid => Fields(pid) is { } f ? (f[11] + f[12] + f[13] + f[14]) / TicksPerSecond : 0);

    /// <summary>Resident memory (VmRSS) in MB; pages shared between processes count for each.</summary>
    public static double ResidentMegabytes(int pid) => Status(pid, "VmRSS:") / 1024.0;

    /// <summary>All processes with this working directory: a PostgreSQL server and its backends.</summary>
    public static int[] WorkingIn(string folder)
    {
        List<int> found = [];
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry), out var pid))
                continue;
            try
            {
                if (new FileInfo($"{entry}/cwd").LinkTarget == folder)
                    found.Add(pid);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process ended, or it is not ours.
            }
        }

        return [.. found];
    }

    private static long Status(int pid, string name) =>
        File.ReadLines($"/proc/{pid}/status").Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture)).FirstOrDefault();

    /// <summary>The fields of /proc/PID/stat after the name and the state: [11] is utime, proc(5).</summary>
    private static long[]? Fields(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var parts = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return Array.ConvertAll(parts, part => long.TryParse(part, out var number) ? number : 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
