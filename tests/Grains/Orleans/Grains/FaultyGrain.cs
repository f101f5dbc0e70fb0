using GifShare.Grains.Database;
using GifShare.Grains.Rows;
using Orleans.Concurrency;
using Orleans.Placement;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>An exception of some library: nobody made it cross a boundary.</summary>
internal sealed class ForeignException(Stream held) : Exception("internal detail")
{
    public Stream Held => held;
}

[Alias("test.IFaultyGrain")]
public interface IFaultyGrain : IGrainWithGuidKey
{
    /// <summary>The silo that it is on.</summary>
    [Alias("Silo"), AlwaysInterleave]
    Task<string> Silo();

    /// <summary>"bug", "store", "silo", "late" or "fault".</summary>
    [Alias("Fail")]
    Task Fail(string what);
}

[GrainType("test-faulty"), RandomPlacement]
public sealed class FaultyGrain(ILocalSiloDetails silo) : Grain, IFaultyGrain
{
    public Task<string> Silo() => Task.FromResult(silo.SiloAddress.ToString());

    public async Task Fail(string what)
    {
        await Task.Yield();
        throw what switch
        {
            "bug" => new ForeignException(Stream.Null),
            "store" => new StoreUnavailableException(new TimeoutException()),
            "silo" => new SiloUnavailableException("internal detail"),
            "late" => new TimeoutException("internal detail"),
            _ => new GrainFaultedException("a code of its own"),
        };
    }
}

[Alias("test.IFragileGrain")]
public interface IFragileGrain : IGrainWithGuidKey
{
    [Alias("Ask")]
    Task Ask();
}

/// <summary>Cannot load what it needs, and says so as the product's grains do.</summary>
[GrainType("test-fragile")]
public sealed class FragileGrain : Grain, IFragileGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken) =>
        FaultFilter.Activating(static () => throw new StoreUnavailableException(new TimeoutException()));

    public Task Ask() => Task.CompletedTask;
}
