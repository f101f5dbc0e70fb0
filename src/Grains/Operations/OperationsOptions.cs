namespace GifShare.Grains.Operations;

/// <summary>Settings under <c>Operations</c>.</summary>
public sealed class OperationsOptions
{
    /// <summary>How often a silo reports: often enough to watch, seldom enough to cost nothing. 1..60, a divisor of a minute.</summary>
    public int ReportSeconds { get; set; } = 5;
}
