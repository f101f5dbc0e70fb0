using System.Globalization;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Kills;

/// <summary>
/// kill -9 at a random moment under many writes, again and again on the same data: what was acknowledged is there, nothing is there twice,
/// and who asks again with the same key is told the same.
/// </summary>
public sealed class KilledUnderWritesTests
{
    private const string Section = "kill -9 of the server under writes";

    private static readonly int Rounds = FaultScale.Of(2, 24);
    private static readonly int Writers = FaultScale.Of(32, 128);
    private static readonly int WritesPerRound = FaultScale.Of(320, 2048);
    private static readonly int People = FaultScale.Of(4, 16);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_acknowledged_write_is_there_once_and_keys_still_answer()
    {
        var random = new Random(FaultScale.Seed);
        var likes = new Likes();
        List<Writer> earlier = [];
        List<TimeSpan> restarts = [];
        int acknowledged = 0, unknown = 0, hadBeenDone = 0, replayed = 0;
        await using var product = await Product.StartAsync("killed-writes", Cancel);
        var names = Enumerable.Range(0, People).Select(n => string.Create(CultureInfo.InvariantCulture, $"person{n}")).ToArray();
        foreach (var name in names)
            (await ApiClient.RegisterAsync(product.Address, name)).Dispose();

        for (var round = 0; round < Rounds; round++)
        {
            var writers = await WritersOf(round);
            // Of every third round the database is killed in the same moment.
            await WriteAndKill(writers, killDatabase: round % 3 == 1);
            restarts.Add(await product.StartAgainAsync(Cancel));
            using var client = new ApiClient(product.Address);

            foreach (var settled in await Task.WhenAll(writers.Select(writer => writer.SettleAsync(client, Cancel))))
            {
                unknown += settled is null ? 0 : 1;
                hadBeenDone += settled is true ? 1 : 0;
            }

            acknowledged += writers.Sum(writer => writer.Acknowledged);
            replayed += (await Task.WhenAll(writers.Select(writer => writer.ReplayAsync(client, FaultScale.Of(20, 6))))).Sum();
            await Task.WhenAll(writers.Select(writer => writer.VerifyAsync(client)));
            await likes.VerifyAsync(client);
            earlier.AddRange(writers);
            await Names();
            await product.CheckAsync(Cancel);
        }

        // Later kills have taken nothing of what earlier ones had left.
        using (var client = new ApiClient(product.Address))
            foreach (var some in earlier.Chunk(64))
                await Task.WhenAll(some.Select(writer => writer.VerifyAsync(client)));

        // Else no kill met anybody in the middle of a write, and nothing was tested.
        Assert.NotEqual(0, unknown);
        restarts.Sort();
        FaultReport.Add(Section, $"kills, each at a random moment of {WritesPerRound} writes by {Writers} clients", "20", $"{Rounds}, a third of them together with PostgreSQL");
        FaultReport.Add(Section, "acknowledged writes that are there, once each", "all", $"{acknowledged} of {acknowledged}");
        FaultReport.Add(Section, "writes without an answer, asked again with the same key", "done exactly once", $"{unknown}, of which {hadBeenDone} had been done before the kill");
        FaultReport.Add(Section, "acknowledged writes sent again with their key: the same answer", "all", $"{replayed} of {replayed}");
        FaultReport.Add(Section, "differences found by `check`", "0", "0");
        FaultReport.Add(Section, "from start to serving, median and longest", "", string.Create(CultureInfo.InvariantCulture, $"{restarts[restarts.Count / 2].TotalSeconds:0.0} s, {restarts[^1].TotalSeconds:0.0} s"));

        async Task<Writer[]> WritersOf(int round)
        {
            List<(string Name, string Token, string Common)> people = [];
            foreach (var name in names)
            {
                using var person = await ApiClient.SignInAsync(product.Address, name);
                people.Add((name, person.Token!, await person.NewCollectionAsync("private", $"common {round}")));
            }

            return [.. Enumerable.Range(0, Writers).Select(n =>
            {
                var (name, token, common) = people[n % People];
                return new Writer(n, round, name, token, common, likes, new Random(random.Next()));
            })];
        }

        async Task WriteAndKill(Writer[] writers, bool killDatabase)
        {
            using var client = new ApiClient(product.Address);
            var enough = random.Next(WritesPerRound / 20, WritesPerRound * 7 / 10);
            var moment = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var done = 0;
            var database = killDatabase ? product.Program.DatabaseId : null;
            var writing = writers.Select(writer => writer.RunAsync(client, WritesPerRound / Writers, () =>
            {
                if (Interlocked.Increment(ref done) == enough)
                    moment.TrySetResult();
            }, Cancel)).ToArray();
            // A writer that fails has found something: its failure, not a timeout, is the message.
            await Task.WhenAny(moment.Task, Task.WhenAll(writing)).WaitAsync(TimeSpan.FromMinutes(3), Cancel);
            if (database is { } server)
                Signals.Kill(server);
            await product.Program.KillAsync(Cancel);
            await Task.WhenAll(writing);
        }

        async Task Names()
        {
            HashSet<string> there = [];
            foreach (var name in names)
            {
                using var person = await ApiClient.SignInAsync(product.Address, name);
                var all = (await person.ListAsync("/v1/collections")).ConvertAll(collection => (string)collection["name"]!);
                Assert.Equal(all.Distinct().Count(), all.Count);
                there.UnionWith(all);
            }

            var made = earlier.SelectMany(writer => writer.CollectionNames).ToList();
            Assert.Subset(there, made.ToHashSet());
        }
    }
}
