namespace GifShare;

/// <summary>Response timeouts of grain methods that may take longer than the usual <c>Cluster:ResponseTimeout</c> of a frontend.</summary>
public static class Patience
{
    /// <summary>
    /// Fifteen seconds, for calls that legitimately take longer than a moment: a password that waits to be hashed, a statement over 10,000 rows, a
    /// repeated request that waits for the first one's answer.
    /// </summary>
    public const string ForSlowCalls = "00:00:15";
}
