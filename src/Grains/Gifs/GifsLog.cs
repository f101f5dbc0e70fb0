using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Gifs;

internal static partial class GifsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Gif {Gif} was not created and its staged bytes could not be discarded; the sweeper will: {Cause}")]
    public static partial void StagedBytesLeft(this ILogger log, GifId gif, string cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Who holds gif {Gif} was not told of its deletion or return; the next sweep tries again: {Cause}")]
    public static partial void TellingPostponed(this ILogger log, GifId gif, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "Purged {Gifs} gifs past their undo window, {Objects} files without a gif and {Staged} unfinished uploads")]
    public static partial void Swept(this ILogger log, int gifs, int objects, int staged);
}
