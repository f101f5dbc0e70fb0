namespace GifShare.Grains.Rows;

/// <summary>
/// A write was made on an old revision of its entity: another activation has written meanwhile (a silo that was taken for dead goes on, a
/// network split). Nothing of the write is kept. <see cref="Postgres.Run"/> makes it a <see cref="StoreUnavailableException"/>, so every grain
/// answers it as it answers an unknown outcome: the caller gets <c>unavailable</c>, the memory is read again before its next use.
/// </summary>
internal sealed class OvertakenException() : Exception("Another activation has written this entity meanwhile; nothing was changed, its rows are read again.")
{
    /// <summary>For the statement that compares the revision and raises it: it changes the entity's one row, or none.</summary>
    public static void Unless(bool isOnRevision)
    {
        if (!isOnRevision)
            throw new OvertakenException();
    }
}
