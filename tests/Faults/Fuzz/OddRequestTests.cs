using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Fuzz;

/// <summary>
/// Bytes that are not quite HTTP: they get an answer of the 400s or the end of their connection, never a 5xx and never a wait without end, and
/// no stranger writes into the log.
/// </summary>
public sealed partial class OddRequestTests : IDisposable
{
    private const string Section = "Odd requests";

    private static readonly int Requests = FaultScale.Of(1_200, 30_000), Connections = 16;

    /// <summary>How long a client that has said something odd is quiet before it hangs up.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    /// <summary>The server's own patience with a request that stops in its middle is 30 s at most.</summary>
    private static readonly TimeSpan Hangs = TimeSpan.FromSeconds(90);

    private static readonly string[] Limits =
    [
        "RateLimits:WritesPerMinute=0", "RateLimits:UploadsPerHour=0", "RateLimits:ReadsPerMinutePerAddress=0", "RateLimits:AnonymousPostsPerMinutePerAddress=0", "RateLimits:RegistrationsPerHourPerAddress=0",
        "RateLimits:FailedPasswordsPer15Min=0",
    ];

    private readonly ProgramFolder place = new("odd");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task Odd_bytes_are_refused_by_name_or_cut_off_and_leave_no_line()
    {
        await using var program = await RunningProgram.UpAsync(place.Data, Token, [.. Limits.SelectMany(s => new[] { "--set", s })]);
        var world = await World.MakeAsync(program.Address, new Secrets(), place.Data, Token);
        foreach (var (request, status) in Known())
            Assert.Equal((request, status), (request, Statuses(await Send(program.Address, Encoding.Latin1.GetBytes(request), Hangs)).FirstOrDefault()));

        var said = program.Said.Count;
        var maker = new RawMaker(world, FaultScale.Seed);
        var broken = new ConcurrentDictionary<string, string>();
        var statuses = new ConcurrentDictionary<int, int>();
        var started = Stopwatch.GetTimestamp();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) < Requests && broken.Count < 20;)
            {
                var request = maker.Make(number);
                var answer = await Send(program.Address, request, Quiet);
                if (answer is null)
                    broken.TryAdd("hangs", Show(number, request, "no end"));
                foreach (var status in Statuses(answer).DefaultIfEmpty(0))
                {
                    statuses.AddOrUpdate(status, 1, static (_, count) => count + 1);
                    // What HTTP says of a version that is none.
                    if (status >= 500 && status != 505)
                        broken.TryAdd($"{status} {RouteIn(request)}", Show(number, request, answer!));
                }
            }
        }));

        FaultReport.Add(Section, $"{Requests:N0} requests that are odd as HTTP, seed {FaultScale.Seed}", "answered or cut off; no 5xx", string.Create(CultureInfo.InvariantCulture,
            $"{broken.Count} broken promises in {Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s ({string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{(s.Key == 0 ? "cut off" : s.Key)}: {s.Value:N0}"))})"));
        var lines = program.Said.Skip(said).Where(static line => !line.Contains("Orleans.", StringComparison.Ordinal)).ToList();
        FaultReport.Add(Section, "lines of the log that they left", "none", $"{lines.Count}");
        Assert.True(broken.IsEmpty, $"GIFSHARE_SEED={FaultScale.Seed}\n" + string.Join("\n\n", broken.Values) + "\n\n" + string.Join('\n', lines.Take(60)));
        Assert.True(lines.Count == 0, string.Join('\n', lines.Take(60)));
        Assert.True(statuses.GetValueOrDefault(400) > Requests / 20 && statuses.GetValueOrDefault(200) > Requests / 50, "It asked for nothing.");
    }

    /// <summary>Forms that once failed, with what is right.</summary>
    private static IEnumerable<(string Request, int Status)> Known()
    {
        const string Page = "Accept: text/html\r\nConnection: close\r\n\r\n", Swap = "Accept: text/html; blazor-enhanced-nav=on\r\nConnection: close\r\n\r\n";
        foreach (var host in (string[])["localhost:99999", "localhost:65536", "[::1]:99999", "evil.example", "evil.example:99999", "localhost:", "[::1", ""])
        {
            yield return ($"GET /login HTTP/1.1\r\nHost: {host}\r\n{Page}", 400);
            yield return ($"GET /login HTTP/1.1\r\nHost: {host}\r\n{Swap}", 400);
            yield return ($"GET /none HTTP/1.1\r\nHost: {host}\r\n{Page}", 400);
            yield return ($"GET /v1/users/me HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", 400);
        }

        foreach (var host in (string[])["localhost", "localhost:0", "localhost:65535", "[::1]:1"])
            yield return ($"GET /login HTTP/1.1\r\nHost: {host}\r\n{Page}", 200);
        yield return ($"GET /login HTTP/1.0\r\n{Page}", 400);
        // Whoever asks for health asks by address, and a page of theirs must not fail either.
        foreach (var host in (string[])["10.2.3.4:8080", "evil.example", "localhost:99999", "a..b:1", ""])
        {
            foreach (var health in (string[])["live", "connected", "ready"])
                yield return ($"GET /health/{health} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", 200);
            yield return ($"GET /health/none HTTP/1.1\r\nHost: {host}\r\n{Swap}", 404);
        }

        yield return ("GET /health/live HTTP/1.0\r\n\r\n", 200);
        yield return ("GET /health/ready HTTP/1.0\r\nHost: 10.2.3.4\r\n\r\n", 200);
        foreach (var path in (string[])["/login", "/v1/sessions", "/v1/gifs"])
            foreach (var size in (string[])["FFFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFF", "FFFFFFFF", "-1", "zz"])
                foreach (var type in (string[])["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
                    yield return ($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\nabc\r\n0\r\n\r\n", path == "/v1/gifs" ? 401 : 400);
        foreach (var path in (string[])["/login", "/none"])
            yield return ($"GET {path} HTTP/1.1\r\nHost: localhost\r\nblazor-enhanced-nav: allow\r\nblazor-enhanced-nav: allow\r\n{Swap}", path == "/login" ? 200 : 404);
    }

    /// <summary>All that comes back; null when the connection does not end.</summary>
    private static async Task<string?> Send(Uri server, byte[] request, TimeSpan patience)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Hangs);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), limit.Token);
        var (answer, buffer) = (new MemoryStream(), new byte[16 * 1024]);
        try
        {
            // It may answer, and close, before it has read all.
            var sending = socket.SendAsync(request, limit.Token).AsTask();
            var reading = socket.ReceiveAsync(buffer, limit.Token).AsTask();
            while (true)
            {
                using var quiet = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
                if (await Task.WhenAny(reading, Task.Delay(patience, quiet.Token)) != reading)
                    // It waits for more, or for another request: there is none.
                    socket.Shutdown(SocketShutdown.Send);
                await quiet.CancelAsync();
                if (await reading is not (> 0 and var read))
                    break;
                answer.Write(buffer, 0, read);
                reading = socket.ReceiveAsync(buffer, limit.Token).AsTask();
            }

            await sending;
        }
        catch (SocketException)
        {
            // A body that nobody reads is cut off.
        }
        catch (OperationCanceledException) when (!Token.IsCancellationRequested)
        {
            return null;
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    private static IEnumerable<int> Statuses(string? answer) => StatusLine().Matches(answer ?? "").Select(static m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).Where(static s => s >= 200);

    private static string RouteIn(byte[] request) => Encoding.Latin1.GetString(request).Split(' ', 3) is [_, var target, ..] ? target.Split('?')[0] : "";

    private static string Show(int number, byte[] request, string answer) => $"{number}\n> {Cut(Encoding.Latin1.GetString(request))}\n< {Cut(answer)}";

    private static string Cut(string text) => text.Length > 900 ? text[..900] + $"… ({text.Length})" : text;

    [GeneratedRegex("(?:^|\n|}|>)HTTP/1\\.1 (\\d{3}) ")]
    private static partial Regex StatusLine();
}
