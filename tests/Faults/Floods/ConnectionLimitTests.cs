using System.Diagnostics;
using System.Net.Sockets;
using GifShare.Fixtures;

namespace GifShare.Faults.Tests.Floods;

/// <summary>Connections are counted, and what opens files beside them goes on.</summary>
public sealed class ConnectionLimitTests : IDisposable
{
    private const int Max = 40, PerAddress = 15;

    private readonly ProgramFolder place = new("connections");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task One_address_cannot_take_all_connections_and_all_together_no_more_than_are_allowed()
    {
        await using var program = await RunningProgram.UpAsync(
            place.Data, Token, "--set", $"Connections:Max={Max}", "--set", $"Connections:MaxPerAddress={PerAddress}");
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
    public async Task More_connections_than_files_end_nothing()
    {
        // What the default would be with so few files: it needs less than 512 itself.
        const int files = 1_000, own = 512;
        await using var program = await RunningProgram.UpAsync(place.Data, Token, "--set", $"Connections:Max={(files - own) / 2}", "--set", "Connections:MaxPerAddress=0");
        var database = program.DatabaseId;
        Assert.NotNull(database);
        Assert.InRange(Directory.EnumerateFileSystemEntries($"/proc/{program.Id}/fd").Count(), 1, own);
        await Limit(program, files);
        var wires = new List<Wire>();
        try
        {
            for (var n = 0; n < files; n++)
            {
                var wire = new Wire(program.Address);
                wires.Add(wire);
                try
                {
                    await wire.OpenAsync(Token);
                }
                catch (SocketException)
                {
                    // Closed while it was opened.
                }
            }

            await Eventually.True(() => wires.Count(static w => w.IsOpen) <= (files - own) / 2, Token, TimeSpan.FromSeconds(60));
        }
        finally
        {
            wires.ForEach(static w => w.Vanish());
        }

        using var again = new Wire(program.Address);
        await Eventually.True(() => IsReady(again), Token, TimeSpan.FromSeconds(60));
        Assert.Equal(database, program.DatabaseId);
    }

    private static async Task<bool> IsReady(Wire wire)
    {
        try
        {
            return (await wire.SendAsync(new Request("GET", "/health/ready").ToBytes(), Token)).Status == 200;
        }
        catch (SocketException)
        {
            return false;
        }
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
