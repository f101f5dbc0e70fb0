namespace GifShare.Grains.Database;

internal static class Batches
{
    /// <summary>Elements at work at a time.</summary>
    private const int Size = 64;

    /// <summary>Calls <paramref name="tell"/> for every element, at most 64 at a time.</summary>
    public static async Task ForEachBatch<T>(this IEnumerable<T> all, Func<T, Task> tell)
    {
        foreach (var batch in all.Chunk(Size))
            await Task.WhenAll(batch.Select(tell));
    }
}
