using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Collections;

internal static partial class CollectionsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Views of {Count} links and collections are not written yet: PostgreSQL is not available")]
    public static partial void ViewsWait(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL refused the views of collection {Collection}; they are lost")]
    public static partial void ViewsLost(ILogger log, Exception exception, CollectionId collection);

    [LoggerMessage(Level = LogLevel.Information, Message = "Collection {Collection}: items that did not match their gifs' rows were corrected")]
    public static partial void Repaired(ILogger log, CollectionId collection);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Listening for changed titles and names was interrupted: {Cause}. All pages are refreshed when it continues")]
    public static partial void ListenInterrupted(ILogger log, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "Purged {Collections} collections, {Items} items and {Links} links deleted 30 days ago")]
    public static partial void Purged(ILogger log, int collections, int items, int links);
}
