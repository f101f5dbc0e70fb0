namespace GifShare.Grains.Operations;

/// <summary>Settings under <c>Operations</c>.</summary>
public sealed class OperationsOptions
{
    /// <summary>Report interval of a silo in seconds: short enough to watch, long enough to cost nothing. 1 to 60, a divisor of 60.</summary>
    public int ReportSeconds { get; set; } = 5;
}
