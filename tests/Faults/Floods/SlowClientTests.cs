using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Floods;

/// <summary>
/// Whoever sends nothing, little or only half, or takes nothing, costs others little: their reads stay quick (measured in the long form), and
/// memory stays bounded.
/// </summary>
[Collection(FloodedProgram.Shared)]
public sealed class SlowClientTests(FloodedProgram product)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Nobody_else() => Measure("nobody else", async enough => await Task.Delay(Timeout.Infinite, enough));

    [Fact]
    public async Task Headers_that_drip()
    {
        var connections = FaultScale.Of(100, 2_000);
        var (ended, longest) = (0, 0.0);
        await Measure($"{connections:N0} connections that send a header a second", enough => Task.WhenAll(Enumerable.Range(0, connections).Select(async n =>
        {
            do
            {
                using var wire = new Wire(product.Address, Wire.Client(n / 50));
                await wire.OpenAsync(Token);
                var opened = Stopwatch.GetTimestamp();
                await wire.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n", Token);
                await Drip(wire, "X-Slow: y\r\n");
                Interlocked.Increment(ref ended);
                longest = Math.Max(longest, Stopwatch.GetElapsedTime(opened).TotalSeconds);
            }
            while (!enough.IsCancellationRequested);
        })));
        FaultReport.Add("Floods: limits", "slow headers", $"ended after {FloodedProgram.HeadersSeconds} s here, 15 s by default", $"{ended:N0} connections ended, the last after {Seconds(longest)}");
    }

    [Fact]
    public async Task Bodies_that_drip()
    {
        var connections = FaultScale.Of(60, 1_000);
        var statuses = new ConcurrentDictionary<int, int>();
        var longest = 0.0;
        await Measure($"{connections:N0} connections that send a byte of their body a second, half of them uploads", enough => Task.WhenAll(Enumerable.Range(0, connections).Select(async n =>
        {
            using var wire = new Wire(product.Address, Wire.Client(100 + (n / 40)));
            await wire.OpenAsync(Token);
            var opened = Stopwatch.GetTimestamp();
            var request = n % 2 == 0
                ? Request.Json("POST", "/v1/sessions", null).With("Content-Type", "application/json")
                : Request.Json("POST", "/v1/gifs", product.Token).With("Content-Type", "multipart/form-data; boundary=x");
            request.DeclaredLength = 60_000;
            await wire.WriteAsync(request.ToBytes(), Token);
            var reply = await Drip(wire, n % 2 == 0 ? " " : "--");
            statuses.AddOrUpdate(reply.Status, 1, static (_, count) => count + 1);
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(opened).TotalSeconds);
        })));
        FaultReport.Add("Floods: limits", "slow bodies", "ended below 240 bytes a second, after 5 s of grace", $"{Counts(statuses)} (0: closed); the last after {Seconds(longest)}");
        Assert.DoesNotContain(statuses.Keys, static s => s is not (0 or 408));
    }

    [Fact]
    public async Task Connections_that_say_nothing()
    {
        var connections = FaultScale.Of(500, 10_000);
        var before = product.Program.Memory;
        var wires = new List<Wire>();
        long full = 0;
        try
        {
            for (var n = 0; n < connections; n++)
            {
                var wire = new Wire(product.Address, Wire.Client(1_000 + (n / 500)));
                wires.Add(wire);
                await wire.OpenAsync(Token);
            }

            await Measure($"{connections:N0} idle connections", async enough => await Task.Delay(Timeout.Infinite, enough));
            full = product.Program.Memory;
            Assert.All(wires.Take(20), wire => Assert.True(wire.IsOpen));
        }
        finally
        {
            foreach (var wire in wires)
                wire.Vanish();
        }

        var heap = await GarbageCollection.HeapAsync(product.Program.Id, product.Address, Token);
        FaultReport.Add("Floods: memory", $"{connections:N0} idle connections", "a few KB each, given back",
            $"{before >> 20} MB before, {full >> 20} MB with them ({(full - before) / connections / 1024.0:0.0} KB each), {product.Program.Memory >> 20} MB after, {heap >> 20} MB of it managed heap");
    }

    [Fact]
    public async Task Downloads_that_nobody_takes()
    {
        const int few = 60, writes = 18;
        var bytes = Request.Json("GET", $"/v1/collections/{await product.LargestCollectionAsync()}/download", null).ToBytes();
        var mia = await product.RegisterAsync("mia", 2_500);
        List<Wire> wires = [];
        try
        {
            await Measure($"{few} downloads of 10,000 from one address and {few} from {few / 4} others that nobody takes", async enough =>
            {
                for (var n = 0; n < 2 * few; n++)
                {
                    var wire = new Wire(product.Address, Wire.Client(2_600 + (n < few ? 0 : n / 4)));
                    wires.Add(wire);
                    await wire.OpenAsync(Token);
                    await wire.WriteAsync(bytes, Token);
                }

                using var other = new Wire(product.Address, Wire.Client(2_501));
                for (var n = 0; n < writes; n++)
                    Assert.Equal(201, (await other.SendAsync(Request.Json("POST", "/v1/collections", mia, """{"name":"Meanwhile"}""").ToBytes(), Token)).Status);
            });
        }
        finally
        {
            foreach (var wire in wires)
                wire.Vanish();
        }
    }

    [Fact]
    public async Task Clients_that_vanish_in_the_middle_of_an_upload()
    {
        var uploads = FaultScale.Of(30, 500);
        var eve = await product.RegisterAsync("eve", 1);
        var file = new byte[1 << 20];
        Random.Shared.NextBytes(file);
        Gif.Of("x").CopyTo(file, 0);
        var bytes = Request.Upload("/v1/gifs", eve, file).ToBytes();
        var before = product.Program.Memory;
        await Measure($"{uploads:N0} uploads of 1 MB whose senders vanish half way", _ => Task.WhenAll(Enumerable.Range(0, 10).Select(async lane =>
        {
            for (var n = lane; n < uploads; n += 10)
            {
                using var wire = new Wire(product.Address, Wire.Client(2_000 + lane));
                await wire.OpenAsync(Token);
                await wire.WriteAsync(bytes.AsMemory(0, bytes.Length / 2), Token);
                wire.Vanish();
            }
        })));

        await Eventually.True(() => Staged() == 0, Token, TimeSpan.FromSeconds(60));
        using var ask = new Wire(product.Address);
        var me = await ask.SendAsync(Request.Json("GET", "/v1/users/me", eve).ToBytes(), Token);
        Assert.Contains("\"storageUsed\":0,", me.Text, StringComparison.Ordinal);
        var heap = await GarbageCollection.HeapAsync(product.Program.Id, product.Address, Token);
        FaultReport.Add("Floods: memory", $"{uploads:N0} uploads that end half way", "no staged file stays, nothing half stored",
            $"0 staged files, 0 bytes used; {before >> 20} → {product.Program.Memory >> 20} MB, {heap >> 20} MB of it managed heap");
    }

    private static string Seconds(double seconds) => seconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";

    private static string Counts(ConcurrentDictionary<int, int> statuses) => string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}: {s.Value:N0}"));

    private int Staged() => Directory.EnumerateFiles(Path.Combine(product.Data, "files", "staging"), "*", SearchOption.AllDirectories).Count();

    /// <summary>One piece a second until the server has had enough.</summary>
    private static async Task<Reply> Drip(Wire wire, string piece)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(120));
        var answer = wire.ReadAsync(limit.Token);
        while (!answer.IsCompleted)
        {
            await Task.WhenAny(answer, Task.Delay(1_000, limit.Token));
            try
            {
                if (!answer.IsCompleted)
                    await wire.WriteAsync(piece, limit.Token);
            }
            catch (Exception e) when (e is System.Net.Sockets.SocketException or ObjectDisposedException)
            {
                // Closed.
                break;
            }
        }

        return await answer;
    }

    private async Task Measure(string what, Func<CancellationToken, Task> flood)
    {
        var fared = await product.Readers.WhileAsync(flood, Token);
        fared.Judge(what);
    }
}
