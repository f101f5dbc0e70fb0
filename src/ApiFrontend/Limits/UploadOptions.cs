namespace GifShare.ApiFrontend.Limits;

/// <summary>
/// Settings <c>Uploads:*</c>: bounds on files that are on their way, from their first byte until they are stored or refused. Each frontend counts for
/// itself: an account that sends through all of N frontends may have N times as much on the way, and a cluster holds N times
/// <see cref="MaxBytes"/>. What is stored never exceeds the quota, whose row is one for all, and the disk's reserve
/// (<c>ObjectStore:MinimumFreeBytes</c>) is one for all that share it.
/// </summary>
public sealed class UploadOptions
{
    /// <summary>
    /// Bytes on the way at a time, of everybody: 2 GB, which is eighty of the largest files. Nobody may have more than is left for the others: one account at
    /// most half of it, two a third each, so that there is room for one more, however many do not finish.
    /// </summary>
    public long MaxBytes { get; set; } = 2L << 30;

    /// <summary>Bytes on the way at a time of one account, announced ones included: 300 MB is the largest form of the pages, or eleven of the largest files one by one.</summary>
    public long MaxBytesPerUser { get; set; } = 300L << 20;

    /// <summary>
    /// Every next megabyte of a file (or what is left of it) must arrive within so many seconds, else 408. An average would let somebody who sent almost all of it at once hold it for
    /// days. 120 is 70 kbit/s, a telephone without 3G.
    /// </summary>
    public int SecondsPerMegabyte { get; set; } = 120;

    /// <summary>
    /// Bytes that stay free where the forms of pages lie until all of them has come: the folder for temporary files, which may be another disk than
    /// the store's, and is others' as well. 64 MB.
    /// </summary>
    public long MinimumFreeTempBytes { get; set; } = 64L << 20;
}
