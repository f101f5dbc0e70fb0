using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Collections;

internal static partial class CollectionsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Views of {Count} links and collections wait for PostgreSQL")]
    public static partial void ViewsWait(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Views of collection {Collection} were refused by PostgreSQL and are lost")]
    public static partial void ViewsLost(ILogger log, Exception exception, CollectionId collection);

    [LoggerMessage(Level = LogLevel.Error, Message = "An edit of collection {Collection} failed; its rows are read again before the next one")]
    public static partial void EditFailed(ILogger log, Exception exception, CollectionId collection);

    [LoggerMessage(Level = LogLevel.Information, Message = "Collection {Collection}: items follow their gifs again")]
    public static partial void Repaired(ILogger log, CollectionId collection);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Listening for changed cards was interrupted: {Cause}; pages are refreshed when it goes on")]
    public static partial void ListenInterrupted(ILogger log, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "Purged {Collections} collections and {Items} items whose time to be restored is over")]
    public static partial void Purged(ILogger log, int collections, int items);
}
