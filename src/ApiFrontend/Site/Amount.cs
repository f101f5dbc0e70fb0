using System.Globalization;

namespace GifShare.ApiFrontend.Site;

/// <summary>Sizes and moments as people write them.</summary>
internal static class Amount
{
    /// <summary><c>0 KB</c>, <c>340 KB</c>, <c>1.2 MB</c>, <c>5 GB</c>; of 1024 each, as the settings count.</summary>
    public static string Size(long bytes) => bytes switch
    {
        <= 0 => "0 KB",
        < 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, bytes >> 10)} KB"),
        < 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.#} GB"),
    };

    /// <summary>Where a <c>time</c> element cannot stand, such as in an option: in UTC, and it says so.</summary>
    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("d MMM yyyy HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
