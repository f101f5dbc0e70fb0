using Dapper;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Objects;

/// <summary>What rows and store disagree about in one shard.</summary>
/// <param name="Referenced">How many files rows refer to.</param>
/// <param name="Stored">How many files the store has.</param>
/// <param name="Missing">Those of them that the store does not have.</param>
/// <param name="Orphans">Files that no row refers to. Rows may refer to them meanwhile.</param>
public sealed record ShardComparison(int Referenced, int Stored, IReadOnlyList<ObjectKey> Missing, IReadOnlyList<ObjectKey> Orphans);

/// <summary>
/// Compares the files that rows refer to with those that the store has, in shards (<see cref="IObjectStore.ListAsync"/>), so that little is held in memory
/// however many there are.
/// </summary>
/// <param name="references">Reads <see cref="References"/>.</param>
public sealed class ObjectComparison(IObjectStore objects, Func<byte, Task<IEnumerable<string>>> references)
{
    /// <param name="before">Younger files without rows may belong to an upload whose row is about to be written; they are no orphans.</param>
    public async Task<ShardComparison> Compare(byte shard, DateTimeOffset before, CancellationToken cancel)
    {
        // Rows first: a file is in the store before a row refers to it.
        var referenced = (await references(shard)).ToHashSet();
        var missing = new HashSet<string>(referenced);
        List<ObjectKey> orphans = [];
        var count = 0;
        await foreach (var stored in objects.ListAsync(shard, cancel))
        {
            var name = stored.Key.ToString();
            count++;
            missing.Remove(name);
            if (stored.StoredAt < before && !referenced.Contains(name))
                orphans.Add(stored.Key);
        }

        return new(referenced.Count, count, missing.Count == 0 ? [] : await StillMissing(missing, shard, cancel), orphans);
    }

    /// <summary>The files of a shard that rows refer to.</summary>
    public static Task<IEnumerable<string>> References(NpgsqlConnection connection, byte shard) => connection.QueryAsync<string>(
        "SELECT DISTINCT object_key FROM object_references WHERE object_key >= @first AND object_key < @next AND NOT is_pending",
        new { first = $"{shard:x2}", next = shard == byte.MaxValue ? "g" : $"{shard + 1:x2}" });

    /// <summary>Without those whose last row was deleted since, and those that were stored since.</summary>
    private async Task<List<ObjectKey>> StillMissing(HashSet<string> missing, byte shard, CancellationToken cancel)
    {
        missing.IntersectWith(await references(shard));
        List<ObjectKey> still = [];
        foreach (var name in missing)
            if (ObjectKey.TryParse(name, out var key) && !await objects.ExistsAsync(key, cancel))
                still.Add(key);
        return still;
    }
}
