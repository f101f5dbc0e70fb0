using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Objects;

internal static partial class ObjectsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The stored file {Name}, which no row refers to, could not be deleted; the sweeper deletes it later: {Cause}")]
    public static partial void BytesLeft(this ILogger log, string name, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "Purged {Objects} stored files that no row refers to and {Staged} unfinished uploads")]
    public static partial void Swept(this ILogger log, int objects, int staged);
}
