using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using GifShare.Fixtures;

namespace GifShare.Faults.Floods;

/// <summary>
/// Whoever sends nothing, little, too much or only wrong things costs others little: their reads stay quick (measured in the long form),
/// the limits of api.md hold to the request, and memory stays bounded.
/// </summary>
public sealed class FloodTests(FloodedProgram product) : IClassFixture<FloodedProgram>
{
    private const string Section = "Floods: ordinary reads meanwhile";

    /// <summary>Never a time that a busy machine could miss.</summary>
    private const double AnyTime = 20_000;

    private const long MostMemory = 700L << 20;

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

    [Fact]
    public async Task Wrong_passwords()
    {
        await Limit("wrong passwords from one address, of ten accounts", 10, 900, Wire.Client(3_000), "invalid_credentials", n => Login($"nobody{n}"));
        await product.RegisterAsync("victim", 3_001);
        // Whoever tries it from everywhere is stopped by the account's own limit.
        await Limit("wrong passwords of one account, each from another address", 10, 900, null, "invalid_credentials", _ => Login("victim"));
        var next = 0;
        await Flood("logins with wrong passwords, ten from each address", 10, 4_000, () => Login("stranger" + Interlocked.Increment(ref next)));
    }

    [Fact]
    public async Task Registrations()
    {
        var next = 0;
        Request Another() => FloodedProgram.Registration("new" + Interlocked.Increment(ref next).ToString(CultureInfo.InvariantCulture));
        await Limit("registrations from one address", 20, 3600, Wire.Client(10_000), "", _ => Another());
        await Flood("registrations, twenty from each address", 20, 11_000, Another);
    }

    [Fact]
    public async Task Guesses_of_a_links_password()
    {
        var link = await product.LinkAsync("""{"password":"open sesame"}""");
        using var friend = new Wire(product.Address);
        var unlocked = await friend.SendAsync(Unlock(link, "open sesame").ToBytes(), Token);
        Assert.Equal(200, unlocked.Status);
        await Limit("wrong passwords of one link, each from another address", 10, 900, null, "link_password_wrong", n => Unlock(link, "guess" + n));
        var pass = (string)System.Text.Json.Nodes.JsonNode.Parse(unlocked.Body)!["unlock"]!;
        var again = await friend.SendAsync(Request.Json("GET", $"/v1/shared/{link}", null).With("Link-Unlock", pass).ToBytes(), Token);
        Assert.Equal(200, again.Status);
        List<string> links = [];
        for (var n = 0; n < FaultScale.Of(2, 20); n++)
            links.Add(await product.LinkAsync("""{"password":"open sesame"}"""));
        var next = 0;
        await Flood("guesses of the passwords of links", 50, 20_000, () => Unlock(links[Interlocked.Increment(ref next) % links.Count], "guess"));
    }

    [Fact]
    public Task Guesses_of_a_links_address() => Flood(
        "made-up links", 2_000, 30_000, () => Request.Json("GET", "/v1/shared/" + Secret(16), null), FaultScale.Of(8, 32));

    [Fact]
    public Task Forged_tokens()
    {
        var parts = product.Token.Split('.');
        return Flood("access tokens with a forged signature", 2_000, 40_000,
            () => Request.Json("GET", "/v1/users/me", $"{parts[0]}.{parts[1]}.{Secret(64)}"), FaultScale.Of(8, 32));
    }

    private static string Secret(int bytes) => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));

    private static Request Login(string name) => Request.Json("POST", "/v1/sessions", null, $$"""{"login":"{{name}}","password":"wrong horse battery"}""");

    private static Request Unlock(string link, string password) => Request.Json("POST", $"/v1/shared/{link}/unlock", null, $$"""{"password":"{{password}}"}""");

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
        FaultReport.Add(Section, what, "p99 under 100 ms, none failed", fared.Text);
        Assert.Equal(0, fared.Failed);
        Assert.InRange(fared.P99, 0, AnyTime);
        Assert.InRange(fared.PeakMemory, 0, MostMemory);
    }

    /// <summary>As many go through as api.md says, and the next is refused with the time to wait.</summary>
    private async Task Limit(string what, int allowed, int window, System.Net.IPAddress? from, string code, Func<int, Request> make)
    {
        var statuses = new List<int>();
        for (var n = 0; n <= allowed + 1; n++)
        {
            using var wire = new Wire(product.Address, from ?? Wire.Client(50_000 + Random.Shared.Next(9_000)));
            var reply = await wire.SendAsync(make(n).ToBytes(), Token);
            statuses.Add(reply.Status);
            if (n >= allowed)
            {
                Assert.True(reply.Status == 429, $"{what}, number {n + 1}: {reply.Status} {reply.Text}");
                Assert.InRange(int.Parse(reply["Retry-After"]!, CultureInfo.InvariantCulture), 1, window);
            }
            else
            {
                Assert.True(reply.Status == (code.Length == 0 ? 201 : 401), $"{what}, number {n + 1}: {reply.Status} {reply.Text}");
                Assert.Contains(code, reply.Text, StringComparison.Ordinal);
            }
        }

        FaultReport.Add("Floods: limits", what, $"{allowed} in {window / 60} minutes, then 429 with Retry-After", $"{statuses.Count(static s => s != 429)} went through, then 429");
    }

    /// <summary>As fast as they come, from ever new addresses.</summary>
    private async Task Flood(string what, int perAddress, int firstClient, Func<Request> make, int connections = 32)
    {
        var statuses = new ConcurrentDictionary<int, int>();
        var client = firstClient;
        var started = Stopwatch.GetTimestamp();
        var fared = await product.Readers.WhileAsync(enough => Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            while (!enough.IsCancellationRequested)
            {
                using var wire = new Wire(product.Address, Wire.Client(Interlocked.Increment(ref client)));
                for (var n = 0; n < perAddress && !enough.IsCancellationRequested; n++)
                {
                    var reply = await wire.SendAsync(make().ToBytes(), Token);
                    statuses.AddOrUpdate(reply.Status, 1, static (_, count) => count + 1);
                    if (reply.Status >= 500)
                        Assert.True(reply.Status == 503 && reply["Retry-After"] is not null, reply.Text);
                }
            }
        })), Token);
        var rate = statuses.Values.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
        FaultReport.Add(Section, $"{what} over {connections} connections, {rate.ToString("N0", CultureInfo.InvariantCulture)} a second ({Counts(statuses)})", "p99 under 100 ms, none failed", fared.Text);
        Assert.Equal(0, fared.Failed);
        Assert.InRange(fared.P99, 0, AnyTime);
        Assert.InRange(fared.PeakMemory, 0, MostMemory);
        Assert.True(statuses.Values.Sum() > 0);
    }
}
