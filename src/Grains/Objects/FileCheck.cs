using GifShare.ObjectStore;

namespace GifShare.Grains.Objects;

/// <summary>What <c>gifshare check</c> finds when it compares rows with the store.</summary>
/// <param name="Referenced">How many files rows refer to.</param>
/// <param name="Missing">Those that the store does not have.</param>
/// <param name="Orphans">How many files of more than a day no row refers to; the sweep deletes them.</param>
public sealed record FileCheck(long Referenced, IReadOnlyList<ObjectKey> Missing, long Orphans)
{
    private static readonly TimeSpan OrphanAge = TimeSpan.FromDays(1);

    internal static async Task<FileCheck> Run(string connectionString, IObjectStore store, CancellationToken cancel)
    {
        await using var source = Postgres.Apart(connectionString, "gifshare-check");
        await using var connection = await source.OpenConnectionAsync(cancel);
        var comparison = new ObjectComparison(store, async shard => await ObjectComparison.References(connection, shard));
        var before = TimeProvider.System.GetUtcNow() - OrphanAge;
        var (referenced, orphans) = (0L, 0L);
        List<ObjectKey> missing = [];
        for (var shard = 0; shard <= byte.MaxValue; shard++)
        {
            var found = await comparison.Compare((byte)shard, before, cancel);
            referenced += found.Referenced;
            orphans += found.Orphans.Count;
            missing.AddRange(found.Missing);
        }

        return new(referenced, missing, orphans);
    }
}
