namespace GifShare;

/// <summary>Response timeouts of grain methods that may take longer than <c>Cluster:ResponseTimeout</c> of a frontend.</summary>
public static class Patience
{
    /// <summary>
    /// Fifteen seconds, for calls that may legitimately take long: a password queued for hashing, a statement over 10,000 rows, a retried
    /// request that waits for the first one's transaction.
    /// </summary>
    public const string ForSlowCalls = "00:00:15";
}
