using GifShare.Grains.Operations;

namespace GifShare.Grains.Collections;

/// <summary>The denormalized counters of collections, links and items, each with the query that recounts it.</summary>
internal static class CollectionCounters
{
    public static CountedColumn[] All { get; } =
    [
        new("item_count", """
            SELECT c.id::text, c.item_count::bigint, count(i.gif_id)
            FROM collections c LEFT JOIN collection_items i ON i.collection_id = c.id AND i.removed_at IS NULL AND i.available GROUP BY c.id
            """),
        new("available items", """
            SELECT i.collection_id::text, count(*) FILTER (WHERE i.available), count(*) FILTER (WHERE g.deleted_at IS NULL AND u.deleted_at IS NULL)
            FROM collection_items i JOIN gifs g ON g.id = i.gif_id JOIN users u ON u.id = g.owner_id WHERE i.removed_at IS NULL GROUP BY 1
            """),
        new("own items", """
            SELECT i.collection_id::text, count(*) FILTER (WHERE i.is_own), count(*) FILTER (WHERE g.owner_id = c.owner_id)
            FROM collection_items i JOIN gifs g ON g.id = i.gif_id JOIN collections c ON c.id = i.collection_id GROUP BY 1
            """),
        new("like_count", """
            SELECT k.collection_id::text, k.like_count, count(l.user_id)
            FROM collection_counters k LEFT JOIN collection_likes l ON l.collection_id = k.collection_id GROUP BY k.collection_id
            """),
        new("view_count", """
            SELECT k.collection_id::text, k.view_count, COALESCE(sum(v.views), 0)::bigint
            FROM collection_counters k LEFT JOIN collection_views v ON v.collection_id = k.collection_id GROUP BY k.collection_id
            """),
        new("link view_count", """
            SELECT l.id::text, l.view_count, COALESCE(sum(v.views), 0)::bigint
            FROM share_links l LEFT JOIN collection_views v ON v.collection_id = l.collection_id AND v.link_id = l.id GROUP BY l.id
            """),
        new("counters", """
            SELECT c.id::text, 1::bigint, count(k.collection_id) FROM collections c LEFT JOIN collection_counters k ON k.collection_id = c.id GROUP BY c.id
            """),
    ];
}
