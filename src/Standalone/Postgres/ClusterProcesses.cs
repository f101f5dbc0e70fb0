using System.Diagnostics;
using System.Globalization;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Postgres;

/// <summary>
/// Finds the server processes of one cluster by their working directory, which for every PostgreSQL process is the cluster's folder. This also finds
/// orphans of a killed server, and never matches another server.
/// </summary>
internal sealed class ClusterProcesses(string cluster)
{
    private static readonly TimeSpan Orderly = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(5);

    private string PidFile => Path.Combine(cluster, "postmaster.pid");

    public IEnumerable<int> Find() => Linux.Processes().Where(IsOurs);

    /// <summary>The postmaster's process id; null when the server does not run.</summary>
    public int? Server() => RecordedServer() is { } pid && IsOurs(pid) ? pid : null;

    /// <summary>Whether this process is the server and accepts connections, according to line 8 of its pid file.</summary>
    public bool IsReady(int server)
    {
        try
        {
            return File.ReadAllLines(PidFile) is [var pid, _, _, _, _, _, _, var status, ..]
                && pid == server.ToString(CultureInfo.InvariantCulture) && status.TrimEnd() == "ready";
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// Stops all processes: SIGINT to the server (fast shutdown), SIGQUIT after 10 seconds, SIGKILL last. Then removes stale files that would keep the
    /// next server from starting. Only the holder of the folder's lock may call it.
    /// </summary>
    public void End()
    {
        if (Server() is { } server)
        {
            Linux.Signal(server, Linux.SigInt);
            if (!WaitForEnd(Orderly))
                Linux.Signal(server, Linux.SigQuit);
        }
        else
        {
            SignalAll(Linux.SigQuit);
        }

        if (!WaitForEnd(StepTimeout))
            SignalAll(Linux.SigKill);
        if (!WaitForEnd(StepTimeout))
            throw new StartFailedException($"Processes of the database in {cluster} do not end; restart the machine.");

        // No process of ours is left: the pid in the file is dead, a zombie, or reused by another program. An exiting process leaves its working
        // directory a moment before it becomes a zombie.
        if (RecordedServer() is { } recorded && !WaitUntil(() => !IsLeavingFolder(recorded), StepTimeout))
        {
            throw new StartFailedException(
                $"Another user's PostgreSQL (process {recorded}) may be using {cluster}; start GifShare as that user.");
        }

        if (File.Exists(PidFile))
            File.Delete(PidFile);
    }

    private int? RecordedServer()
    {
        try
        {
            using var reader = File.OpenText(PidFile);
            return int.TryParse(reader.ReadLine(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var pid) ? Math.Abs(pid) : null;
        }
        catch (IOException e) when (!Linux.IsOutOfFiles(e))
        {
            return null;
        }
    }

    private bool IsOurs(int pid) =>
        Linux.WorkingFolder(pid) is { } folder
        && (folder == cluster || folder.StartsWith(cluster + Cluster.UnfinishedSuffix, StringComparison.Ordinal))
        && Linux.ProgramName(pid) == "postgres"
        && !IsZombie(pid);

    private static bool IsLeavingFolder(int pid) =>
        Linux.ProgramName(pid) == "postgres" && Linux.WorkingFolder(pid) is null && !IsZombie(pid);

    private static bool IsZombie(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..] is ['Z' or 'X', ..];
        }
        catch (IOException e) when (!Linux.IsOutOfFiles(e))
        {
            return true;
        }
    }

    private void SignalAll(int signal)
    {
        foreach (var pid in Find().ToList())
            Linux.Signal(pid, signal);
    }

    private bool WaitForEnd(TimeSpan limit) => WaitUntil(() => !Find().Any(), limit);

    private static bool WaitUntil(Func<bool> fact, TimeSpan limit)
    {
        var started = Stopwatch.GetTimestamp();
        while (!fact())
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
                return false;
            Thread.Sleep(20);
        }

        return true;
    }
}
