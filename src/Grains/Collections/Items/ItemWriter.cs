using GifShare.Grains.Gifs;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>The appends of one collection in one statement: items, the version they were made on, and stored answers.</summary>
public sealed class AppendGroup
{
    public required CollectionId Collection { get; init; }
    public required long OnVersion { get; init; }
    public required long OnRevision { get; init; }
    public required DateTimeOffset At { get; init; }
    public List<AddedItem> Items { get; } = [];
    public List<(IdempotencyTicket Ticket, byte[] Answer)> Answers { get; } = [];

    /// <summary>
    /// Set by the write: the inserted items with their gifs' cards, unavailable if the gif was deleted meanwhile. A missing item without
    /// <see cref="AddedItem.IfOwn"/> means that the revision had changed and nothing was written.
    /// </summary>
    public Dictionary<GifId, (GifCard Card, bool IsAvailable)> Written { get; } = [];
}

/// <summary>Group commit of appends to many collections: items, counts, versions and stored answers in one statement.</summary>
public sealed class ItemWriter : IAsyncDisposable
{
    private const string Statement =
        $"""
        WITH target AS MATERIALIZED (
            SELECT c.id, c.owner_id, t.at FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS t (id, revision, at)
            JOIN collections c ON c.id = t.id AND c.revision = t.revision
            ORDER BY c.id FOR NO KEY UPDATE OF c),
        gif AS MATERIALIZED (
            -- Serializes this with the gif's deletion: either the deletion sees these rows, or this statement sees the deletion.
            SELECT {GifCards.Columns}, {GifCards.IsLive} AS live FROM {GifCards.From} WHERE g.id = ANY($5) ORDER BY g.id FOR SHARE OF g),
        added AS (
            INSERT INTO collection_items AS i (collection_id, gif_id, position, note, added_at, available, is_own)
            SELECT target.id, t.gif_id, t.position, t.note, target.at, gif.live, gif.owner_id = target.owner_id
            FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::boolean[]) AS t (collection_id, gif_id, position, note, if_own)
            JOIN target ON target.id = t.collection_id JOIN gif ON gif.id = t.gif_id
            WHERE NOT t.if_own OR (gif.live AND gif.owner_id = target.owner_id)
            ON CONFLICT (collection_id, gif_id) DO UPDATE SET position = EXCLUDED.position, note = EXCLUDED.note,
                added_at = EXCLUDED.added_at, available = EXCLUDED.available, removed_at = NULL
            RETURNING i.collection_id, i.gif_id, i.available, i.added_at),
        counted AS (
            UPDATE collections c SET item_count = item_count + s.visible, version = version + s.total, revision = revision + 1, updated_at = s.at
            FROM (SELECT collection_id, count(*) FILTER (WHERE available) AS visible, count(*) AS total, max(added_at) AS at FROM added GROUP BY 1) s
            WHERE c.id = s.collection_id),
        stored AS (
            INSERT INTO idempotency_keys (user_id, scope, request_hash, answer, created_at)
            SELECT t.user_id, t.scope, t.hash, t.answer, target.at
            FROM unnest($9::uuid[], $10::uuid[], $11::text[], $12::text[], $13::bytea[]) AS t (collection_id, user_id, scope, hash, answer)
            JOIN target ON target.id = t.collection_id)
        SELECT gif.*, added.collection_id, added.available FROM gif JOIN added ON added.gif_id = gif.id
        """;

    private readonly GroupedWriter<AppendGroup> writer;

    public ItemWriter(Postgres postgres) => writer = new(postgres, WriteAll);

    /// <summary>Completes when the group is committed, or did not apply (see <see cref="AppendGroup.Written"/>).</summary>
    /// <exception cref="StoreUnavailableException">The write failed, or its outcome is unknown.</exception>
    public Task Write(AppendGroup group) => writer.Write(group);

    public int Waiting => writer.Waiting;

    public ValueTask DisposeAsync() => writer.DisposeAsync();

    private static async Task WriteAll(NpgsqlConnection connection, IReadOnlyList<AppendGroup> groups)
    {
        // Discard the results of an attempt that was rolled back.
        foreach (var group in groups)
            group.Written.Clear();
        // A grain has one write in flight, so a collection is here at most once.
        var items = groups.SelectMany(group => group.Items.Select(item => (group.Collection, Item: item))).ToList();
        var answers = groups.SelectMany(group => group.Answers.Select(answer => (group.Collection, answer.Ticket, answer.Answer))).ToList();
        var byId = groups.ToDictionary(group => group.Collection.Value);
        await using var command = connection.OverArrays(
            Statement,
            groups.Select(group => group.Collection.Value).ToArray(),
            groups.Select(group => group.OnRevision).ToArray(),
            groups.Select(group => group.At).ToArray(),
            items.Select(item => item.Collection.Value).ToArray(),
            items.Select(item => item.Item.Gif.Value).ToArray(),
            items.Select(item => item.Item.Position).ToArray(),
            items.Select(item => item.Item.Note).ToArray(),
            items.Select(item => item.Item.IfOwn).ToArray(),
            answers.Select(answer => answer.Collection.Value).ToArray(),
            answers.Select(answer => answer.Ticket.User.Value).ToArray(),
            answers.Select(answer => answer.Ticket.Scope).ToArray(),
            answers.Select(answer => answer.Ticket.RequestHash).ToArray(),
            answers.Select(answer => answer.Answer).ToArray());
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var card = GifCards.Read(reader);
            byId[reader.GetGuid(GifCards.Width + 1)].Written[card.Id] = (card, reader.GetBoolean(GifCards.Width + 2));
        }
    }
}
