using System.Diagnostics;
using GifShare.Fixtures;

namespace GifShare.Faults.Tests;

/// <summary>The product as a process of its own, with its own database, that a test may kill, freeze, starve and start again.</summary>
public sealed class Product : IAsyncDisposable
{
    /// <summary>Everything comes from one address and a few people: their limits would measure themselves.</summary>
    private static readonly string[] NoLimits =
    [
        "RateLimits:WritesPerMinute=0", "RateLimits:UploadsPerHour=0", "RateLimits:ReadsPerMinutePerAddress=0",
        "RateLimits:AnonymousPostsPerMinutePerAddress=0", "RateLimits:RegistrationsPerHourPerAddress=0",
    ];

    private readonly ProgramFolder place;
    private readonly string[] arguments;

    private Product(ProgramFolder place, string[] arguments)
    {
        this.place = place;
        this.arguments = arguments;
    }

    public RunningProgram Program { get; private set; } = null!;

    public Uri Address => Program.Address;

    public string Data => place.Data;

    /// <param name="name">What its folder is called.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="settings">As <c>--set</c> takes them; they win over "no rate limits".</param>
    public static async Task<Product> StartAsync(string name, CancellationToken cancellationToken, params string[] settings) =>
        await StartAsync(new ProgramFolder(name), cancellationToken, settings);

    /// <summary>The same in a folder that was made ready; it is deleted with the product.</summary>
    public static async Task<Product> StartAsync(ProgramFolder place, CancellationToken cancellationToken, params string[] settings)
    {
        var product = new Product(place, [.. NoLimits.Append("Logging:LogLevel:Default=Warning").Concat(settings).SelectMany(s => new[] { "--set", s })]);
        try
        {
            await product.StartAgainAsync(cancellationToken);
            return product;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>After it was killed or ended. Another port: addresses held by clients are stale.</summary>
    /// <returns>How long it took until it served.</returns>
    public async Task<TimeSpan> StartAgainAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        if (Program is not null)
            await Program.DisposeAsync();
        Program = await RunningProgram.UpAsync(Data, cancellationToken, arguments);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary><c>./gifshare check</c> beside it, which must find nothing.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var (code, output) = await RunningProgram.RunAsync(["check", "--data", Data, .. arguments], cancellationToken);
        Assert.True(code == 0 && output.Contains("0 differences", StringComparison.Ordinal), output);
    }

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        place.Dispose();
    }
}
