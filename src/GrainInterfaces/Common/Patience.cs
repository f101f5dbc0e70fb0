namespace GifShare;

/// <summary>How long a caller waits for a grain beyond the usual (a frontend's <c>Cluster:ResponseTimeout</c>).</summary>
public static class Patience
{
    /// <summary>
    /// Fifteen seconds, for what may rightly take longer than a moment: a password that waits for its turn to be hashed, a statement over
    /// 10,000 rows, a repeated request that waits for the first one's answer.
    /// </summary>
    public const string ForSlowCalls = "00:00:15";
}
