namespace Orleans.Runtime;

/// <summary>Key 0. What an operator may ask of the silo.</summary>
public interface IManagementGrain : IGrainWithIntegerKey
{
    /// <summary>Deactivates what has been idle for at least <paramref name="ageLimit"/>, and waits for it.</summary>
    Task ForceActivationCollection(TimeSpan ageLimit);

    Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics();

    Task<int> GetTotalActivationCount();
}

public sealed class SimpleGrainStatistic
{
    /// <summary>The grain class, by its full name.</summary>
    public string GrainType { get; init; } = "";

    public int ActivationCount { get; init; }

    public override string ToString() => $"{GrainType}: {ActivationCount}";
}
