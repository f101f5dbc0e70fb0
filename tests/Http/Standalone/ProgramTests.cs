using System.Net;
using System.Net.Sockets;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Standalone.Host;
using GifShare.Standalone.Postgres;
using Npgsql;

namespace GifShare.Http.Tests.Standalone;

/// <summary>The program as a process: what it says, what it ends with, and what a kill -9 leaves to the next start.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly ProgramFolder place = new("program");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => place.Data;

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task It_serves_says_where_and_ends_everything_it_started()
    {
        await using var program = await RunningProgram.UpAsync(Data, Token);
        using var client = new ApiClient(program.Address);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).Status);
        Assert.Equal(32, new FileInfo(Path.Combine(Data, "master.key")).Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Data, "master.key")));

        Signals.Send("-INT", program.Id);
        Assert.Equal(0, await program.ExitCodeAsync(Token));
        Assert.False(File.Exists(Path.Combine(Data, "postgres", "postmaster.pid")), "the database ended in order");
    }

    [Fact]
    public async Task Killed_it_takes_its_server_along_and_starts_again_with_everything_written()
    {
        await using (var program = await RunningProgram.UpAsync(Data, Token))
        {
            await WriteAsync();
            Signals.Kill(program.Id);
            await program.ExitCodeAsync(Token);
            await Eventually.True(() => program.DatabaseIds.Count == 0, Token);
            Assert.False(File.Exists(Path.Combine(Data, "postgres", "postmaster.pid")), "the database ended in order");
        }

        await using var again = await RunningProgram.UpAsync(Data, Token);
        Assert.Equal(42, await ReadAsync());
    }

    [Fact]
    public async Task A_server_that_does_not_hear_of_the_kill_is_ended_by_the_next_start()
    {
        await using (var program = await RunningProgram.UpAsync(Data, Token))
        {
            await WriteAsync();
            Signals.Send("-STOP", program.DatabaseIds);
            Signals.Kill(program.Id);
            await program.ExitCodeAsync(Token);
            Assert.NotEmpty(program.DatabaseIds);
        }

        await using var again = await RunningProgram.UpAsync(Data, Token);
        Assert.Equal(42, await ReadAsync());
        Assert.Contains(again.Said, s => s.Contains("earlier start left behind", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Killed_together_with_its_server_it_starts_again_with_everything_written()
    {
        await using (var program = await RunningProgram.UpAsync(Data, Token))
        {
            await WriteAsync();
            var server = File.ReadLines(Path.Combine(Data, "postgres", "postmaster.pid")).First();
            Signals.Kill(program.Id);
            Signals.Kill(int.Parse(server));
            await program.ExitCodeAsync(Token);
        }

        await using var again = await RunningProgram.UpAsync(Data, Token);
        Assert.Equal(42, await ReadAsync());
    }

    [Fact]
    public async Task A_port_in_use_is_a_sentence_with_another_port()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var refused = await RunningProgram.RunAsync(["up", "--port", $"{port}", "--data", Data], Token);

        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith($"Port {port} is in use; try --port ", refused.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data), "nothing was started before the port was tried");
    }

    [Fact]
    public async Task A_folder_in_use_is_a_sentence_with_its_owner()
    {
        using var owner = FolderLock.Take(Data);

        var refused = await RunningProgram.RunAsync(["up", "--port", "0", "--data", Data], Token);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"(process {Environment.ProcessId})", refused.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up", "--prot", "8080")]
    [InlineData("up", "--host", "nonsense")]
    [InlineData("up", "--port", "70000")]
    [InlineData("up", "--set", "nonsense")]
    [InlineData("user", "promote")]
    [InlineData("dance")]
    public async Task Wrong_arguments_end_with_2_and_no_stack_trace(params string[] arguments)
    {
        var refused = await RunningProgram.RunAsync(arguments, Token);

        Assert.Equal(2, refused.ExitCode);
        Assert.DoesNotContain("   at ", refused.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up", "PublicUrl", "https://example.org/gifs", false)]
    [InlineData("up", "PublicUrl", "ftp://example.org", false)]
    [InlineData("cluster", "PublicUrl", "https://example.org/gifs", false)]
    [InlineData("up", "Secrets:MasterKey", "nonsense", false)]
    [InlineData("up", "RateLimits:ReadsPerMinutePerAddress", "many", true)]
    [InlineData("up", "ObjectStore:Kind", "Tape", true)]
    public async Task A_wrong_setting_is_a_sentence_that_names_it(string verb, string name, string value, bool needsDatabase)
    {
        var refused = await RunningProgram.RunAsync([verb, "--port", "0", "--data", Data, "--set", $"{name}={value}"], Token);

        Assert.Equal(2, refused.ExitCode);
        var said = refused.Output.Trim().Split('\n');
        Assert.Contains(name, said[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Output, StringComparison.Ordinal);
        Assert.True(needsDatabase || (said.Length == 1 && !Directory.Exists(Path.Combine(Data, "postgres"))), refused.Output);
    }

    [Theory]
    [InlineData("GifShare.Silo.dll", "PublicUrl=https://example.org/gifs", "PublicUrl")]
    [InlineData("GifShare.ApiFrontend.dll", "PublicUrl=https://example.org/gifs", "PublicUrl")]
    [InlineData("GifShare.Silo.dll", "ObjectStore:Kind=Tape", "ObjectStore:Kind")]
    [InlineData("GifShare.ApiFrontend.dll", "ObjectStore:Kind=Tape", "ObjectStore:Kind")]
    [InlineData("GifShare.ApiFrontend.dll", "RateLimits:ReadsPerMinutePerAddress=many", "RateLimits:ReadsPerMinutePerAddress")]
    [InlineData("GifShare.ApiFrontend.dll", "ForwardedHeaders:KnownProxies=my proxy", "ForwardedHeaders:KnownProxies")]
    [InlineData("GifShare.ApiFrontend.dll", "Cluster:ResponseTimeout=soon", "Cluster:ResponseTimeout")]
    public async Task So_it_is_in_the_programs_of_a_cluster(string program, string setting, string named)
    {
        string[] right = ["Secrets:MasterKey=" + Convert.ToBase64String(new byte[32]), "PublicUrl=http://localhost", "ObjectStore:Folder=" + Data, "ConnectionStrings:GifShare=Host=nowhere", "Cluster:Gateways=localhost:1", "urls=http://127.0.0.1:0"];
        var refused = await RunningProgram.RunAsync(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, program), .. right.Append(setting).Select(static one => "--" + one)], Token);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(named, Assert.Single(refused.Output.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_products_run_in_one_process_each_with_its_own_database()
    {
        await using var first = await TestProduct.StartAsync();
        await using var second = await TestProduct.StartAsync();
        using var client = new ApiClient(first.BaseAddress);

        Assert.NotEqual(first.BaseAddress, second.BaseAddress);
        Assert.NotEqual(first.Host.ConnectionString, second.Host.ConnectionString);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).Status);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(second.BaseAddress, "/health/live").ToString())).Status);
    }

    [Fact]
    public async Task The_launcher_helps_and_refuses_from_any_folder()
    {
        var launcher = Path.Combine(RunningProgram.Checkout, "gifshare");

        var help = await RunningProgram.RunAsync(launcher, ["help"], Token);
        Assert.Equal(0, help.ExitCode);
        foreach (var verb in new[] { "up", "check", "backup", "restore", "user", "test", "bench" })
            Assert.Contains($"./gifshare {verb}", help.Output, StringComparison.Ordinal);

        Assert.Equal(2, (await RunningProgram.RunAsync(launcher, ["dance"], Token)).ExitCode);
        Assert.Equal(2, (await RunningProgram.RunAsync(launcher, [], Token)).ExitCode);
        Assert.Equal(2, (await RunningProgram.RunAsync(launcher, ["bench", "nothing"], Token)).ExitCode);
    }

    private async Task WriteAsync()
    {
        await using var source = NpgsqlDataSource.Create(ManagedPostgres.ConnectionStringOf(Data)! + ";Pooling=false");
        await using var command = source.CreateCommand("CREATE TABLE public.kept AS SELECT 42 AS answer");
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task<object?> ReadAsync()
    {
        await using var source = NpgsqlDataSource.Create(ManagedPostgres.ConnectionStringOf(Data)! + ";Pooling=false");
        await using var command = source.CreateCommand("SELECT answer FROM public.kept");
        return await command.ExecuteScalarAsync(Token);
    }
}
