using Dapper;
using GifShare.Gifs;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>
/// The SQL of favourites. Rows of deleted gifs are kept but not listed, so a restored gif is a favourite again at its old place; gifs that
/// the user may not see at present are listed as hidden.
/// </summary>
public sealed class FavoritesStore(Postgres postgres, Cursors cursors, GifPresenter presenter, GifVisibility visibility)
{
    /// <summary>
    /// False when the gif is not visible to the user. Adding an existing favourite succeeds even if its gif is hidden meanwhile. A share lock on the
    /// gif's row serializes this with its deletion: either the deletion sees the favourite, or this statement sees the deletion.
    /// </summary>
    public Task<bool> Add(UserId user, GifId gif, ViaLink? via) => postgres.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            $"""
            WITH seen AS (
                SELECT g.id FROM {GifCards.From}
                WHERE g.id = @gif AND (({visibility.IsVisible})
                    OR ({GifCards.IsLive} AND EXISTS (SELECT FROM favorites f WHERE f.user_id = @caller AND f.gif_id = g.id)))
                FOR SHARE OF g),
            added AS (
                INSERT INTO favorites (user_id, gif_id, created_at) SELECT @caller, id, @now FROM seen ON CONFLICT DO NOTHING)
            SELECT EXISTS (SELECT FROM seen)
            """,
            connection);
        command.Parameters.AddWithValue("gif", gif.Value);
        await visibility.Bind(command, user, via);
        return (bool)(await command.ExecuteScalarAsync())!;
    });

    public Task Remove(UserId user, GifId gif) => postgres.Run(connection =>
        connection.ExecuteAsync("DELETE FROM favorites WHERE user_id = @user AND gif_id = @gif", new { user = user.Value, gif = gif.Value }));

    /// <summary>The ids of all live favourites, for the Bloom filter.</summary>
    public Task<IEnumerable<Guid>> Ids(UserId user) => postgres.Run(connection =>
        connection.QueryAsync<Guid>(
            $"SELECT g.id FROM favorites f JOIN ({GifCards.From}) ON g.id = f.gif_id WHERE f.user_id = @user AND {GifCards.IsLive}",
            new { user = user.Value }));

    public async Task<Result<PageOf<KeptGif>>> List(UserId user, string? cursor, int limit)
    {
        var list = $"favorites/{user}";
        if (!cursors.TryRead(list, cursor, out var position))
            return Cursors.Invalid;
        var rows = await postgres.Run(connection => Load(connection, user, Keyset.Parse(position), limit + 1));
        var next = rows.Count > limit ? cursors.Protect(list, Keyset.Of(rows[limit - 1].AddedAt, rows[limit - 1].Card.Id)) : null;
        return new PageOf<KeptGif>([.. rows.Take(limit).Select(row => presenter.Show(row.Card, row.IsShown))], next);
    }

    private async Task<List<(GifCard Card, DateTimeOffset AddedAt, bool IsShown)>> Load(NpgsqlConnection connection, UserId user, Keyset? after, int count)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT {GifCards.Columns}, f.created_at, g.owner_id = f.user_id OR {visibility.IsOpen} FROM favorites f JOIN ({GifCards.From}) ON g.id = f.gif_id
            WHERE f.user_id = @user AND {GifCards.IsLive} {(after is null ? "" : "AND (f.created_at, f.gif_id) < (@time, @id)")}
            ORDER BY f.created_at DESC, f.gif_id DESC LIMIT @count
            """,
            connection);
        command.Parameters.AddWithValue("user", user.Value);
        command.Parameters.AddWithValue("count", count);
        after?.Add(command.Parameters);
        List<(GifCard, DateTimeOffset, bool)> rows = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            rows.Add((GifCards.Read(reader), reader.Time(GifCards.Width), reader.GetBoolean(GifCards.Width + 1)));
        return rows;
    }
}
