namespace GifShare.ApiFrontend.Collections;

/// <summary>
/// Settings <c>Downloads:*</c>: limits on concurrent ZIP downloads, per serving process; 0 turns a limit off. Each download holds up to
/// one page of 50 items in the grain, in transit and here, and up to 1 KB for each file already in the archive: 10 MB for 10,000 files.
/// </summary>
public sealed class DownloadOptions
{
    /// <summary>
    /// Concurrent downloads; further ones get 503. 32 of the largest, with texts of maximum length, took 500 MB and exceeded a heap of 192 MB; 16
    /// suffice for a household and leave database connections to others.
    /// </summary>
    public int Most { get; set; } = 16;

    /// <summary>
    /// Concurrent downloads per address (IPv4, IPv6 /64), which a household shares; further ones get 429. Four addresses are needed to reach <see cref="Most"/>.
    /// </summary>
    public int MostPerAddress { get; set; } = 4;

    /// <summary>Concurrent downloads per account, over all sessions; further ones get 429.</summary>
    public int MostPerAccount { get; set; } = 4;

    /// <summary>
    /// Write timeout in seconds for each 64 KB; then the download is aborted, so that no client holds a slot by reading nothing.
    /// <c>Connections:MinBytesPerSecond</c> does not cover this: megabytes that fit into the system's send buffers count as sent.
    /// 30 seconds are 2 KB a second, a quarter of the slowest mobile connection. Behind a proxy this measures the proxy.
    /// </summary>
    public int StallSeconds { get; set; } = 30;

    /// <summary>Items per charged read of the address's budget (<c>RateLimits:ReadsPerMinutePerAddress</c>), rounded up: items are read from the database.</summary>
    public int ItemsPerRead { get; set; } = 50;
}
