using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using GifShare.Fixtures.Clients;

namespace GifShare.Cluster.Tests;

/// <summary>
/// Writers that remember what was acknowledged and readers of shared links, at a pace that leaves the machine some time: what is measured
/// is the cluster, not the queue of a saturated processor.
/// </summary>
internal sealed class Load : IAsyncDisposable
{
    private const int People = 8, ReadersPerLink = 8;

    private static readonly TimeSpan WritersPause = TimeSpan.FromMilliseconds(500), ReadersPause = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentQueue<(long At, bool IsRead, HttpStatusCode Status, bool SaysWhen, TimeSpan Took)> answers = new();
    private readonly CancellationTokenSource stop = new();
    private readonly List<ApiClient> clients = [];
    private readonly List<Writer> writers = [];
    private readonly Likes likes = new();
    private readonly CancellationToken cancel;
    private Task running = Task.CompletedTask;
    private int acknowledged, broken;

    private Load(CancellationToken cancel) => this.cancel = cancel;

    public int Acknowledged => Volatile.Read(ref acknowledged);

    /// <summary>Reads whose connection broke before they were answered.</summary>
    public int BrokenReads => Volatile.Read(ref broken);

    /// <summary>Makes people, collections and links, then begins.</summary>
    /// <param name="address">Of whoever stands in front.</param>
    /// <param name="writers">How many.</param>
    /// <param name="readers">How many.</param>
    /// <param name="cancel">Ends all of it.</param>
    /// <param name="readsWhatIsWritten">False: readers look at collections that nobody edits meanwhile.</param>
    public static async Task<Load> StartAsync(Uri address, int writers, int readers, CancellationToken cancel, bool readsWhatIsWritten = true)
    {
        var load = new Load(cancel);
        var random = new Random(FaultScale.Seed);
        List<(string Name, string Token, string Common, string Link)> people = [];
        for (var n = 0; n < People; n++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"person{n}.{Guid.NewGuid().ToString("N")[..8]}");
            using var person = await ApiClient.RegisterAsync(address, name);
            var common = await person.NewCollectionAsync(name: "common");
            var read = readsWhatIsWritten ? common : await person.NewCollectionAsync(name: "quiet");
            var link = (string)(await person.NewLinkAsync(read))["token"]!;
            people.Add((name, person.Token!, common, link));
        }

        List<Task> running = [];
        for (var n = 0; n < writers; n++)
        {
            var (name, token, common, _) = people[n % People];
            var writer = new Writer(n, 0, name, token, common, load.likes, new Random(random.Next()));
            load.writers.Add(writer);
            running.Add(writer.RunAsync(load.NewClient(address, false, WritersPause), int.MaxValue, () => Interlocked.Increment(ref load.acknowledged), cancel, load.stop.Token));
        }

        for (var n = 0; n < readers; n++)
            running.Add(load.Read(load.NewClient(address, true, ReadersPause), $"/v1/shared/{people[n / ReadersPerLink % People].Link}"));
        load.running = Task.WhenAll(running);
        return load;
    }

    /// <summary>Waits for more acknowledged writes than now.</summary>
    public async Task MoreAsync(int writes)
    {
        var enough = Acknowledged + writes;
        await Fixtures.Eventually.True(() => Acknowledged >= enough || running.IsCompleted, cancel, TimeSpan.FromMinutes(3));
        if (running.IsCompleted)
            await running;
    }

    /// <summary>Ends the load, asks again for what nobody answered, and compares what is there with what was promised.</summary>
    public async Task SettleAsync(Uri address)
    {
        await stop.CancelAsync();
        await running;
        using var client = new ApiClient(address);
        await Task.WhenAll(writers.Select(writer => writer.SettleAsync(client, cancel)));
        foreach (var some in writers.Chunk(8))
            await Task.WhenAll(some.Select(writer => writer.VerifyAsync(client)));
        await likes.VerifyAsync(client);
    }

    /// <summary>Requests that began and were answered in this span.</summary>
    public Span Between(long from, long to) => new([.. answers.Where(a => a.At >= from && Stopwatch.GetElapsedTime(a.At, to) > a.Took)]);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        foreach (var client in clients)
            client.Dispose();
        stop.Dispose();
    }

    private ApiClient NewClient(Uri address, bool isReader, TimeSpan pause)
    {
        var client = new ApiClient(address, answered: (at, answer) => answers.Enqueue((at, isReader, answer.Status, answer.Headers.RetryAfter is not null, answer.Took)), pause: pause);
        clients.Add(client);
        return client;
    }

    private async Task Read(ApiClient client, string path)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await client.GetAsync(path);
            }
            catch (HttpRequestException)
            {
                Interlocked.Increment(ref broken);
            }
        }
    }

    internal sealed class Span((long At, bool IsRead, HttpStatusCode Status, bool SaysWhen, TimeSpan Took)[] answers)
    {
        public int Reads => answers.Count(static a => a.IsRead);

        public int FailedReads => answers.Count(static a => a.IsRead && a.Status != HttpStatusCode.OK);

        public int Writes => answers.Count(static a => !a.IsRead);

        /// <summary>Told to come again in so many seconds, because something is away or because the same request is still at work.</summary>
        public int RefusedWrites => answers.Count(static a => !a.IsRead && (a.Status == HttpStatusCode.ServiceUnavailable || (a.Status == HttpStatusCode.Conflict && a.SaysWhen)));

        /// <summary>What a client may not be told while silos come and go: neither an answer nor "come again in so many seconds".</summary>
        public string[] Odd => [.. answers.Where(static a => !a.IsRead && ((int)a.Status >= 500 && !(a.Status == HttpStatusCode.ServiceUnavailable && a.SaysWhen))).Select(static a => a.Status.ToString()).Distinct()];

        public TimeSpan SlowestRead => Slowest(true);

        public TimeSpan SlowestWrite => Slowest(false);

        public TimeSpan ReadP99 => Quantile(true);

        public TimeSpan WriteP99 => Quantile(false);

        /// <summary>The end of the last second, from a moment on, in which the p99 of the reads that were answered in it was above this, or one failed.</summary>
        public TimeSpan NormalAfter(long from, TimeSpan limit)
        {
            var seconds = answers.Where(a => a.IsRead && a.At >= from).GroupBy(a => (long)(Stopwatch.GetElapsedTime(from, a.At) + a.Took).TotalSeconds);
            var slow = seconds.Where(second => QuantileOf([.. second.Select(static a => a.Took)]) > limit || second.Any(static a => a.Status != HttpStatusCode.OK)).Select(static second => second.Key + 1);
            return TimeSpan.FromSeconds(slow.DefaultIfEmpty(0).Max());
        }

        private TimeSpan Slowest(bool isRead) => answers.Where(a => a.IsRead == isRead).Select(static a => a.Took).DefaultIfEmpty().Max();

        private TimeSpan Quantile(bool isRead) => QuantileOf([.. answers.Where(a => a.IsRead == isRead).Select(static a => a.Took)]);

        private static TimeSpan QuantileOf(TimeSpan[] took)
        {
            Array.Sort(took);
            return took.Length == 0 ? TimeSpan.Zero : took[Math.Min(took.Length - 1, took.Length * 99 / 100)];
        }
    }
}
