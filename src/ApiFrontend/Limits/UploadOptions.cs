namespace GifShare.ApiFrontend.Limits;

/// <summary>
/// Settings <c>Uploads:*</c>: limits on uploads in progress. Each frontend counts for itself: with N frontends an account may upload N times as much at a
/// time, and a cluster holds N times <see cref="MaxBytes"/>. Stored bytes never exceed the quota, which is one row for all frontends, and the disk's
/// reserve (<c>ObjectStore:MinimumFreeBytes</c>) is shared by all.
/// </summary>
public sealed class UploadOptions
{
    /// <summary>
    /// Bytes in progress of all accounts: 2 GB, eighty of the largest files. No account may hold more than what remains for the others: one account at
    /// most half, two a third each, so that stalled uploads always leave room for one more account.
    /// </summary>
    public long MaxBytes { get; set; } = 2L << 30;

    /// <summary>Bytes in progress of one account, announced ones included: 300 MB is the largest form of the pages, or eleven of the largest files.</summary>
    public long MaxBytesPerUser { get; set; } = 300L << 20;

    /// <summary>
    /// Timeout in seconds for every megabyte of a file (or its rest); then 408. An average rate would let a client that sent almost everything at once
    /// hold the upload for days. 120 is 70 kbit/s, a phone without 3G.
    /// </summary>
    public int SecondsPerMegabyte { get; set; } = 120;

    /// <summary>
    /// Bytes kept free where ASP.NET buffers the pages' forms: the folder for temporary files, which may be on another disk than the store's and is used by
    /// other programs too. 64 MB.
    /// </summary>
    public long MinimumFreeTempBytes { get; set; } = 64L << 20;
}
