using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using GifShare.Grains.Media.Fetch;
using GifShare.ObjectStore;
using GifShare.ObjectStore.Images;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Rules.Tests.Media.Fetch;

public sealed class FetchTests(RemoteSite site) : FetchScene(site)
{
    static readonly byte[] Mp4 = [0, 0, 0, 24, .. "ftypisom"u8, .. new byte[400]];

    [Fact]
    public async Task Media_is_staged_byte_for_byte_whatever_the_site_says_of_it()
    {
        foreach (var (name, format) in (IEnumerable<(string, MediaFormat)>)
            [("animated.gif", MediaFormat.Gif), ("plain.png", MediaFormat.Png), ("plain.jpg", MediaFormat.Jpeg), ("animated.webp", MediaFormat.WebP)])
        {
            var bytes = Sample.Bytes(name);
            foreach (var type in (string[])["image/gif", "text/html", "application/json", "", "nonsense"])
            {
                Site.Serve("/a%20b/" + name, bytes, type);
                Site.Serve("/a b/" + name, bytes, type);
                var media = await Got(bytes, Fetch($"/a%20b/{name}?x=%2f&y=1#part"));
                Assert.Equal((format, $"{Site.Origin}/a%20b/{name}?x=%2f&y=1"), (media.Format, media.Address));
                Assert.EndsWith("?x=%2f&y=1", Site.Asked.Last().Path, StringComparison.Ordinal);
            }
        }

        Site.Serve("/v", Mp4, "text/plain");
        Assert.Equal(MediaFormat.Mp4, (await Got(Mp4, Fetch("/v"))).Format);
    }

    [Fact]
    public async Task Nothing_of_us_is_told()
    {
        using var activity = new Activity("a caller's").Start();
        Site.Serve("/a.gif", Gif);
        Site.Redirect("/to", "/a.gif");
        await Got(Gif, Fetch("/to"));
        Assert.Equal(2, Site.Asked.Count);
        Assert.All(Site.Asked, asked =>
        {
            Assert.Equal(["Accept", "Accept-Encoding", "Host", "User-Agent"], asked.Headers.Keys.Order());
            Assert.Equal(("GifShare/1.0 (+https://gifs.example.org)", "identity"), (asked.Headers["User-Agent"], asked.Headers["Accept-Encoding"]));
        });
    }

    [Theory]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")]
    [InlineData("%PDF-1.7", "image/gif")]
    [InlineData("GIF88a", "image/gif")]
    [InlineData("{}", "application/json")]
    [InlineData("just text", "text/html")]
    [InlineData("<html>", "application/pdf")]
    [InlineData("", "image/gif")]
    public async Task What_is_neither_media_nor_a_page_is_refused(string text, string type)
    {
        Site.Serve("/x", System.Text.Encoding.UTF8.GetBytes(text), type);
        await Refused(FetchFailure.NotMedia, Fetch("/x"));
    }

    [Theory]
    [InlineData(404, "there is nothing at this address")]
    [InlineData(403, "does not show this to everybody")]
    [InlineData(429, "asked too often")]
    [InlineData(500, "a problem of its own")]
    [InlineData(204, "answered 204.")]
    [InlineData(206, "answered 206.")]
    [InlineData(304, "answered 304.")]
    [InlineData(302, "answered 302.")]
    public async Task Other_answers_than_200_are_told(int status, string sentence)
    {
        Site.On("/x", context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        var failure = await Refused(FetchFailure.Status, Fetch("/x"));
        Assert.Contains(sentence, failure.Sentence, StringComparison.Ordinal);
        Assert.Equal(status is 429 or >= 500, failure.Passing);
        Assert.Equal(status >= 500 ? 2 : 1, Site.Asked.Count);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Five_redirects_are_followed_and_a_sixth_is_not(int status)
    {
        Site.Serve("/deep/end.gif", Gif);
        Site.Redirect("/1", "/deep/2", status);
        Site.Redirect("/deep/2", "3", status);
        Site.Redirect("/deep/3", "./4?a=b", status);
        Site.Redirect("/deep/4", $"//{RemoteSite.Address}:{Site.Port}/deep/5", status);
        Site.Redirect("/deep/5", $"{Site.Origin}/deep/end.gif", status);
        Assert.Equal($"{Site.Origin}/deep/end.gif", (await Got(Gif, Fetch("/1"))).Address);
        Site.Redirect("/0", "/1", status);
        await Refused(FetchFailure.TooManyRedirects, Fetch("/0"));
        Site.Redirect("/loop", "/loop", status);
        await Refused(FetchFailure.TooManyRedirects, Fetch("/loop"));
        Assert.Equal(6 + 6 + 6, Site.Asked.Count);
    }

    [Fact]
    public async Task What_is_longer_than_the_limit_is_not_kept()
    {
        Site.Serve("/a.gif", Gif);
        Task<FetchOutcome> Limited(string path, long limit, params (string, string?)[] settings) => Fetcher(settings).Fetch(Site.Origin + path, limit, Cancel);
        await Got(Gif, Limited("/a.gif", Gif.Length));
        await Refused(FetchFailure.TooLarge, Limited("/a.gif", Gif.Length - 1));
        await Refused(FetchFailure.TooLarge, Limited("/a.gif", long.MaxValue, ("Fetch:MaxBytes", "100")));
        Site.On("/endless.gif", async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(Gif, context.RequestAborted);
        });
        var failure = await Refused(FetchFailure.TooLarge, Limited("/endless.gif", 3 << 20));
        Assert.Equal("The file is too large: at most 3 MB are fetched.", failure.Sentence);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Compressed_bodies_count_as_what_they_become(string encoding)
    {
        byte[] Compressed(byte[] bytes)
        {
            using var all = new MemoryStream();
            using (Stream stream = encoding switch
            {
                "gzip" => new GZipStream(all, CompressionLevel.Fastest),
                "br" => new BrotliStream(all, CompressionLevel.Fastest),
                _ => new ZLibStream(all, CompressionLevel.Fastest),
            })
                stream.Write(bytes);
            return all.ToArray();
        }

        void Serve(string path, byte[] bytes, string type, string encodings) => Site.On(path, async context =>
        {
            (context.Response.ContentType, context.Response.Headers.ContentEncoding) = (type, encodings);
            await context.Response.Body.WriteAsync(bytes);
        });

        Serve("/a.gif", Compressed(Gif), "image/gif", encoding);
        await Got(Gif, Fetch("/a.gif"));
        var bomb = Compressed([.. Gif, .. new byte[12 << 20]]);
        Assert.InRange(bomb.Length, 1, 1 << 20);
        Serve("/bomb.gif", bomb, "image/gif", encoding);
        await Refused(FetchFailure.TooLarge, Fetch("/bomb.gif"));
        Serve("/bomb.html", Compressed([.. "<html>"u8, .. new byte[2 << 20]]), "text/html", encoding);
        await Refused(FetchFailure.PageWithoutMedia, Fetch("/bomb.html"));
        Serve("/twice.gif", Compressed(Compressed(Gif)), "image/gif", $"{encoding}, {encoding}");
        await Refused(FetchFailure.NotMedia, Fetch("/twice.gif"));
        Serve("/broken.gif", [1, 2, 3, .. Gif], "image/gif", encoding);
        await Refused(FetchFailure.NotMedia, Fetch("/broken.gif"));
    }

    [Fact]
    public async Task Headers_without_an_end_are_given_up()
    {
        Site.On("/a.gif", async context =>
        {
            for (var i = 0; i < 100; i++)
                context.Response.Headers[$"x-{i}"] = new string('a', 1000);
            await context.Response.Body.WriteAsync(Gif);
        });
        await Refused(FetchFailure.NotMedia, Fetch("/a.gif"));
    }

    [Fact]
    public async Task A_lost_connection_is_tried_once_more()
    {
        var lost = 1;
        Site.On("/a.gif", async context =>
        {
            context.Response.ContentLength = Gif.Length;
            await context.Response.Body.WriteAsync(Gif.AsMemory(0, Gif.Length / 2));
            await context.Response.Body.FlushAsync();
            if (Interlocked.Decrement(ref lost) >= 0)
                context.Abort();
            else
                await context.Response.Body.WriteAsync(Gif.AsMemory(Gif.Length / 2));
        });
        await Got(Gif, Fetch("/a.gif"));
        Assert.Equal(2, Site.Asked.Count);
        lost = 2;
        Assert.True((await Refused(FetchFailure.Unreachable, Fetch("/a.gif"))).Passing);
        Assert.Equal(4, Site.Asked.Count);
    }

    [Fact]
    public async Task Nobody_there_is_said_and_the_next_address_is_tried()
    {
        await Refused(FetchFailure.HostNotFound, Fetcher().Fetch("https://nowhere.example/a.gif", 1 << 20, Cancel));
        await Refused(FetchFailure.Unreachable, Fetcher().Fetch("http://127.0.0.77:1/a.gif", 1 << 20, Cancel));
        Site.Serve("/a.gif", Gif);
        Resolver["two.example"] = $"127.0.0.78 {RemoteSite.Address}";
        await Got(Gif, Fetcher(("Fetch:AllowNetworks", "127.0.0.76/30")).Fetch($"http://two.example:{Site.Port}/a.gif", 1 << 20, Cancel));
    }

    [Fact]
    public async Task A_trickle_a_silent_site_and_an_endless_fetch_are_too_slow()
    {
        Site.On("/trickle.gif", async context =>
        {
            await context.Response.Body.WriteAsync(Gif.AsMemory(0, 300));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        Site.On("/silent.gif", context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        (string, string?)[] patient = [("Fetch:TimeoutSeconds", "3600"), ("Fetch:AnswerSeconds", "3600"), ("Fetch:MinimumBytesPerSecond", "0")];
        // Of the three limits one is in force each time.
        foreach (var (path, limit) in (IEnumerable<(string, (string, string))>)
            [("/trickle.gif", ("Fetch:MinimumBytesPerSecond", "100")), ("/silent.gif", ("Fetch:AnswerSeconds", "30")), ("/trickle.gif", ("Fetch:TimeoutSeconds", "120"))])
        {
            var failure = await Refused(FetchFailure.TooSlow, EndOf(Fetch(path, [.. patient, limit])));
            Assert.Equal(("127.0.0.77 was too slow; it may be faster later.", true), (failure.Sentence, failure.Passing));
        }
    }

    [Fact]
    public async Task Whoever_cancels_gets_no_outcome_and_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        Site.On("/a.gif", async context =>
        {
            await context.Response.Body.WriteAsync(Gif.AsMemory(0, 300));
            await context.Response.Body.FlushAsync();
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var fetching = Fetcher().Fetch(Site.Origin + "/a.gif", 1 << 20, cancel.Token);
        await begun.Task.WaitAsync(Cancel);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        Assert.Empty(Staged);
    }

    [Fact]
    public async Task So_many_at_a_time_from_one_address()
    {
        var (now, most, asked) = (0, 0, 0);
        var full = new TaskCompletionSource();
        Site.On("/a.gif", async context =>
        {
            var count = Interlocked.Increment(ref now);
            InterlockedMax(ref most, count);
            if (count == 3)
                full.SetResult();
            await full.Task;
            Interlocked.Increment(ref asked);
            Interlocked.Decrement(ref now);
            await context.Response.Body.WriteAsync(Gif);
        });
        var fetcher = Fetcher(("Fetch:ConcurrentPerAddress", "3"));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => fetcher.Fetch(Site.Origin + "/a.gif", 1 << 20, Cancel)));
        Assert.All(outcomes, outcome => Assert.NotNull(outcome.Media));
        Assert.Equal((12, 3), (asked, most));

        static void InterlockedMax(ref int target, int value)
        {
            for (var seen = Volatile.Read(ref target); seen < value;)
            {
                var before = Interlocked.CompareExchange(ref target, value, seen);
                if (before == seen)
                    return;
                seen = before;
            }
        }
    }

    [Fact]
    public async Task Waiting_for_a_turn_ends_with_the_timeout()
    {
        Site.Serve("/a.gif", Gif);
        var services = Services([("Fetch:Concurrent", "1")]);
        var fetcher = services.GetRequiredService<AddressFetcher>();
        using (await services.GetRequiredService<FetchSlots>().Take(IPAddress.Loopback, Cancel))
            Assert.True((await Refused(FetchFailure.Busy, EndOf(fetcher.Fetch(Site.Origin + "/a.gif", 1 << 20, Cancel)))).Passing);
        Assert.Empty(Site.Asked);
        await Got(Gif, fetcher.Fetch(Site.Origin + "/a.gif", 1 << 20, Cancel));
    }

    [Fact]
    public async Task A_store_that_is_away_is_no_outcome()
    {
        Site.Serve("/a.gif", Gif);
        var services = Services([], more => more.AddSingleton<IObjectStore>(_ => new FolderObjectStore(
            new() { Path = Folder, MinimumFreeBytes = long.MaxValue }, TimeProvider.System)));
        await Assert.ThrowsAnyAsync<ObjectStoreUnavailableException>(() => services.GetRequiredService<AddressFetcher>().Fetch(Site.Origin + "/a.gif", 1 << 20, Cancel));
    }
}
