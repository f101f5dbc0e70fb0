namespace GifShare.ApiFrontend.Collections;

/// <summary>
/// Settings <c>Downloads:*</c>: ZIPs that are being made at the same time, for each process that serves; 0 turns a limit off. Each costs up to
/// the page of 50 items that it is at, in the grain, on the way and here, and up to 1 KB for each file that is in it already: 10 MB for 10,000 files.
/// </summary>
public sealed class DownloadOptions
{
    /// <summary>One more is answered 503. 32 of the largest, with texts as long as they may be, took 500 MB at once and did not fit into a heap of 192 MB; half of them do
    /// for a house, and leave the database's connections to others.</summary>
    public int Most { get; set; } = 16;

    /// <summary>Of one address (IPv4, IPv6 /64), so that four of them are needed to take all; one more is answered 429. A household shares one.</summary>
    public int MostPerAddress { get; set; } = 4;

    /// <summary>Of one account, wherever it is signed in; one more is answered 429.</summary>
    public int MostPerAccount { get; set; } = 4;

    /// <summary>
    /// Seconds for each 64 KB to be taken; then the download is broken off, so that nobody holds a place by taking nothing.
    /// <c>Connections:MinBytesPerSecond</c> does not see to that: it counts what the system's buffers took for the client, megabytes, as its haste.
    /// In 30 seconds it is 2 KB a second, a quarter of what the slowest mobile line gives. Behind a proxy it is the proxy that takes.
    /// </summary>
    public int StallSeconds { get; set; } = 30;

    /// <summary>Each begun number of items counts as one read of the address (<c>RateLimits:ReadsPerMinutePerAddress</c>): they are read from the database.</summary>
    public int ItemsPerRead { get; set; } = 50;
}
