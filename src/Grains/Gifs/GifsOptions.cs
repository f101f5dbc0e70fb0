namespace GifShare.Grains.Gifs;

/// <summary>Settings under <c>Storage</c>.</summary>
public sealed class GifsOptions
{
    /// <summary>Bytes of live uploads per user. 5 GB is some thousand gifs; one account cannot fill a home server's disk.</summary>
    public long QuotaPerUser { get; set; } = 5L * 1024 * 1024 * 1024;
}
