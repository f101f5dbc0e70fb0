namespace GifShare.Bench.Grains;

[Alias("bench.IBenchGrain")]
public interface IBenchGrain : IGrainWithGuidKey
{
    [Alias("Add")]
    Task<int> Add(int number);
}

/// <summary>An empty grain: what is measured is the engine.</summary>
[GrainType("bench")]
public sealed class BenchGrain : Grain, IBenchGrain
{
    int sum;

    public Task<int> Add(int number) => Task.FromResult(sum += number);
}

/// <summary>What every silo of ours has: a filter around each call.</summary>
public sealed class PassingFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context) => await context.Invoke();
}
