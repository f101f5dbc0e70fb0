using GifShare.Grains.Operations;

namespace GifShare.Grains.Media;

/// <summary>The denormalized counters of media, each with the query that recounts it.</summary>
internal static class MediaCounters
{
    public static CountedColumn[] All { get; } =
    [
        new("storage", """
            SELECT u.id::text, COALESCE(s.used, 0)::bigint, (
                COALESCE((SELECT sum(o.size) FROM (SELECT DISTINCT object_key, size FROM held_objects WHERE owner_id = u.id) o), 0)
                + COALESCE((SELECT sum(m.size) FROM media m WHERE m.owner_id = u.id AND m.status IN ('pending', 'uploaded')), 0))::bigint
            FROM users u LEFT JOIN user_storage s ON s.user_id = u.id
            """),
    ];
}
