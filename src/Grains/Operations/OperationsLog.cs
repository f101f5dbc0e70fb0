using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Operations;

internal static partial class OperationsLog
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "A report of figures was not delivered: {Cause}")]
    public static partial void NotReported(ILogger log, string cause);

    [LoggerMessage(Level = LogLevel.Error, Message = "The report of figures failed; this is a bug")]
    public static partial void ReportFailed(ILogger log, Exception exception);
}
