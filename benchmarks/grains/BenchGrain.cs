namespace GifShare.Bench.Grains;

[Alias("bench.IBenchGrain")]
public interface IBenchGrain : IGrainWithGuidKey
{
    [Alias("Add")]
    Task<int> Add(int number);
}

/// <summary>An empty grain: what is measured is Orleans.</summary>
[GrainType("bench")]
public sealed class BenchGrain : Grain, IBenchGrain
{
    int sum;

    public Task<int> Add(int number) => Task.FromResult(sum += number);
}
