namespace GifShare.Bench.Grains;

[Alias("bench.IBenchGrain")]
public interface IBenchGrain : IGrainWithGuidKey
{
    [Alias("Add")]
    Task<int> Add(int number);
}

/// <summary>A grain that does no work, so that only Orleans is measured.</summary>
[GrainType("bench")]
public sealed class BenchGrain : Grain, IBenchGrain
{
    int sum;

    public Task<int> Add(int number) => Task.FromResult(sum += number);
}
