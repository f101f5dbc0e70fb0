using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Standalone.Postgres;
using Npgsql;

namespace GifShare.Faults.Tests.Backups;

/// <summary>The database dies in the middle of its dump: there is no backup then, no half one either, and the next one is whole.</summary>
public sealed class BackupKilledTests : IDisposable
{
    private const int Gifs = 24_000;

    /// <summary>In these the dump comes: the first is written and the rest, several times as much, is not.</summary>
    private const int Piece = 8 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ProgramFolder place = new("backup-killed"), elsewhere = new("backup-restored");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File1 => Path.Combine(place.Folder, "one.gifshare");

    public void Dispose()
    {
        place.Dispose();
        elsewhere.Dispose();
    }

    [Fact]
    public async Task Beside_a_running_one_it_leaves_nothing_and_both_go_on()
    {
        var (program, ada) = await UpWithGifsAsync();
        await using var up = program;

        var said = await KillInTheMiddleAsync(static () => { });
        Assert.Contains("The backup could not be made: pg_dump failed", said, StringComparison.Ordinal);
        Assert.Equal(["data", "lock"], Directory.EnumerateFileSystemEntries(place.Folder).Select(Path.GetFileName).Order());

        using (var client = new ApiClient(program.Address, ada))
            await Eventually.True(async () => (await client.PostAsync("/v1/collections", new { name = "later" })).IsSuccess, Token, Patience);
        await IsWholeAsync();
    }

    [Fact]
    public async Task With_a_server_of_its_own_it_leaves_the_older_backup_and_ends_the_server()
    {
        await (await UpWithGifsAsync()).Program.DisposeAsync();

        var said = await KillInTheMiddleAsync(() => File.WriteAllText(File1, "the older one"), "--force");
        Assert.Contains("The backup could not be made: pg_dump failed", said, StringComparison.Ordinal);
        Assert.Equal(["data", "lock", "one.gifshare"], Directory.EnumerateFileSystemEntries(place.Folder).Select(Path.GetFileName).Order());
        Assert.Equal("the older one", await File.ReadAllTextAsync(File1, Token));
        Assert.Empty(ManagedPostgres.ProcessesOf(place.Data).All);

        await IsWholeAsync("--force");
    }

    /// <summary>Its only user has many gifs, with addresses that cannot be compressed away.</summary>
    private async Task<(RunningProgram Program, string Token)> UpWithGifsAsync()
    {
        var program = await RunningProgram.UpAsync(place.Data, Token);
        using var ada = await ApiClient.RegisterAsync(program.Address, "ada");
        await using var source = Source();
        await using var fill = source.CreateCommand(
            $"""
            INSERT INTO gifshare.gifs (id, owner_id, provider, url, width, height, created_at, updated_at)
            SELECT gen_random_uuid(), u.id, 'giphy', made.url, 10, 10, now(), now() FROM gifshare.users u, generate_series(1, {Gifs}) n,
                LATERAL (SELECT 'https://media.example.org/' || string_agg(encode(sha512(convert_to(n || '.' || part, 'UTF8')), 'base64'), '') AS url
                    FROM generate_series(1, 18) part) made
            """);
        fill.CommandTimeout = (int)Patience.TotalSeconds;
        await fill.ExecuteNonQueryAsync(Token);
        return (program, ada.Token!);
    }

    /// <summary>Returns what the backup said.</summary>
    private async Task<string> KillInTheMiddleAsync(Action prepare, params string[] more)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            File.Delete(File1);
            prepare();
            var backup = RunningProgram.RunAsync(["backup", File1, "--data", place.Data, .. more], Token);
            await Eventually.True(() => backup.IsCompleted || Written() >= Piece, Token, Patience);
            if (await FreezeDumpAsync())
            {
                // It cannot end any more before it is killed.
                Assert.True(Written() >= Piece);
                Signals.Send("-KILL", ManagedPostgres.ProcessesOf(place.Data).All);
                var (code, said) = await backup.WaitAsync(Patience, Token);
                Assert.True(code == 1, $"It ended with {code}: {said}");
                Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
                return said;
            }

            // It was quicker than this test.
            Assert.Equal(0, (await backup).ExitCode);
        }

        throw new InvalidOperationException("Five backups were quicker than this test.");

        long Written() => new FileInfo(File1 + ".part") is { Exists: true } part ? part.Length : 0;
    }

    /// <summary>Stops the process that serves the dump. False, and it goes on: it had sent everything.</summary>
    private async Task<bool> FreezeDumpAsync()
    {
        if (await DumpingAsync() is not { } process)
            return false;
        Signals.Send("-STOP", process);
        var state = $"/proc/{process}/stat";
        await Eventually.True(() => !File.Exists(state) || File.ReadAllText(state).Contains(") T ", StringComparison.Ordinal), Token, Patience);
        if (await DumpingAsync() == process)
            return true;
        Signals.Send("-CONT", process);
        return false;
    }

    /// <summary>The process of PostgreSQL that is sending a table to pg_dump.</summary>
    private async Task<int?> DumpingAsync()
    {
        try
        {
            await using var source = Source();
            await using var find = source.CreateCommand("SELECT pid FROM pg_stat_activity WHERE application_name = 'gifshare-backup' AND state = 'active' AND query LIKE 'COPY %'");
            return (int?)await find.ExecuteScalarAsync(Token);
        }
        catch (NpgsqlException)
        {
            // Its server has ended with it.
            return null;
        }
    }

    private async Task IsWholeAsync(params string[] more)
    {
        await RunAsync("backup", [File1, "--data", place.Data, .. more]);
        Assert.Contains($"1 users, {Gifs} GIFs", await RunAsync("restore", [File1, "--data", elsewhere.Data]), StringComparison.Ordinal);
        foreach (var data in (string[])[place.Data, elsewhere.Data])
            Assert.Contains("0 differences", await RunAsync("check", ["--data", data]), StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(string verb, string[] arguments)
    {
        var (code, output) = await RunningProgram.RunAsync([verb, .. arguments], Token);
        Assert.True(code == 0, $"{verb} ended with {code}: {output}");
        return output;
    }

    private NpgsqlDataSource Source() => NpgsqlDataSource.Create(ManagedPostgres.ConnectionStringOf(place.Data)! + ";Pooling=false;Timeout=30");
}
