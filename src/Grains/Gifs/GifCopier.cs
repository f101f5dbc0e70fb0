using System.Collections.Immutable;
using Dapper;
using GifShare.Gifs;
using GifShare.Grains.Objects;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>
/// Finds gifs that a user has already, by bytes or address, and copies other users' gifs: a new row of the caller with the same stored bytes or
/// address, independent of the original.
/// </summary>
public sealed class GifCopier(StorageQuota quota, TimeProvider time)
{
    /// <summary>
    /// Copies other users' gifs for the caller, in the caller's transaction. A gif that the caller has already is used as it is; one in the caller's
    /// trash is restored. A refusal writes nothing. The originals are locked, so their bytes are not purged before the copies refer to them.
    /// </summary>
    /// <returns>The own gif by its original, without originals deleted meanwhile. Errors: quota_exceeded.</returns>
    /// <exception cref="OvertakenException">The caller concurrently adds and deletes one of the gifs.</exception>
    public async Task<Result<OwnCopies>> Copy(NpgsqlConnection connection, UserId caller, IReadOnlyCollection<GifId> originals)
    {
        var made = ImmutableDictionary.CreateBuilder<GifId, GifId>();
        List<GifId> restored = [];
        if (originals.Count == 0)
            return new OwnCopies(made.ToImmutable(), restored);
        var sources = (await connection.QueryAsync<(Guid Id, string What, long Size)>(
            $"""
            SELECT g.id, coalesce(g.object_key, g.url), coalesce(g.size, 0) FROM {GifCards.From}
            WHERE g.id = ANY(@ids) AND {GifCards.IsLive} AND g.status = 'ready' ORDER BY g.id FOR SHARE OF g
            """,
            new { ids = originals.Select(id => id.Value).ToArray() })).AsList();
        var mine = (await Held(connection, caller, [.. sources.Select(source => source.What)])).ToDictionary(row => row.What);
        var missing = sources.Where(source => !mine.ContainsKey(source.What)).DistinctBy(source => source.What).ToList();
        var trashed = mine.Values.Where(row => row.IsTrashed).ToList();
        HeldBytes[] bytes = [.. from source in sources.DistinctBy(source => source.What)
                                where source.Size > 0 && (!mine.TryGetValue(source.What, out var held) || held.IsTrashed)
                                select new HeldBytes(source.What, source.Size)];
        if (bytes.Length > 0 && !await quota.Take(connection, caller, bytes))
            return StorageQuota.Exceeded;

        await BringBack(connection, [.. trashed.Select(held => held.Id)]);
        restored.AddRange(trashed.Select(held => new GifId(held.Id)));

        var fresh = missing.ConvertAll(source => (source.What, Source: source.Id, Id: GifId.New()));
        var inserted = (await connection.QueryAsync<Guid>(
            """
            INSERT INTO gifs (id, owner_id, provider, url, object_key, file_name, width, height, size, content_type, title, alt_text, tags, rating, created_at, updated_at)
            SELECT t.id, @owner, g.provider, g.url, g.object_key, g.file_name, g.width, g.height, g.size, g.content_type, g.title, g.alt_text, g.tags, g.rating, @now, @now
            FROM unnest(@ids, @sources) AS t (id, source) JOIN gifs g ON g.id = t.source
            -- A fixed order, so that concurrent copies of the same gifs cannot deadlock.
            ORDER BY coalesce(g.object_key, g.url)
            ON CONFLICT DO NOTHING RETURNING id
            """,
            new
            {
                owner = caller.Value,
                ids = fresh.Select(row => row.Id.Value).ToArray(),
                sources = fresh.Select(row => row.Source).ToArray(),
                now = time.GetUtcNow(),
            })).ToHashSet();
        var own = fresh.Where(row => inserted.Contains(row.Id.Value)).ToDictionary(row => row.What, row => row.Id);
        if (own.Count < fresh.Count)
        {
            // A concurrent copy has inserted these gifs, and taken the storage for them: taking it again counted nothing.
            var late = fresh.Where(row => !own.ContainsKey(row.What)).Select(row => row.What).ToArray();
            var taken = (await Held(connection, caller, late)).AsList();
            OvertakenException.Unless(taken.Count == late.Length && !taken.Exists(static held => held.IsTrashed));
            foreach (var held in taken)
                own.Add(held.What, new(held.Id));
        }

        foreach (var source in sources)
            made[new(source.Id)] = own.TryGetValue(source.What, out var copy) ? copy : new(mine[source.What].Id);
        return new OwnCopies(made.ToImmutable(), restored);
    }

    /// <summary>The owner's gifs with these bytes or addresses, one each: the live one, else the most recently deleted one in the trash.</summary>
    public Task<IEnumerable<HeldGif>> Held(NpgsqlConnection connection, UserId owner, params string[] whats) => connection.QueryAsync<HeldGif>(
        """
        SELECT DISTINCT ON (What) What, Id, Size, IsTrashed, IsLost FROM (
            SELECT coalesce(object_key, url) AS What, id, coalesce(size, 0) AS Size, deleted_at IS NOT NULL AS IsTrashed, status = 'failed' AS IsLost, deleted_at FROM gifs
            WHERE owner_id = @owner AND md5(owner_id::text || coalesce(object_key, url)) = ANY(ARRAY(SELECT md5(@owner::uuid::text || what) FROM unnest(@whats) AS what))
                AND (deleted_at IS NULL OR deleted_at > @since) ORDER BY id FOR UPDATE) held
        ORDER BY What, deleted_at DESC NULLS FIRST
        """,
        new { owner = owner.Value, whats, since = time.GetUtcNow() - GifRules.UndoWindow });

    /// <summary>Restores gifs from the trash. Their followers must then be notified.</summary>
    public static Task<int> BringBack(NpgsqlConnection connection, params Guid[] ids) => connection.ExecuteAsync(
        "UPDATE gifs SET deleted_at = NULL, telling_due = true, revision = revision + 1 WHERE id = ANY(@ids)", new { ids });
}

/// <param name="What">Object key or address.</param>
/// <param name="IsLost">Its file was missing from the store.</param>
public sealed record HeldGif(string What, Guid Id, long Size, bool IsTrashed, bool IsLost);

/// <summary>The result of a copy.</summary>
/// <param name="Mine">The caller's gif, by the original.</param>
/// <param name="Restored">The caller's gifs restored from the trash, whose followers must be told (<see cref="IGifGrain.FinishTelling"/>).</param>
public sealed record OwnCopies(ImmutableDictionary<GifId, GifId> Mine, IReadOnlyList<GifId> Restored);
