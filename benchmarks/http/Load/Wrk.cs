
using GifShare.Bench.Systems;

namespace GifShare.Bench.Load;

/// <summary>The result of a load.</summary>
internal sealed record LoadResult(long Requests, double Seconds, long Errors, double P50, double P99, double P999)
{
    public double Rate => Requests / Seconds;
}

/// <summary>
/// Closed-loop load at saturation: wrk, 2 threads, 64 connections, on the same cores as the server. A script that builds requests costs wrk
/// about a microsecond each; a script that only prints the result costs nothing.
/// </summary>
internal static class Wrk
{
    private const string Report =
        """
        done = function(s, l, r)
          local e = s.errors
          io.write(string.format("RESULT %d %d %d %d %d %d\n", s.requests, s.duration,
            e.connect + e.read + e.write + e.timeout + e.status, l:percentile(50), l:percentile(99), l:percentile(99.9)))
        end

        """;

    public static LoadResult Run(string folder, int port, int seconds, string path, string script = "", params string[] headers)
    {
        var file = Path.Combine(folder, $"load-{Guid.NewGuid():N}.lua");
        File.WriteAllText(file, Report + script);
        try
        {
            string[] arguments =
            [
                "-t2", $"-c{Options.Connections}", $"-d{seconds}s", "--timeout", "10s", "-s", file,
                .. headers.SelectMany(header => new[] { "-H", header }), $"http://127.0.0.1:{port}{path}",
            ];
            var output = Children.Run("wrk", arguments);
            if (output.Split('\n').FirstOrDefault(line => line.StartsWith("RESULT ", StringComparison.Ordinal)) is not { } line)
                throw new InvalidOperationException($"wrk failed: {output}");
            var n = Array.ConvertAll(line.Split(' ')[1..], long.Parse);
            return new(n[0], n[1] / 1e6, n[2], n[3] / 1e3, n[4] / 1e3, n[5] / 1e3);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
