using System.Diagnostics;
using GifShare.Fixtures;

namespace GifShare.Faults.Floods;

/// <summary>Connections are counted, and what opens files beside them goes on.</summary>
public sealed class ConnectionLimitTests : IDisposable
{
    private const int Max = 40, PerAddress = 15;

    private readonly ProgramFolder _place = new("connections");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task One_address_cannot_take_all_connections_and_all_together_no_more_than_are_allowed()
    {
        await using var program = await RunningProgram.UpAsync(
            _place.Data, Token, "--set", $"Connections:Max={Max}", "--set", $"Connections:MaxPerAddress={PerAddress}");
        List<Wire> greedy = [];
        for (var n = 0; n < PerAddress; n++)
            greedy.Add(await Served(program, 1));
        Assert.False(await IsServed(program, 1));
        List<Wire> others = [];
        for (var client = 2; greedy.Count + others.Count < Max; client++)
            others.Add(await Served(program, client));
        Assert.False(await IsServed(program, 1_000));

        // Who goes makes room, for the address and for all.
        greedy[0].Vanish();
        await Eventually.True(() => IsServed(program, 1), Token, TimeSpan.FromSeconds(60));
        foreach (var wire in (Wire[])[.. greedy, .. others])
            wire.Dispose();
        await Eventually.True(() => IsServed(program, 1_000), Token, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Files_that_run_out_end_no_database()
    {
        await using var program = await RunningProgram.UpAsync(_place.Data, Token);
        var database = program.DatabaseId;
        Assert.NotNull(database);
        var wires = new List<Wire>();
        await Limit(program, Directory.EnumerateFileSystemEntries($"/proc/{program.Id}/fd").Max(static f => int.Parse(Path.GetFileName(f), System.Globalization.CultureInfo.InvariantCulture)) + 5);
        try
        {
            for (var n = 0; n < 60; n++)
            {
                var wire = new Wire(program.Address);
                wires.Add(wire);
                await wire.OpenAsync(Token);
            }

            // Its supervisor looks twice a second.
            await Task.Delay(TimeSpan.FromSeconds(3), Token);
        }
        finally
        {
            wires.ForEach(static w => w.Vanish());
            await Limit(program, 4096);
        }

        using var again = new Wire(program.Address);
        await Eventually.True(async () => (await again.SendAsync(new Request("GET", "/health/ready").ToBytes(), Token)).Status == 200, Token, TimeSpan.FromSeconds(60));
        Assert.Equal(database, program.DatabaseId);
        Assert.DoesNotContain(program.Said, static line => line.Contains("ended unexpectedly", StringComparison.Ordinal));
    }

    private static async Task Limit(RunningProgram program, int files)
    {
        using var prlimit = Process.Start("prlimit", ["--pid", $"{program.Id}", $"--nofile={files}:"]);
        await prlimit.WaitForExitAsync(Token);
        Assert.Equal(0, prlimit.ExitCode);
    }

    private static async Task<Wire> Served(RunningProgram program, int client)
    {
        var wire = new Wire(program.Address, Wire.Client(client));
        await wire.OpenAsync(Token);
        Assert.Equal(200, (await wire.SendAsync(new Request("GET", "/health/live").ToBytes(), Token)).Status);
        return wire;
    }

    private static async Task<bool> IsServed(RunningProgram program, int client)
    {
        using var wire = new Wire(program.Address, Wire.Client(client));
        await wire.OpenAsync(Token);
        await wire.WriteAsync(new Request("GET", "/health/live").ToBytes(), Token);
        return (await wire.ReadAsync(Token)).Status == 200;
    }
}
