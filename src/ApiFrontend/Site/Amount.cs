using System.Globalization;

namespace GifShare.ApiFrontend.Site;

/// <summary>Formats sizes and times for people.</summary>
internal static class Amount
{
    /// <summary><c>0 KB</c>, <c>340 KB</c>, <c>1.2 MB</c>, <c>5 GB</c>; powers of 1024, as in the settings.</summary>
    public static string Size(long bytes) => bytes switch
    {
        <= 0 => "0 KB",
        < 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, bytes >> 10)} KB"),
        < 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.#} GB"),
    };

    /// <summary>A time as plain text with "UTC", where a <c>time</c> element is not allowed, such as in an option.</summary>
    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("d MMM yyyy HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
