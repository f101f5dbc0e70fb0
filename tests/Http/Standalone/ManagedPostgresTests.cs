using GifShare.Fixtures;
using GifShare.Standalone.Host;
using GifShare.Standalone.Postgres;
using Npgsql;

namespace GifShare.Http.Tests.Standalone;

/// <summary>The managed server's life: first start, restart, and what is left after somebody was killed.</summary>
public sealed class ManagedPostgresTests : IDisposable
{
    private readonly FolderLock folder = TestFolders.Create("managed");
    private readonly List<string> said = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ManagedPostgresOptions Options => new() { Say = said.Add };

    public void Dispose() => TestFolders.Delete(folder);

    [Fact]
    public async Task A_first_start_makes_a_closed_UTF8_cluster_with_our_settings()
    {
        await using var server = await ManagedPostgres.StartAsync(folder, Options, Token);

        Assert.Equal("UTF8", await AskAsync(server, "SHOW server_encoding"));
        Assert.Equal("on", await AskAsync(server, "SHOW data_checksums"));
        Assert.Equal("", await AskAsync(server, "SHOW listen_addresses"));
        Assert.Equal("UTC", await AskAsync(server, "SHOW timezone"));
        Assert.Equal("mmap", await AskAsync(server, "SHOW dynamic_shared_memory_type"));
        Assert.Equal("off", await AskAsync(server, "SHOW jit"));
        Assert.Equal("1s", await AskAsync(server, "SHOW client_connection_check_interval"));
        Assert.Equal("30s", await AskAsync(server, "SHOW statement_timeout"));
        Assert.Equal("on", await AskAsync(server, "SHOW fsync"));
        Assert.Equal("local", await AskAsync(server, "SELECT string_agg(type, ',') FROM pg_hba_file_rules"));
        Assert.Equal("peer", await AskAsync(server, "SELECT string_agg(auth_method, ',') FROM pg_hba_file_rules"));
        Assert.Equal(Modes.OnlyOwner, File.GetUnixFileMode(server.SocketFolder));
        Assert.True(server.SocketFolder.Length < 90, server.SocketFolder);
    }

    [Fact]
    public async Task What_was_written_is_there_after_a_stop_and_a_start()
    {
        var first = await ManagedPostgres.StartAsync(folder, Options, Token);
        await using (first)
            await AskAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");

        Assert.Null(first.ServerProcessId);
        Assert.False(Directory.Exists(first.SocketFolder));
        await using var again = await ManagedPostgres.StartAsync(folder, Options, Token);
        Assert.Equal("42", await AskAsync(again, "SELECT answer::text FROM kept"));
        Assert.Equal(1, said.Count(s => s.StartsWith("Making a database", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_killed_server_is_started_again_and_has_lost_nothing()
    {
        await using var server = await ManagedPostgres.StartAsync(folder, Options, Token);
        await AskAsync(server, "CREATE TABLE kept AS SELECT 42 AS answer");
        var killed = server.ServerProcessId!.Value;

        Signals.Kill(killed);

        await Eventually.True(() => server.ServerProcessId is { } now && now != killed, Token);
        await Eventually.True(async () =>
        {
            try
            {
                return await AskAsync(server, "SELECT answer::text FROM kept") == "42";
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }, Token);
    }

    [Fact]
    public async Task Nothing_that_goes_wrong_ends_the_supervisor()
    {
        // Its terminal is full, and what the server is to write is a folder, which is neither an IOException nor one of ours.
        var options = Options with { Say = _ => throw new InsufficientMemoryException() };
        await using (var server = await ManagedPostgres.StartAsync(folder, options, Token))
        {
            var killed = server.ServerProcessId!.Value;
            var log = Path.Combine(server.ClusterFolder, "start.log");
            File.Delete(log);
            Directory.CreateDirectory(log);
            Signals.Kill(killed);
            await Eventually.True(() => !File.Exists(Path.Combine(server.ClusterFolder, "postmaster.pid")), Token);
            Assert.Null(server.ServerProcessId);

            Directory.Delete(log);
            await Eventually.True(() => server.ServerProcessId is { } now && now != killed, Token);
        }

        Assert.Empty(ManagedPostgres.ProcessesOf(folder.Folder).All);
    }

    [Fact]
    public async Task A_backend_busy_in_a_long_statement_does_not_keep_a_killed_server_from_coming_back()
    {
        await using var server = await ManagedPostgres.StartAsync(folder, Options, Token);
        var busy = AskAsync(server, "SELECT pg_sleep(25)::text");
        await Eventually.True(
            async () => await AskAsync(server, "SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'") == "1", Token);
        var killed = server.ServerProcessId!.Value;

        Signals.Kill(killed);

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => busy);
        await Eventually.True(() => server.ServerProcessId is { } now && now != killed, Token);
    }

    [Fact]
    public async Task A_stale_pid_file_naming_somebody_elses_process_is_removed()
    {
        string pidFile;
        await using (var server = await ManagedPostgres.StartAsync(folder, Options, Token))
            pidFile = Path.Combine(server.ClusterFolder, "postmaster.pid");
        // This test process is alive and is no server: exactly what a reused pid looks like.
        await File.WriteAllTextAsync(pidFile, $"{Environment.ProcessId}\n/nowhere\n1\n5432\n", Token);

        await using var again = await ManagedPostgres.StartAsync(folder, Options, Token);

        Assert.Equal("1", await AskAsync(again, "SELECT '1'"));
    }

    [Fact]
    public async Task A_half_made_cluster_is_thrown_away()
    {
        var abandoned = Directory.CreateDirectory(Path.Combine(folder.Folder, "postgres.init-deadbeef")).FullName;
        await File.WriteAllTextAsync(Path.Combine(abandoned, "PG_VERSION"), "15", Token);

        await using var server = await ManagedPostgres.StartAsync(folder, Options, Token);

        Assert.Equal("1", await AskAsync(server, "SELECT '1'"));
        Assert.False(Directory.Exists(abandoned));
    }

    [Fact]
    public async Task A_cluster_of_a_version_that_is_not_installed_is_refused_with_a_way_out()
    {
        await (await ManagedPostgres.StartAsync(folder, Options, Token)).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(folder.Folder, "postgres", "PG_VERSION"), "14\n", Token);

        var refused = await Assert.ThrowsAsync<StartFailedException>(() => ManagedPostgres.StartAsync(folder, Options, Token));

        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.Contains("made by PostgreSQL 14", refused.Message, StringComparison.Ordinal);
        Assert.Contains("pg_upgrade", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_PostgreSQL_the_sentence_names_the_command()
    {
        var nothing = Options with { InstallationRoot = folder.Folder };

        var refused = await Assert.ThrowsAsync<StartFailedException>(() => ManagedPostgres.StartAsync(folder, nothing, Token));

        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.Contains("apt-get install postgresql", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_root_a_folder_the_servers_user_cannot_reach_gets_its_database_elsewhere()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root runs the server as somebody else");
        var hidden = Directory.CreateDirectory(Path.Combine(folder.Folder, "home"), Modes.OnlyOwner).FullName;
        using var data = FolderLock.Take(Path.Combine(hidden, "data"));
        string cluster;
        await using (var server = await ManagedPostgres.StartAsync(data, Options, Token))
        {
            cluster = server.ClusterFolder;
            Assert.StartsWith("/var/lib/gifshare/", cluster, StringComparison.Ordinal);
            Assert.Contains(cluster, await File.ReadAllTextAsync(Path.Combine(data.Folder, "instance.json"), Token), StringComparison.Ordinal);
            Assert.Contains(said, s => s.Contains(cluster, StringComparison.Ordinal));
            await AskAsync(server, "CREATE TABLE kept AS SELECT 42 AS answer");
        }

        await using (var again = await ManagedPostgres.StartAsync(data, Options, Token))
            Assert.Equal("42", await AskAsync(again, "SELECT answer::text FROM kept"));
        Directory.Delete(cluster, recursive: true);
        File.Delete(cluster + ".lock");
    }

    [Fact]
    public void A_folder_has_one_owner_at_a_time()
    {
        var refused = Assert.Throws<StartFailedException>(() => FolderLock.Take(folder.Folder));

        Assert.Contains($"process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--data", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(ManagedPostgres server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return (await command.ExecuteScalarAsync(Token))?.ToString() ?? "";
    }
}

internal static class Modes
{
    public const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
}
