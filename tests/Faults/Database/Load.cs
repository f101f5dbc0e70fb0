using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Database;

internal enum Kind
{
    /// <summary>A shared page that has been read before.</summary>
    Hot,

    Write,

    /// <summary>Something that is not in memory.</summary>
    Cold,

    Ready,
    Live,
}

/// <summary>
/// People at work on a product while something happens to its database: readers of one hot page, writers with a model of what they were
/// told, readers of what is in nobody's memory, and the probes of an orchestrator. Everything is recorded with its time.
/// </summary>
internal sealed class Load : IAsyncDisposable
{
    private static readonly int Writers = FaultScale.Of(8, 32);
    private static int loads;

    private readonly record struct Request(Kind Kind, long Started, TimeSpan Took, Answer Answer);

    private readonly ConcurrentQueue<Request> requests = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Product product;
    private readonly List<ApiClient> clients = [];
    private readonly Writer[] writers;
    private readonly Likes likes;
    private readonly Task[] running;
    private readonly long memoryBefore;
    private long memoryMost;

    private Load(Product product, Writer[] writers, Likes likes, string token, string link)
    {
        this.likes = likes;
        this.product = product;
        this.writers = writers;
        memoryBefore = memoryMost = product.Program.Memory;
        var writing = ClientFor(Kind.Write);
        var missing = 0;
        running =
        [
            .. writers.Select(writer => writer.RunAsync(writing, int.MaxValue, static () => { }, Cancel, stop.Token)),
            .. Enumerable.Range(0, 4).Select(_ => Repeat(Kind.Hot, $"/v1/shared/{link}", null, 5)),
            // Nobody has looked at these before: the product must ask its rows.
            .. Enumerable.Range(0, 2).Select(_ => Repeat(Kind.Cold, () => $"/v1/users/nobody{Interlocked.Increment(ref missing)}", null, 20)),
            Repeat(Kind.Cold, () => $"/v1/collections/{Guid.CreateVersion7()}", token, 20),
            Repeat(Kind.Cold, "/v1/collections?limit=100", token, 20),
            Repeat(Kind.Ready, "/health/ready", null, 50),
            Repeat(Kind.Live, "/health/live", null, 50),
            Watch(),
        ];
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<Load> StartAsync(Product product)
    {
        var number = Interlocked.Increment(ref loads);
        var random = new Random(FaultScale.Seed + number);
        var likes = new Likes();
        var name = string.Create(CultureInfo.InvariantCulture, $"load{number}");
        using var person = await ApiClient.RegisterAsync(product.Address, name);
        var token = person.Token!;
        var common = await person.NewCollectionAsync(name: "common");
        for (var n = 0; n < 50; n++)
            await person.AddNewGifAsync(common);
        var link = (string)(await person.NewLinkAsync(common))["token"]!;
        (await person.As(null).GetAsync($"/v1/shared/{link}")).Is(HttpStatusCode.OK);
        // The hot page's own collection is left alone: its page is as finished as a viral link's.
        var busy = await person.NewCollectionAsync("private", "busy");
        var writers = Enumerable.Range(0, Writers).Select(n => new Writer(n, number, name, token, busy, likes, new Random(random.Next()))).ToArray();
        var load = new Load(product, writers, likes, token, link);
        await Eventually.True(() => load.Succeeded(Kind.Write) >= 50 && load.Succeeded(Kind.Hot) >= 50 && load.Succeeded(Kind.Ready) > 0, Cancel, TimeSpan.FromSeconds(60));
        return load;
    }

    public int Succeeded(Kind kind) => requests.Count(r => r.Kind == kind && r.Answer.IsSuccess);

    public int Refused(Kind kind, long since) => requests.Count(r => r.Kind == kind && !r.Answer.IsSuccess && r.Started >= since);

    /// <summary>Does something to the database for a while, then sees that everybody was answered as promised and that all is well again.</summary>
    /// <param name="name">For the report.</param>
    /// <param name="begin">Makes the fault.</param>
    /// <param name="holds">How long it lasts; null: it is over at once, such as a kill.</param>
    /// <param name="end">Ends the cause.</param>
    /// <param name="tellsUnready">Whether nobody can be served then who needs the database.</param>
    public async Task EndureAsync(string name, Func<Task> begin, TimeSpan? holds, Func<Task> end, bool tellsUnready = true)
    {
        var began = Stopwatch.GetTimestamp();
        long ended;
        try
        {
            await begin();
            if (holds is { } time)
            {
                // It is a fact before its time begins: somebody was refused.
                await Eventually.True(
                    () =>
                    {
                        ThrowIfFailed();
                        return Refused(Kind.Write, began) > 0;
                    },
                    Cancel, TimeSpan.FromSeconds(90), "somebody was refused");
                await Task.Delay(time, Cancel);
            }
        }
        finally
        {
            ended = Stopwatch.GetTimestamp();
            await end();
        }

        var recovered = await RecoveryAsync(ended);
        await stop.CancelAsync();
        await Task.WhenAll(running);
        Judge(name, began, Stopwatch.GetTimestamp(), tellsUnready, recovered);
        await VerifyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(running).ContinueWith(static _ => { }, TaskScheduler.Default);
        clients.ForEach(client => client.Dispose());
        stop.Dispose();
    }

    /// <summary>A client that stopped by itself has found something; its message is what counts.</summary>
    private void ThrowIfFailed()
    {
        if (running.FirstOrDefault(task => task.IsFaulted) is { } failed)
            throw failed.Exception!.InnerException!;
    }

    /// <summary>Well again: for two seconds nobody was refused, while everybody was at work.</summary>
    private async Task<TimeSpan> RecoveryAsync(long ended)
    {
        var quiet = TimeSpan.FromSeconds(2);
        var last = ended;
        await Eventually.True(
            () =>
            {
                ThrowIfFailed();
                last = requests.Where(r => r.Started >= ended && IsRefused(r)).Select(r => r.Started + (long)(r.Took.TotalSeconds * Stopwatch.Frequency)).Append(ended).Max();
                return Stopwatch.GetElapsedTime(last) > quiet
                    && new[] { Kind.Write, Kind.Cold, Kind.Ready, Kind.Hot }.All(kind => requests.Any(r => r.Kind == kind && r.Started > last && !IsRefused(r)));
            },
            Cancel, TimeSpan.FromSeconds(120), "all is well again");
        return Stopwatch.GetElapsedTime(ended, last);
    }

    private static bool IsRefused(Request r) => r.Answer.Status == HttpStatusCode.ServiceUnavailable;

    private void Judge(string name, long began, long until, bool tellsUnready, TimeSpan recovered)
    {
        var during = requests.Where(r => r.Started >= began && r.Started <= until).ToLookup(r => r.Kind);
        Assert.All(during[Kind.Hot], r => Assert.Equal(HttpStatusCode.OK, r.Answer.Status));
        Assert.All(during[Kind.Live], r => Assert.Equal(HttpStatusCode.OK, r.Answer.Status));
        Assert.All(during[Kind.Cold], r => Assert.True(r.Answer.Status is HttpStatusCode.OK or HttpStatusCode.NotFound || IsProblem(r.Answer), r.Answer.Text));
        Assert.All(during[Kind.Write], r => Assert.True(r.Answer.Status is not HttpStatusCode.ServiceUnavailable || IsProblem(r.Answer), r.Answer.Text));
        Assert.All(during[Kind.Ready], r => Assert.True(r.Answer.Status is HttpStatusCode.OK || IsProblem(r.Answer), r.Answer.Text));
        Assert.True(!tellsUnready || during[Kind.Ready].Any(IsRefused), "/health/ready never said that it is not");

        Report("hot shared page: answers, slowest", "all 200", $"{during[Kind.Hot].Count()} × 200, {Slowest(Kind.Hot)}");
        Report("writes: done, refused with 503 and Retry-After, slowest of all", "≤ 2 s", $"{during[Kind.Write].Count(r => r.Answer.IsSuccess)}, {during[Kind.Write].Count(IsRefused)}, {Slowest(Kind.Write)}");
        Report("reads of what is not in memory: answered, refused with 503, slowest", "< 5 s", $"{during[Kind.Cold].Count(r => !IsRefused(r))}, {during[Kind.Cold].Count(IsRefused)}, {Slowest(Kind.Cold)}");
        Report("`/health/ready` said 503; `/health/live` said 200", tellsUnready ? "yes; always" : "–; always", $"{during[Kind.Ready].Count(IsRefused)} times; always");
        Report("all well again after the cause had ended", "≤ 5 s", string.Create(CultureInfo.InvariantCulture, $"{recovered.TotalSeconds:0.0} s"));
        Report("memory of the server before, most", "bounded", $"{memoryBefore >> 20} MB, {memoryMost >> 20} MB");

        var slowest = (Write: Max(Kind.Write), All: during.SelectMany(r => r).Max(r => r.Took));
        Assert.True(slowest.Write <= FaultScale.Promised(TimeSpan.FromSeconds(2)), $"a write took {slowest.Write}\n{Slow()}");
        Assert.True(slowest.All <= FaultScale.Promised(TimeSpan.FromSeconds(5)), $"a request took {slowest.All}\n{Slow()}");
        Assert.True(recovered <= FaultScale.Promised(TimeSpan.FromSeconds(5)), $"well again after {recovered}");
        Assert.True(memoryMost - memoryBefore < 200L << 20, $"memory grew from {memoryBefore} to {memoryMost}");

        // Who waited longest, and when: seconds since the fault began.
        string Slow() => string.Join('\n', during.SelectMany(r => r).OrderByDescending(r => r.Took).Take(20).OrderBy(r => r.Started).Select(r =>
            string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(began, r.Started).TotalSeconds:0.00}: {r.Took.TotalSeconds:0.00} s, {(int)r.Answer.Status} {r.Answer.Request}")));
        void Report(string what, string promised, string measured) => FaultReport.Add(name, what, promised, measured);
        TimeSpan Max(Kind kind) => during[kind].Select(r => r.Took).DefaultIfEmpty().Max();
        string Slowest(Kind kind) => string.Create(CultureInfo.InvariantCulture, $"{Max(kind).TotalMilliseconds:0} ms");
    }

    private static bool IsProblem(Answer answer) =>
        answer is { Status: HttpStatusCode.ServiceUnavailable, ContentType: "application/problem+json" }
        && answer.Headers.RetryAfter is not null && answer.Code == "unavailable";

    /// <summary>What writers were told is so, whatever happened in between.</summary>
    private async Task VerifyAsync()
    {
        using var client = new ApiClient(product.Address);
        foreach (var writer in writers)
        {
            await writer.SettleAsync(client, Cancel);
            await writer.ReplayAsync(client, 5);
            await writer.VerifyAsync(client);
        }

        await likes.VerifyAsync(client);
        await product.CheckAsync(Cancel);
    }

    private ApiClient ClientFor(Kind kind)
    {
        var client = new ApiClient(product.Address, answered: (started, answer) => requests.Enqueue(new(kind, started, answer.Took, answer)));
        clients.Add(client);
        return client;
    }

    private Task Repeat(Kind kind, string path, string? token, int pause) => Repeat(kind, () => path, token, pause);

    private async Task Repeat(Kind kind, Func<string> path, string? token, int pause)
    {
        var client = ClientFor(kind).As(token);
        while (!stop.IsCancellationRequested)
        {
            await client.GetAsync(path());
            await Task.Delay(pause, Cancel);
        }
    }

    private async Task Watch()
    {
        while (!stop.IsCancellationRequested)
        {
            memoryMost = Math.Max(memoryMost, product.Program.Memory);
            await Task.Delay(100, Cancel);
        }
    }
}
