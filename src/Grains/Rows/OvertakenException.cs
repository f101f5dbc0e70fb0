namespace GifShare.Grains.Rows;

/// <summary>
/// Optimistic concurrency conflict: the entity's revision has changed, because another activation wrote it (a duplicate after a network split
/// or a false failure detection). Nothing was written. <see cref="Postgres.Run"/> wraps it in a <see cref="StoreUnavailableException"/>, so grains
/// handle it like an unknown outcome: the caller gets <c>unavailable</c>, and memory is reloaded before its next use.
/// </summary>
internal sealed class OvertakenException() : Exception("Another activation has written this entity; nothing was changed, and its rows are reloaded.")
{
    /// <summary>Checks the result of a statement that compares and raises the revision: it must have changed the entity's row.</summary>
    public static void Unless(bool isOnRevision)
    {
        if (!isOnRevision)
            throw new OvertakenException();
    }
}
