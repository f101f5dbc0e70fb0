using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Media;

internal static partial class MediaLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The bytes of a deleted or refused media, {Name}, could not be deleted; the sweeper deletes them later: {Cause}")]
    public static partial void BytesLeft(this ILogger log, string name, string cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Media {Media} could not be read yet and is tried again: {Cause}")]
    public static partial void ReadingPostponed(this ILogger log, MediaId media, string cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Media {Media} could not be swept yet and is tried again: {Cause}")]
    public static partial void SweepPostponed(this ILogger log, MediaId media, string cause);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reading media {Media} failed; this is a bug")]
    public static partial void ReadingFailed(this ILogger log, Exception exception, MediaId media);

    [LoggerMessage(Level = LogLevel.Information, Message = "Ended {Expired} uploads that were not completed in time, and deleted {Deleted} media that nothing was made of")]
    public static partial void Swept(this ILogger log, int expired, int deleted);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Media {Media} is sent again from byte {Offset}: the store does not hold what was committed ({Cause})")]
    public static partial void SentAgain(this ILogger log, MediaId media, long offset, string cause);
}
