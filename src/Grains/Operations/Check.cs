using System.Globalization;
using Npgsql;

namespace GifShare.Grains.Operations;

/// <summary>A counter that is not what its rows say.</summary>
public sealed record Difference(string Counter, string Of, long Stored, long Counted)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Counter} of {Of}: {Stored} is stored, {Counted} is counted");
}

/// <summary>
/// <c>gifshare check</c>: recounts everything that is counted. All of it in one snapshot, so it may run while the product does; only views
/// of the last second are in neither. Changes nothing.
/// </summary>
public static class Check
{
    /// <summary>Differences shown per counter at most.</summary>
    private const int Shown = 1000;

    private static readonly (string Counter, string Sql)[] Counters =
    [
        ("item_count", """
            SELECT c.id::text, c.item_count::bigint, count(i.gif_id)
            FROM collections c LEFT JOIN collection_items i ON i.collection_id = c.id AND i.removed_at IS NULL AND i.available GROUP BY c.id
            """),
        ("available items", """
            SELECT i.collection_id::text, count(*) FILTER (WHERE i.available), count(*) FILTER (WHERE g.deleted_at IS NULL AND u.deleted_at IS NULL)
            FROM collection_items i JOIN gifs g ON g.id = i.gif_id JOIN users u ON u.id = g.owner_id WHERE i.removed_at IS NULL GROUP BY 1
            """),
        ("like_count", """
            SELECT k.collection_id::text, k.like_count, count(l.user_id)
            FROM collection_counters k LEFT JOIN collection_likes l ON l.collection_id = k.collection_id GROUP BY k.collection_id
            """),
        ("view_count", """
            SELECT k.collection_id::text, k.view_count, COALESCE(sum(v.views), 0)::bigint
            FROM collection_counters k LEFT JOIN collection_views v ON v.collection_id = k.collection_id GROUP BY k.collection_id
            """),
        ("link view_count", """
            SELECT l.id::text, l.view_count, COALESCE(sum(v.views), 0)::bigint
            FROM share_links l LEFT JOIN collection_views v ON v.collection_id = l.collection_id AND v.link_id = l.id GROUP BY l.id
            """),
        ("counters", """
            SELECT c.id::text, 1::bigint, count(k.collection_id) FROM collections c LEFT JOIN collection_counters k ON k.collection_id = c.id GROUP BY c.id
            """),
        ("storage", """
            SELECT u.id::text, COALESCE(max(s.used), 0)::bigint, COALESCE(sum(g.size) FILTER (WHERE g.object_key IS NOT NULL AND g.deleted_at IS NULL), 0)::bigint
            FROM users u LEFT JOIN user_storage s ON s.user_id = u.id LEFT JOIN gifs g ON g.owner_id = u.id GROUP BY u.id
            """),
    ];

    public static async Task<IReadOnlyList<Difference>> Run(string connectionString, CancellationToken cancel = default)
    {
        await using var source = Postgres.Apart(connectionString, "gifshare-check");
        await using var connection = await source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
        List<Difference> differences = [];
        foreach (var (counter, sql) in Counters)
        {
            await using var command = new NpgsqlCommand($"SELECT * FROM ({sql}) AS t (id, stored, counted) WHERE stored <> counted ORDER BY id LIMIT {Shown}", connection);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
                differences.Add(new(counter, reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)));
        }

        return differences;
    }
}
