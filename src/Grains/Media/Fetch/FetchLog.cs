using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Media.Fetch;

internal static partial class FetchLog
{
    // Debug, because strangers decide how often; and the host alone, because addresses hold signatures.
    [LoggerMessage(Level = LogLevel.Debug, Message = "An address at {Host} was not fetched: {Code}")]
    public static partial void NotFetched(this ILogger log, string? host, string code);
}
