using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Grains.Database;
using GifShare.Http.Tests.Upgrade;
using GifShare.Standalone.Postgres;
using Npgsql;

namespace GifShare.Http.Tests.Standalone;

/// <summary><c>./gifshare backup</c> and <c>restore</c> as the operator types them.</summary>
public sealed class BackupTests : IDisposable
{
    /// <summary>A small valid backup.</summary>
    private static readonly string Sample =
        Path.Combine(RunningProgram.Checkout, "tests", "Http", "Upgrade", $"schema-{Migrations.Newest}.gifshare");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ProgramFolder place = new("backup"), elsewhere = new("restored");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File1 => Path.Combine(place.Folder, "one.gifshare");

    public void Dispose()
    {
        place.Dispose();
        elsewhere.Dispose();
    }

    [Fact]
    public async Task Made_while_people_write_it_holds_everything_acknowledged_before_it_began()
    {
        ConcurrentQueue<(int Number, string Gif)> acknowledged = [];
        string refresh, collection, link;
        (int Number, string Gif)[] before;
        var (avatars, avatarsBefore) = (0, 0);
        await using (var program = await RunningProgram.UpAsync(place.Data, Token, [.. DemoWorld.Settings.SelectMany(s => new[] { "--set", $"{s.Key}={s.Value}" })]))
        {
            using var ada = await ApiClient.RegisterAsync(program.Address, "ada");
            using var ben = await ApiClient.RegisterAsync(program.Address, "ben");
            refresh = ada.RefreshToken;
            collection = await ada.NewCollectionAsync("shared", "Loops");
            link = (string)(await ada.NewLinkAsync(collection))["token"]!;

            using var enough = new CancellationTokenSource();
            var last = 0;
            var writers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    var number = Interlocked.Increment(ref last);
                    var gif = await KnownWorld.UploadAsync(ada, number);
                    (await ada.PostAsync($"/v1/collections/{collection}/items", new { gifId = gif })).IsDone();
                    acknowledged.Enqueue((number, gif));
                }
            }, Token)).Append(Task.Run(async () =>
            {
                // Each deletes the bytes of the one before.
                while (!enough.IsCancellationRequested)
                {
                    (await ben.SetAvatarAsync(Avatar(avatars + 1))).Is(HttpStatusCode.OK);
                    avatars++;
                }
            }, Token)).ToArray();
            await Eventually.True(() => acknowledged.Count >= 40 && Volatile.Read(ref avatars) >= 10, Token, Patience);
            before = [.. acknowledged];
            avatarsBefore = Volatile.Read(ref avatars);
            await RunAsync(0, "backup", File1, "--data", place.Data);
            await enough.CancelAsync();
            await Task.WhenAll(writers);
        }

        await RunAsync(0, "restore", File1, "--data", elsewhere.Data);
        await using (var program = await RunningProgram.UpAsync(elsewhere.Data, Token))
        {
            using var guest = new ApiClient(program.Address);
            using var ada = new ApiClient(program.Address);
            ada.Take((await guest.PostAsync("/v1/sessions/refresh", new { refreshToken = refresh })).IsDone());
            var page = await guest.GetAsync($"/v1/shared/{link}");
            Assert.Equal("Loops", (string?)page["collection"]!["name"]);
            var total = (int)page["collection"]!["itemCount"]!;
            var items = (await ada.ListAsync($"/v1/collections/{collection}/items")).ToDictionary(item => (string)item["gif"]!["id"]!, item => (string)item["gif"]!["url"]!);
            Assert.Equal(total, items.Count);
            foreach (var (number, gif) in before)
                Assert.Equal(Steps.Pixel(number), await ada.GetBytesAsync(items[gif]));
            var avatar = await guest.GetBytesAsync((string)(await guest.GetAsync("/v1/users/ben")).IsDone()["avatarUrl"]!);
            Assert.Contains(Enumerable.Range(avatarsBefore, avatars - avatarsBefore + 1), n => avatar.SequenceEqual(Avatar(n)));
        }

        Assert.Contains("0 differences", await RunAsync(0, "check", "--data", elsewhere.Data), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_postgresql_of_ones_own_is_backed_up_too_and_restored_with_one_of_ours()
    {
        await using var database = await TestDatabase.CreateAsync();
        string[] own = ["--set", $"ConnectionStrings:GifShare={database.ConnectionString}"];
        KnownWorld world;
        await using (var program = await RunningProgram.UpAsync(place.Data, Token, own))
        {
            world = await KnownWorld.FillAsync(program.Address);
            await RunAsync(0, ["backup", File1, "--data", place.Data, .. own]);
        }

        Assert.Contains("ConnectionStrings__GifShare", await RunAsync(2, ["restore", File1, "--data", elsewhere.Data, .. own]), StringComparison.Ordinal);
        await RunAsync(0, "restore", File1, "--data", elsewhere.Data);
        await using (var program = await RunningProgram.UpAsync(elsewhere.Data, Token))
        {
            using var guest = new ApiClient(program.Address);
            var items = (await guest.GetAsync($"/v1/shared/{world.OpenToken}")).IsDone()["items"]!.AsArray();
            Assert.Equal(world.LoopsGifs, items.Select(item => (string)item!["gif"]!["id"]!));
            Assert.Equal(Steps.Pixel(2), await guest.GetBytesAsync((string)items[0]!["gif"]!["url"]!));
        }

        Assert.Contains("0 differences", await RunAsync(0, "check", "--data", elsewhere.Data), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_dump_goes_into_a_postgresql_of_ones_own_as_the_docs_say()
    {
        var lines = (await File.ReadAllLinesAsync(Path.Combine(RunningProgram.Checkout, "docs", "operations.md"), Token))
            .SkipWhile(line => !line.StartsWith("**With a PostgreSQL of yours**", StringComparison.Ordinal))
            .Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Take(3).Select(line => line.Trim()).ToArray();
        Assert.Equal("./gifshare restore FILE --data ./new-data", lines[0]);
        Assert.Contains("pg_restore", lines[1], StringComparison.Ordinal);
        Assert.Equal("ConnectionStrings__GifShare=… ./gifshare up --data ./new-data", lines[2]);

        await RunAsync(0, "restore", Sample, "--data", elsewhere.Data);
        await using var database = await TestDatabase.CreateAsync();
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        var filled = await RunningProgram.RunAsync(
            "env",
            [
                $"PATH={PostgresBinaries.Find(null).BinFolder}:{Environment.GetEnvironmentVariable("PATH")}",
                $"ADDRESS_OF_THE_EMPTY_DATABASE=host={settings.Host} user={settings.Username} dbname={settings.Database}",
                "bash", "-o", "pipefail", "-c", lines[1].Replace("FILE", "\"$0\"", StringComparison.Ordinal), Sample,
            ],
            Token);
        Assert.Equal((0, ""), filled);
        Directory.Delete(Path.Combine(elsewhere.Data, "postgres"), recursive: true);

        string[] own = ["--set", $"ConnectionStrings:GifShare={database.ConnectionString}"];
        await using (var program = await RunningProgram.UpAsync(elsewhere.Data, Token, own))
        {
            using var guest = new ApiClient(program.Address);
            var ada = await guest.GetAsync("/v1/users/ada");
            Assert.Equal(Steps.Pixel(9), await guest.GetBytesAsync((string)ada["avatarUrl"]!));
        }

        Assert.Contains("0 differences", await RunAsync(0, ["check", "--data", elsewhere.Data, .. own]), StringComparison.Ordinal);
        Assert.Contains("is not there", await RunAsync(1, "up", "--port", "0", "--data", elsewhere.Data), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_damaged_incomplete_foreign_or_newer_is_refused_and_nothing_is_touched()
    {
        var good = await File.ReadAllBytesAsync(Sample, Token);
        var sound = Path.Combine(place.Folder, "bad");

        // One bit: headers, the manifest, the key, the database, files, padding, the end.
        int[] places = [0, 100, 124, 148, 511, 515, 1024, 1540, .. Enumerable.Range(1, 8).Select(n => good.Length / 9 * n), good.Length - 2048, good.Length - 1530, good.Length - 1200, good.Length - 1];
        foreach (var place in places)
        {
            var bad = (byte[])good.Clone();
            bad[place] ^= 0x10;
            await RefusedAsync(bad, "damaged|not a backup|not complete");
        }

        foreach (var length in new[] { 0, 300, 512, 40_000, good.Length - 2048, good.Length - 1024, good.Length - 1 })
            await RefusedAsync(good[..length], "not complete|not a backup");
        await RefusedAsync([.. good, 0], "something follows");
        await RefusedAsync([.. good, .. good], "something follows");
        await RefusedAsync(Steps.Pixel(1), "not a backup");
        await RefusedAsync(Encoding.ASCII.GetBytes(new string('x', 5000)), "not a backup");
        await RefusedAsync(Changed("\"format\":1", "\"format\":7"), "newer GifShare");
        await RefusedAsync(Changed($"\"schema\":{Migrations.Newest}", "\"schema\":99"), "newer GifShare");
        // With a header that is right in itself.
        await RefusedAsync(Renamed("objects/", "../../..evil"), "damaged");
        await RefusedAsync(Renamed("master.key", "/etc/evil"), "damaged");

        Assert.Contains("cannot be read", await RunAsync(2, "restore", Path.Combine(place.Folder, "nowhere"), "--data", elsewhere.Data), StringComparison.Ordinal);

        async Task RefusedAsync(byte[] bytes, string because)
        {
            await File.WriteAllBytesAsync(sound, bytes, Token);
            Assert.Matches(because, await RunAsync(1, "restore", sound, "--data", elsewhere.Data));
            Assert.Equal(["lock"], Directory.EnumerateFileSystemEntries(elsewhere.Folder).Select(Path.GetFileName));
        }

        byte[] Changed(string from, string to) => Encoding.Latin1.GetBytes(new Regex(Regex.Escape(from)).Replace(Encoding.Latin1.GetString(good), to, 1));

        byte[] Renamed(string from, string to)
        {
            var bytes = (byte[])good.Clone();
            var header = Enumerable.Range(0, bytes.Length / 512).First(block => Encoding.Latin1.GetString(bytes, block * 512, from.Length) == from) * 512;
            bytes.AsSpan(header, 100).Clear();
            Encoding.ASCII.GetBytes(to, bytes.AsSpan(header));
            bytes.AsSpan(header + 148, 8).Fill((byte)' ');
            var sum = bytes.Skip(header).Take(512).Sum(one => one);
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", bytes.AsSpan(header + 148));
            return bytes;
        }
    }

    [Fact]
    public async Task A_killed_restore_leaves_the_target_alone_and_the_next_one_clears_up()
    {
        Directory.CreateDirectory(elsewhere.Data);
        foreach (var moment in new[] { "", "postgres", "files/objects" })
        {
            using var restore = System.Diagnostics.Process.Start(
                new System.Diagnostics.ProcessStartInfo("dotnet", [typeof(GifShare.Standalone.Host.StandaloneHost).Assembly.Location, "restore", Sample, "--data", elsewhere.Data])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                })!;
            await Eventually.True(() => restore.HasExited || Unfinished().Any(folder => Directory.Exists(Path.Combine(folder, moment))), Token, Patience);
            restore.Kill();
            await restore.WaitForExitAsync(Token);
            // It may be quicker than this test.
            if (restore.ExitCode == 0)
                Directory.Delete(elsewhere.Data, recursive: true);
            else
                Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere.Data));
        }

        await RunAsync(0, "restore", Sample, "--data", elsewhere.Data);
        Assert.Equal(["data", "lock"], Directory.EnumerateFileSystemEntries(elsewhere.Folder).Select(Path.GetFileName).Order());
        Assert.Contains("0 differences", await RunAsync(0, "check", "--data", elsewhere.Data), StringComparison.Ordinal);

        IEnumerable<string> Unfinished() => Directory.EnumerateDirectories(elsewhere.Folder, "data.restoring-*");
    }

    [Fact]
    public async Task Nothing_is_replaced_unasked_and_a_lost_file_is_named()
    {
        await RunAsync(0, "restore", Sample, "--data", place.Data);
        Assert.Contains("is not empty", await RunAsync(2, "restore", Sample, "--data", place.Data), StringComparison.Ordinal);
        Assert.Contains("There is no data folder", await RunAsync(2, "backup", File1, "--data", Path.Combine(place.Folder, "nowhere")), StringComparison.Ordinal);

        await RunAsync(0, "backup", File1, "--data", place.Data);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File1));
        var first = await File.ReadAllBytesAsync(File1, Token);
        Assert.Contains("--force", await RunAsync(2, "backup", File1, "--data", place.Data), StringComparison.Ordinal);
        Assert.Equal(first, await File.ReadAllBytesAsync(File1, Token));

        var objects = Directory.EnumerateFiles(Path.Combine(place.Data, "files", "objects"), "*", SearchOption.AllDirectories).Order().ToArray();
        File.Delete(objects[0]);
        await File.WriteAllBytesAsync(objects[1], Steps.Pixel(1234), Token);
        var said = await RunAsync(1, "backup", File1, "--force", "--data", place.Data);
        Assert.Contains($"{Path.GetFileName(objects[0])} is missing", said, StringComparison.Ordinal);
        Assert.Contains($"{Path.GetFileName(objects[1])} is damaged", said, StringComparison.Ordinal);
        Assert.False(File.Exists(File1 + ".part"));

        Assert.Contains("2 files were missing or damaged", await RunAsync(0, "restore", File1, "--data", elsewhere.Data), StringComparison.Ordinal);
        Assert.Equal(
            objects[2..].Select(Path.GetFileName),
            Directory.EnumerateFiles(Path.Combine(elsewhere.Data, "files", "objects"), "*", SearchOption.AllDirectories).Order().Select(Path.GetFileName));
    }

    [Fact]
    public async Task What_has_no_room_or_no_database_is_a_sentence_and_leaves_nothing()
    {
        await RunAsync(0, "restore", Sample, "--data", place.Data);
        var away = await RunAsync(1, "backup", File1, "--data", place.Data, "--set", "ConnectionStrings:GifShare=Host=127.0.0.1;Port=1;Username=nobody");
        Assert.Contains("The backup could not be made", away, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", away, StringComparison.Ordinal);
        Assert.False(File.Exists(File1 + ".part"));

        if (elsewhere.TryMount(100) is { } refused)
            Assert.Skip(refused);
        Assert.Contains("too little room", await RunAsync(1, "backup", Path.Combine(elsewhere.Data, "full"), "--data", place.Data), StringComparison.Ordinal);
        Assert.Contains("too little room", await RunAsync(1, "restore", Sample, "--data", Path.Combine(elsewhere.Data, "new")), StringComparison.Ordinal);
        Assert.Contains("a disk of its own", await RunAsync(2, "restore", Sample, "--data", elsewhere.Data), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere.Data));
    }

    private static byte[] Avatar(int number) => Steps.Pixel(0x100000 + number);

    private static async Task<string> RunAsync(int exitCode, params string[] arguments)
    {
        var (code, output) = await RunningProgram.RunAsync(arguments, Token);
        Assert.True(code == exitCode, $"{arguments[0]} ended with {code}: {output}");
        return output;
    }
}
