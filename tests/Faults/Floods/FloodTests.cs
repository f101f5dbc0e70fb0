using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Floods;

/// <summary>
/// Whoever sends too much or only wrong things costs others little: their reads stay quick (measured in the long form), the limits of api.md
/// hold to the request, and memory stays bounded.
/// </summary>
[Collection(FloodedProgram.Shared)]
public sealed class FloodTests(FloodedProgram product)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wrong_passwords()
    {
        // From one address 60 requests a minute go through at all.
        await Limit("wrong passwords for one name, from one address", 10, 900, Wire.Client(3_000), "invalid_credentials", _ => Login("nobody"));
        await product.RegisterAsync("victim", 3_001);
        // Whoever tries it from everywhere is stopped by the name's own limit, and the one whose name it is goes on.
        await Limit("wrong passwords for one name, each from another address", 100, 900, null, "invalid_credentials", _ => Login("victim"));
        using var owner = new Wire(product.Address, Wire.Client(3_001));
        Assert.Equal(201, (await owner.SendAsync(Login("victim", FloodedProgram.Password).ToBytes(), Token)).Status);
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
        await Limit("wrong passwords of one link, from one address", 10, 900, Wire.Client(3_100), "link_password_wrong", n => Unlock(link, "guess" + n));
        await Limit("wrong passwords of one link, each from another address", 90, 900, null, "link_password_wrong", n => Unlock(link, "guess" + n));
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

    private static Request Login(string name, string password = "wrong horse battery") =>
        Request.Json("POST", "/v1/sessions", null, $$"""{"login":"{{name}}","password":"{{password}}"}""");

    private static Request Unlock(string link, string password) => Request.Json("POST", $"/v1/shared/{link}/unlock", null, $$"""{"password":"{{password}}"}""");

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
        fared.Judge($"{what} over {connections} connections, {rate.ToString("N0", CultureInfo.InvariantCulture)} a second ({Counts(statuses)})");
        Assert.True(statuses.Values.Sum() > 0);
    }

    private static string Counts(ConcurrentDictionary<int, int> statuses) => string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}: {s.Value:N0}"));
}
