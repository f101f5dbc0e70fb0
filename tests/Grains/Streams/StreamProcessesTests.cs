using System.Diagnostics;
using GifShare.Fixtures;
using GifShare.Grains.Database;
using GifShare.Grains.Streams;
using GifShare.Standalone.Host;
using Npgsql;

namespace GifShare.Grains.Tests.Streams;

/// <summary>engine.md, Streams: three silos as processes, one of them killed with kill -9 while all of them publish.</summary>
public sealed class StreamProcessesTests
{
    private const int Each = 500;

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Theory, InlineData(StreamsOptions.Memory), InlineData(StreamsOptions.AdoNet)]
    public async Task With_rows_as_the_truth_no_survivor_misses_anything(string provider)
    {
        await using var database = await TestDatabase.CreateAsync();
        await Migrations.Apply(database.ConnectionString, Test);
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using (var table = source.CreateCommand(SiloHost.Rows.Table))
            await table.ExecuteNonQueryAsync(Test);
        using var folder = new Folder(TestFolders.Create("streams"));
        await using var one = await SiloProcess.StartAsync(provider, database.ConnectionString, folder.Path, Test);
        await using var two = await SiloProcess.StartAsync(provider, database.ConnectionString, folder.Path, Test);
        await using var three = await SiloProcess.StartAsync(provider, database.ConnectionString, folder.Path, Test);

        await Task.WhenAll(one.PublishAsync(Each, Test), two.PublishAsync(Each, Test), three.PublishAsync(Each, Test));
        // Both go on while the third is killed in the middle of its own.
        var dying = three.PublishAsync(100_000, Test);
        var begun = await RowsAsync();
        await Eventually.True(async () => await RowsAsync() > begun + 100, Test);
        var going = Task.WhenAll(one.PublishAsync(Each, Test), two.PublishAsync(Each, Test));
        three.Kill();
        var killed = Stopwatch.GetTimestamp();
        await Assert.ThrowsAsync<InvalidOperationException>(() => dying);
        await going;

        var rows = await RowsAsync();
        foreach (var survivor in new[] { one, two })
        {
            await Eventually.True(async () => (await survivor.KnownAsync(Test)).Known == rows, Test, TimeSpan.FromMinutes(1));
            var (known, byRows) = await survivor.KnownAsync(Test);
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{provider}: {known} of {rows} known {Stopwatch.GetElapsedTime(killed).TotalSeconds:0.0} s after the kill, {byRows} of them by reading rows");
        }

        async Task<long> RowsAsync()
        {
            await using var count = source.CreateCommand("SELECT count(*) FROM gifshare.test_happenings");
            return (long)(await count.ExecuteScalarAsync(Test))!;
        }
    }

    private sealed class Folder(FolderLock place) : IDisposable
    {
        public string Path => place.Folder;

        public void Dispose() => TestFolders.Delete(place);
    }
}
