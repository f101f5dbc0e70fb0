using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Objects;

internal static partial class ObjectsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The stored file {Name}, which no row refers to, could not be deleted; the sweeper deletes it later: {Cause}")]
    public static partial void BytesLeft(this ILogger log, string name, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Staged} unfinished uploads")]
    public static partial void Swept(this ILogger log, int staged);

    [LoggerMessage(Level = LogLevel.Information, Message = "Compared rows and store: deleted {Orphans} files that no row refers to; {Lost} files are lost")]
    public static partial void Reconciled(this ILogger log, int orphans, int lost);

    [LoggerMessage(Level = LogLevel.Error, Message = "The file {Name} is missing from the store, though rows refer to it; look for it in a backup")]
    public static partial void FileLost(this ILogger log, string name);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Rows and store do not belong together: {Missing} of {Referenced} files are missing, and nothing refers to {Orphans} of {Stored}. Is this the right folder, bucket and database? Nothing was changed")]
    public static partial void WrongStore(this ILogger log, int missing, long referenced, int orphans, long stored);
}
