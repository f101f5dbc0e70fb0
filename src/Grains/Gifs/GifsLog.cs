using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Gifs;

internal static partial class GifsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Notifying collections and favourites of the deletion or restore of gif {Gif} failed; the next sweep retries: {Cause}")]
    public static partial void TellingPostponed(this ILogger log, GifId gif, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "Purged {Gifs} gifs deleted 30 days ago")]
    public static partial void Swept(this ILogger log, int gifs);
}
