using System.Globalization;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.ObjectStore;
using GifShare.Standalone.Postgres;
using Npgsql;

namespace GifShare.Faults.Tests.Uploads;

/// <summary>
/// kill -9 at random moments while files are uploaded by all protocols: every upload that was acknowledged becomes ready and comes back byte for byte, what
/// people store is counted right, and what else is in the store goes with its age.
/// </summary>
[Collection<OwnS3ServerTests>]
public sealed class KilledUploadsTests(OwnS3Server store)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_the_server_with_a_folder()
    {
        await using var product = await Product.StartAsync("killed-uploads", Cancel, UploadScene.Settings);
        var clock = new MovingClock();
        await SurviveAsync(
            product, "kill -9 of the server under uploads into the folder", FaultScale.Of(16, 200), FaultScale.Of(2, 12), [() => RestartAsync(product)],
            new FolderObjectStore(new() { Path = Path.Combine(product.Data, "files"), MinimumFreeBytes = 0 }, clock), clock);
    }

    [Fact]
    public async Task Of_the_server_and_of_its_S3_gateway()
    {
        store.SkipWithoutServer();
        await using var product = await Product.StartAsync("killed-s3-uploads", Cancel, [.. UploadScene.Settings, .. OwnS3Server.Settings(store.Server.In("killed"))]);
        var clock = new MovingClock();
        using var bucket = new S3ObjectStore(store.Server.In("killed"), clock);
        await SurviveAsync(
            product, "kill -9 of the server, and in turns of radosgw, under uploads into a bucket", FaultScale.Of(12, 200), FaultScale.Of(2, 12), [RestartGatewayAsync, () => RestartAsync(product)],
            bucket, clock);
    }

    private static async Task SurviveAsync(
        Product product, string section, int files, int kills, Func<Task>[] killing, IObjectStore objects, MovingClock clock)
    {
        var random = new Random(FaultScale.Seed);
        var scene = await UploadScene.BeginAsync(product);
        var ways = UploadWays.All;
        var lengths = Enumerable.Range(0, files).Select(n => n % 3 == 0 ? random.Next(UploadScene.PartBytes, 3 * UploadScene.PartBytes) : random.Next(1_000, 400_000)).ToList();
        var uploading = Parallel.ForEachAsync(
            lengths.Index(), new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = Cancel },
            async (file, _) => await scene.UploadAsync(ways[file.Index % ways.Length], UploadScene.Film(file.Item)));
        for (var kill = 1; kill <= kills; kill++)
        {
            // After so many files have arrived: spread over the whole run.
            var moment = (files * kill / (kills + 1)) + random.Next(-1, 2);
            await Eventually.True(() => uploading.IsCompleted || scene.Done >= moment, Cancel, UploadScene.Patience);
            await killing[kill % killing.Length]();
            await scene.SignInAsync();
        }

        await uploading.WaitAsync(UploadScene.Patience, Cancel);
        Assert.Equal(0, await scene.WrongAsync());
        Assert.Equal(files, scene.Acknowledged);
        await product.CheckAsync(Cancel);
        Assert.Empty(await UnknownAsync(product, objects));

        // Parts of forms that were begun anew, tails of chunks: nobody misses them, and they go with their age.
        clock.Turn(TimeSpan.FromDays(8));
        var left = await objects.SweepStagingAsync(TimeSpan.FromDays(7), new HashSet<string>(), Cancel);
        Assert.Equal(0, await objects.SweepStagingAsync(TimeSpan.FromDays(7), new HashSet<string>(), Cancel));
        Assert.Equal(0, await scene.WrongAsync());
        FaultReport.Add(section, "acknowledged uploads that are ready and right by hash", "all", string.Create(
            CultureInfo.InvariantCulture, $"{files} of {files}, {kills} kills, {scene.Refusals} requests cut off or refused; {left} unfinished ones swept by age"));
    }

    /// <summary>Objects in the store that no row knows.</summary>
    private static async Task<List<string>> UnknownAsync(Product product, IObjectStore objects)
    {
        HashSet<string> known = [];
        await using var database = NpgsqlDataSource.Create(ManagedPostgres.ConnectionStringOf(product.Data)! + ";Search Path=gifshare,public");
        await using (var command = database.CreateCommand("SELECT object_key FROM object_references"))
        await using (var rows = await command.ExecuteReaderAsync(Cancel))
            while (await rows.ReadAsync(Cancel))
                known.Add(rows.GetString(0));
        List<string> unknown = [];
        await foreach (var found in objects.ListAsync(Cancel))
            if (!known.Contains(found.Key.ToString()))
                unknown.Add(found.Key.ToString());
        return unknown;
    }

    private static async Task RestartAsync(Product product)
    {
        await product.Program.KillAsync(Cancel);
        await product.StartAgainAsync(Cancel);
    }

    private async Task RestartGatewayAsync()
    {
        await store.Server.KillGatewayAsync();
        await store.Server.StartGatewayAsync();
    }
}
