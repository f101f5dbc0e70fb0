using System.Diagnostics;
using GifShare.Bench.Load;
using GifShare.Bench.Systems;

namespace GifShare.Bench.Rows;

/// <summary>
/// A consistency check under load: the owner adds 200 items a second and reads after each edit; four viewers with two connections each read 50 times a
/// second. Counts violations of monotonic reads (an older version after a newer one) and of read-your-writes (an edit that its owner does not see).
/// </summary>
internal sealed class EditCheck : IDisposable
{
    private const int Editors = 8, EditsPerSecond = 200, Viewers = 4, LooksPerSecond = 50;
    private readonly List<Thread> threads = [];
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Latencies edits = new();
    private volatile bool stopped;
    private long added, unseen, older, failed, looks;

    public EditCheck(BenchSystem system, int collection)
    {
        var token = system.Tokens()[0];
        var path = $"/v1/collections/{World.Collection(collection)}";
        for (var i = 0; i < Editors; i++)
            Run(i, (wire, editor) => Edit(wire, editor, collection, path, token));
        for (var i = 0; i < Viewers; i++)
            Run(i, (wire, viewer) => View(wire, new(system.Port), viewer, Wire.Get($"/v1/shared/{World.Token(collection)}")));

        void Run(int number, Action<Wire, int> work)
        {
            var thread = new Thread(() =>
            {
                using var wire = new Wire(system.Port);
                try
                {
                    work(wire, number);
                }
                catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
                {
                    Interlocked.Increment(ref failed);
                }
            })
            { IsBackground = true, Name = $"check {number}" };
            threads.Add(thread);
            thread.Start();
        }
    }

    public Dictionary<string, double> Notes => new()
    {
        ["adds/s"] = added / clock.Elapsed.TotalSeconds,
        ["add p99 ms"] = edits.Milliseconds(0.99),
        ["looks"] = looks,
        ["older after newer"] = older,
        ["own edits unseen"] = unseen,
        ["failed"] = failed,
    };

    public void Stop()
    {
        stopped = true;
        threads.ForEach(thread => thread.Join());
        clock.Stop();
    }

    public void Dispose() => Stop();

    private void Edit(Wire wire, int editor, int collection, string path, string token)
    {
        var look = Wire.Get(path, token);
        for (var n = editor; !stopped; n += Editors)
        {
            if (!WaitUntil(n / (double)EditsPerSecond))
                return;
            var started = clock.Elapsed;
            // The collection initially holds 50 gifs, from its number × 50 on.
            var gif = World.Gif((int)(((long)collection * World.Edited.Items + World.Edited.Items + n) % World.FirstOwnersGifs));
            var (status, mine) = wire.Send(Wire.Post(path + "/items", token, $$"""{"gifId":"{{gif}}"}"""));
            lock (edits)
                edits.Add(clock.Elapsed - started);
            var (_, seen) = wire.Send(look);
            if (status != 201)
                Interlocked.Increment(ref failed);
            else
                Interlocked.Increment(ref added);
            if (seen < mine)
                Interlocked.Increment(ref unseen);
        }
    }

    private void View(Wire one, Wire other, int viewer, byte[] look)
    {
        using var _ = other;
        long newest = 0;
        for (var n = 0; !stopped; n++)
        {
            if (!WaitUntil((n + viewer / (double)Viewers) / LooksPerSecond))
                return;
            var (status, version) = (n % 2 == 0 ? one : other).Send(look);
            Interlocked.Increment(ref looks);
            if (status != 200)
                Interlocked.Increment(ref failed);
            else if (version < newest)
                Interlocked.Increment(ref older);
            newest = Math.Max(newest, version);
        }
    }

    private bool WaitUntil(double seconds)
    {
        while (!stopped)
        {
            var wait = seconds - clock.Elapsed.TotalSeconds;
            if (wait <= 0)
                return true;
            Thread.Sleep((int)Math.Min(50, Math.Ceiling(wait * 1000)));
        }

        return false;
    }
}
