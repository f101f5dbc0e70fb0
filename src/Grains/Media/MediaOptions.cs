namespace GifShare.Grains.Media;

/// <summary>Settings under <c>Media</c>.</summary>
public sealed class MediaOptions
{
    /// <summary>
    /// Bytes of a part. 16 MB: a lost connection costs little, and 2 GB are 128 parts. At least 5 MB, the smallest part of S3; at most 64 MB.
    /// </summary>
    public long PartBytes { get; set; } = 16L << 20;

    /// <summary>Bytes of the largest file: 2 GB.</summary>
    public long MaxFileBytes { get; set; } = 2L << 30;

    /// <summary>Hours until an unfinished upload ends, counted from its announcement.</summary>
    public int ExpireHours { get; set; } = 24;

    /// <summary>Days until media that nothing was made of, and failed ones, are deleted.</summary>
    public int UnusedDays { get; set; } = 30;

    /// <summary>Media of one account that nothing was made of, uploads included: 1,000, so that announcing costs rows of bounded number.</summary>
    public int MaxUnusedPerUser { get; set; } = 1_000;
}
