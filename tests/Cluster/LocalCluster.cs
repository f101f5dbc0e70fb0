using System.Globalization;
using System.Text.RegularExpressions;
using GifShare.Fixtures;

namespace GifShare.Cluster.Tests;

/// <summary><c>./gifshare cluster</c> as a process, on a data folder of its own.</summary>
public sealed partial class LocalCluster : IAsyncDisposable
{
    private static readonly string[] NoLimits =
    [
        "RateLimits:WritesPerMinute=0", "RateLimits:UploadsPerHour=0", "RateLimits:ReadsPerMinutePerAddress=0",
        "RateLimits:AnonymousPostsPerMinutePerAddress=0", "RateLimits:RegistrationsPerHourPerAddress=0", "Logging:LogLevel:Default=Warning",
    ];

    private readonly ProgramFolder place;

    private LocalCluster(ProgramFolder place, RunningProgram program) => (this.place, Program) = (place, program);

    public RunningProgram Program { get; }

    public Uri Address => Program.Address;

    public string Data => place.Data;

    public static async Task<LocalCluster> StartAsync(string name, CancellationToken cancellationToken, params string[] arguments)
    {
        var place = new ProgramFolder(name);
        try
        {
            return new(place, await RunningProgram.StartAsync("cluster", place.Data, cancellationToken, [.. arguments, .. NoLimits.SelectMany(static s => new[] { "--set", s })]));
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>The process that is, or last was, the member of this name: <c>silo 2</c>, <c>frontend 1</c>.</summary>
    public int ProcessOf(string member) => Program.Said
        .Select(static line => IsProcess().Match(line))
        .Where(match => match.Success && match.Groups[1].Value == member)
        .Select(static match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))
        .Last();

    /// <summary>Where this member answers for health.</summary>
    public Uri HealthOf(string member) => Program.Said
        .Select(static line => IsListed().Match(line))
        .Where(match => match.Success && match.Groups[1].Value == member)
        .Select(match => new Uri(new Uri(match.Groups[2].Value), member.StartsWith("silo", StringComparison.Ordinal) ? "/health/ready" : "/health/connected"))
        .Last();

    /// <summary>Waits until another process than this one serves as the member.</summary>
    public async Task IsBackAsync(string member, int formerProcess, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await Eventually.True(
            async () =>
            {
                if (ProcessOf(member) == formerProcess)
                    return false;
                try
                {
                    return (await http.GetAsync(HealthOf(member), cancellationToken)).IsSuccessStatusCode;
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    return false;
                }
            },
            cancellationToken, TimeSpan.FromMinutes(2));
    }

    /// <summary>No member has logged something nobody expected.</summary>
    public void HasLoggedNoBug()
    {
        var bug = Program.Said.Index().FirstOrDefault(static line => line.Item.Contains("this is a bug", StringComparison.Ordinal));
        // With the exception after it, and what the silo that was asked says before.
        Assert.True(bug.Item is null, string.Join('\n', Program.Said.Skip(bug.Index - 30).Take(60)));
    }

    /// <summary><c>./gifshare check</c> beside it, which must find nothing.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var (code, output) = await RunningProgram.RunAsync(["check", "--data", Data], cancellationToken);
        Assert.True(code == 0 && output.Contains("0 differences", StringComparison.Ordinal), output);
    }

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        place.Dispose();
    }

    [GeneratedRegex("^((?:silo|frontend) [0-9]+) is process ([0-9]+)\\.$")]
    private static partial Regex IsProcess();

    [GeneratedRegex("^ +((?:silo|frontend) [0-9]+) +process [0-9]+ +(http://\\S+)$")]
    private static partial Regex IsListed();
}
