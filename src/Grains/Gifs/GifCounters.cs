using GifShare.Grains.Operations;

namespace GifShare.Grains.Gifs;

/// <summary>The denormalized counters of gifs, each with the query that recounts it.</summary>
internal static class GifCounters
{
    public static CountedColumn[] All { get; } =
    [
        new("storage", """
            SELECT u.id::text, COALESCE(max(s.used), 0)::bigint, COALESCE(sum(g.size) FILTER (WHERE g.object_key IS NOT NULL AND g.deleted_at IS NULL), 0)::bigint
            FROM users u LEFT JOIN user_storage s ON s.user_id = u.id LEFT JOIN gifs g ON g.owner_id = u.id GROUP BY u.id
            """),
    ];
}
