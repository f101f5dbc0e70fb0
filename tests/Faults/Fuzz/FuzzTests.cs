using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Fuzz;

/// <summary>
/// Right and wrong requests to everything that the product says it has, by a seed that is printed and can be given again (<c>GIFSHARE_SEED</c>):
/// it never fails, keeps to its document, tells nobody what they may not know, and forgets what is over.
/// </summary>
public sealed class FuzzTests : IDisposable
{
    private const string Section = "Fuzzer";

    private static readonly int Requests = FaultScale.Of(3_000, 100_000), Connections = 12;

    private static readonly string[] NoLimits =
    [
        "RateLimits:WritesPerMinute=0", "RateLimits:UploadsPerHour=0", "RateLimits:ReadsPerMinutePerAddress=0", "RateLimits:AnonymousPostsPerMinutePerAddress=0",
        "RateLimits:RegistrationsPerHourPerAddress=0", "RateLimits:FailedPasswordsPer15Min=0", "Logging:LogLevel:Default=Warning",
    ];

    private readonly ProgramFolder place = new("fuzz");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task No_request_makes_it_fail_or_tell_what_is_not_the_callers()
    {
        await using var program = await RunningProgram.UpAsync(place.Data, Token, [.. NoLimits.SelectMany(s => new[] { "--set", s })]);
        var secrets = new Secrets();
        var world = await World.MakeAsync(program.Address, secrets, place.Data, Token);
        var document = await ApiDocument.LoadAsync(program.Address, Token);
        var maker = new ProbeMaker(document, world, FaultScale.Seed);
        var judge = new Judge(secrets);
        var started = Stopwatch.GetTimestamp();
        long heap = 0, memory = 0;

        // What is made once, caches and code, is there after the first fifth.
        foreach (var (from, to) in ((int, int)[])[(0, Requests / 5), (Requests / 5, Requests)])
        {
            if (from > 0)
                (heap, memory) = (await GarbageCollection.HeapAsync(program.Id, program.Address, Token), program.Memory);
            var next = from - 1;
            await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
            {
                using var wire = new Wire(program.Address);
                for (int number; (number = Interlocked.Increment(ref next)) < to && judge.Broken.Count < 40;)
                    await Try(wire, world, maker, judge, number);
            }));
        }

        var took = Stopwatch.GetElapsedTime(started);
        var (heapAfter, memoryAfter) = (await GarbageCollection.HeapAsync(program.Id, program.Address, Token), program.Memory);
        FaultReport.Add(Section, $"{Requests:N0} requests to {document.Operations.Count} operations and the pages, seed {FaultScale.Seed}",
            "no 5xx, only declared answers, problems with stable codes", $"{judge.Broken.Count} broken promises in {took.TotalSeconds:N0} s ({judge.Statuses})");
        FaultReport.Add(Section, $"{secrets.Count:N0} secrets of {world.Vaults.Count} vaults and the actors looked for in every answer", "none told to another",
            $"{judge.Broken.Keys.Count(k => k.Contains("it tells", StringComparison.Ordinal))} told; {judge.Own:N0} answers told their owner");
        FaultReport.Add(Section, "a hidden thing's answer compared with that of an id that never was", "the same, byte for byte", $"{judge.Twins:N0} pairs");
        FaultReport.Add(Section, "503 among them", "none at this load", $"{judge.Unavailable}");
        FaultReport.Add(Section, "managed heap after a collection, after a fifth of the requests and at the end", "at most 64 MB more", $"{Mb(heap)} → {Mb(heapAfter)} MB");
        FaultReport.Add(Section, "memory of the process (RSS) at those times", "at most 600 MB", $"{Mb(memory)} → {Mb(memoryAfter)} MB");

        Assert.True(judge.Broken.IsEmpty(), $"GIFSHARE_SEED={FaultScale.Seed}\n" + string.Join("\n\n", judge.Broken.Values.Take(20)) + "\n\n" + string.Join('\n', program.Said.SkipWhile(static line => !line.Contains("bug", StringComparison.Ordinal)).Take(100)));
        Assert.DoesNotContain(program.Said, line => line.Contains("this is a bug", StringComparison.Ordinal));
        Assert.True(judge.Own > 0 && judge.Twins > 0, "It looked for nothing.");
        Assert.InRange(judge.OperationsThatSucceeded, document.Operations.Count * FaultScale.Of(2, 3) / 4, document.Operations.Count);
        Assert.InRange(judge.Unavailable, 0, Requests / 100);
        Assert.InRange(heapAfter - heap, long.MinValue, 64L << 20);
        Assert.InRange(memoryAfter, 0, 600L << 20);
        var (code, output) = await RunningProgram.RunAsync(["check", "--data", place.Data], Token);
        Assert.True(code == 0 && output.Contains("0 differences", StringComparison.Ordinal), output);
    }

    private static async Task Try(Wire wire, World world, ProbeMaker maker, Judge judge, int number)
    {
        var (probe, actor) = maker.Make(number);
        var bytes = probe.Request.ToBytes();
        var reply = await wire.SendAsync(bytes, Token, probe.Request.Method == "HEAD");
        judge.Look(probe, bytes, reply);
        if (probe is { Pass: Pass.Valid, Hidden: { } hidden, IsOnce: false, IsElsewhere: false } && reply.Status != 401)
            await CompareWithNothing(wire, probe, bytes, reply, hidden, judge);
        if (probe.Pass == Pass.Valid && reply.Status == 401 && reply.Text.Contains("unauthenticated", StringComparison.Ordinal))
            await Replace(wire, world, actor);
        else if (probe.Operation is not null && reply.Status is >= 200 and < 300 && probe.Request.Method != "HEAD")
            Learn(probe, reply, world, actor);
    }

    /// <summary>Whether something is there must not show: the same request with an id of nothing.</summary>
    private static async Task CompareWithNothing(Wire wire, Probe probe, byte[] bytes, Reply reply, string hidden, Judge judge)
    {
        var text = Encoding.Latin1.GetString(bytes);
        // Somebody else may do something in between that changes both answers.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var nothing = hidden.Length == 22 ? Guid.NewGuid().ToString("N")[..22] : Guid.CreateVersion7().ToString();
            var twin = await wire.SendAsync(Encoding.Latin1.GetBytes(text.Replace(hidden, nothing, StringComparison.Ordinal)), Token);
            // An error may repeat the id that the caller sent.
            if (twin.Status >= 400)
                twin = twin with { Body = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(twin.Body).Replace(nothing, hidden, StringComparison.Ordinal)) };
            if (attempt == 2 || Judge.AreAlike(reply, twin) || twin.Status is 401 or 0)
            {
                if (twin.Status is not (401 or 0))
                    judge.Compare(probe, bytes, reply, twin);
                return;
            }

            reply = await wire.SendAsync(bytes, Token);
        }
    }

    /// <summary>The actor signed out or left: another one takes the place.</summary>
    private static async Task Replace(Wire wire, World world, Actor actor)
    {
        var fresh = await world.NewActorAsync(wire, Token);
        lock (world.Actors)
        {
            var slot = world.Actors.IndexOf(actor);
            if (slot >= 0)
                world.Actors[slot] = fresh;
        }
    }

    /// <summary>What later requests can name.</summary>
    private static void Learn(Probe probe, Reply reply, World world, Actor actor)
    {
        if (reply["ETag"] is { } tag)
            actor.Tags.Add(tag);
        if (reply["Content-Type"]?.StartsWith("application/json", StringComparison.Ordinal) != true)
            return;
        JsonNode? json;
        try
        {
            json = JsonNode.Parse(reply.Body);
        }
        catch (JsonException)
        {
            return;
        }

        if (json is not JsonObject made)
            return;
        var template = probe.Operation!.Template;
        if ((string?)made["refreshToken"] is { } refresh && (string?)made["user"]?["username"] is { } username)
        {
            var access = (string)made["accessToken"]!;
            world.Secrets.Add(username, "access token", access[access.LastIndexOf('.')..]);
            world.Secrets.Add(username, Secrets.RefreshToken, refresh);
            return;
        }

        if (probe.Pass != Pass.Valid)
            return;
        if ((string?)made["next"] is { } next)
            actor.Cursors.Add(next);
        foreach (var item in (made["items"] as JsonArray ?? [made]).OfType<JsonObject>())
        {
            if ((string?)(item["gif"] as JsonObject)?["id"] is { } gif)
                actor.Gifs.Add(gif);
            if ((string?)item["id"] is not { } id || template.StartsWith("/v1/users", StringComparison.Ordinal))
                continue;
            if ((string?)item["token"] is { } token)
            {
                actor.Links.Add(id);
                actor.LinkTokens.Add(token);
            }
            else
            {
                (template.StartsWith("/v1/sessions", StringComparison.Ordinal) ? actor.Sessions : item["width"] is not null ? actor.Gifs : actor.Collections).Add(id);
            }
        }
    }

    private static long Mb(long bytes) => bytes >> 20;
}

file static class Empty
{
    public static bool IsEmpty(this IReadOnlyDictionary<string, string> some) => some.Count == 0;
}
