namespace GifShare.Grains.Database;

internal static class Batches
{
    /// <summary>Elements processed concurrently.</summary>
    private const int Size = 64;

    /// <summary>Calls <paramref name="call"/> for every element, at most 64 at a time.</summary>
    public static async Task ForEachBatch<T>(this IEnumerable<T> items, Func<T, Task> call)
    {
        foreach (var batch in items.Chunk(Size))
            await Task.WhenAll(batch.Select(call));
    }
}
