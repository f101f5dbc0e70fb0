namespace GifShare.Fixtures.Clients;

/// <summary>
/// How much a test does: short in CI, long by <c>./gifshare test faults --long</c> (it sets <c>GIFSHARE_FAULTS=long</c>). The long form
/// also holds the product to the times it promises, which takes a quiet machine; the short one asks only that things happen at all.
/// </summary>
public static class FaultScale
{
    /// <summary>What CI gives anything that should take two to five seconds: it must hold on a machine that does thirty other things.</summary>
    private static readonly TimeSpan AnyTime = TimeSpan.FromSeconds(30);

    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("GIFSHARE_FAULTS") == "long";

    public static T Of<T>(T inShort, T inLong) => IsLong ? inLong : inShort;

    /// <summary>The promised time when it is measured, a generous one in CI.</summary>
    public static TimeSpan Promised(TimeSpan promised) => IsLong ? promised : AnyTime;

    /// <summary>Seed of what is random: <c>GIFSHARE_SEED</c>, else a new one. Tests print it, so that a failure can be had again.</summary>
    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("GIFSHARE_SEED"), out var seed) ? seed : Random.Shared.Next();
}
