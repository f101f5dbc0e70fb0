using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Streams;

internal static partial class StreamsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} events of stream {Stream} were not sent: {Cause}. Listeners re-read rows instead")]
    public static partial void NotPublished(ILogger log, int count, string stream, string cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscribing to shard {Shard} of stream {Stream} failed: {Cause}. The next attempt is in {Seconds} s")]
    public static partial void NotSubscribed(ILogger log, int shard, string stream, string cause, int seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The subscription to shard {Shard} of stream {Stream} was missing and has been renewed")]
    public static partial void SubscribedAgain(ILogger log, int shard, string stream);

    [LoggerMessage(Level = LogLevel.Information, Message = "The subscriptions to stream {Stream} were not removed: {Cause}. Other silos drop them when they notice that this silo is gone")]
    public static partial void NotUnsubscribed(ILogger log, string stream, string cause);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Listener} threw on an event of stream {Stream}; this is a bug")]
    public static partial void ListenerFailed(ILogger log, Exception exception, string listener, string stream);

    [LoggerMessage(Level = LogLevel.Error, Message = "Stream {Stream} no longer follows cluster membership; this is a bug")]
    public static partial void MembersLost(ILogger log, Exception exception, string stream);
}
