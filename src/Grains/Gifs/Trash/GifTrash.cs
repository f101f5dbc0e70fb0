using System.Globalization;
using GifShare.Gifs;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>The caller's deleted gifs that can be restored, last deleted first. Also serves <c>GET /v1/trash?type=gif</c>.</summary>
public sealed class GifTrash(Postgres postgres, Cursors cursors, GifPresenter presenter, TimeProvider time)
{
    public async Task<Result<PageOf<TrashedGif>>> List(UserId caller, string? cursor, int limit)
    {
        var list = $"trash/gifs/{caller}";
        if (!cursors.TryRead(list, cursor, out var position))
            return Cursors.Invalid;
        var cards = await postgres.Run(connection => Load(connection, caller, Keyset.Parse(position), limit + 1));
        var next = cards.Count > limit ? cursors.Protect(list, Keyset.Of(cards[limit - 1].DeletedAt!.Value, cards[limit - 1].Id)) : null;
        return new PageOf<TrashedGif>([.. cards.Take(limit).Select(Show)], next);
    }

    private TrashedGif Show(GifCard card) => new(presenter.Show(card), card.DeletedAt!.Value, card.DeletedAt.Value + GifRules.UndoWindow);

    private async Task<List<GifCard>> Load(NpgsqlConnection connection, UserId caller, Keyset? after, int count)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT {GifCards.Columns} FROM {GifCards.From}
            WHERE g.owner_id = @caller AND g.deleted_at > @since {(after is null ? "" : "AND (g.deleted_at, g.id) < (@time, @id)")}
            ORDER BY g.deleted_at DESC, g.id DESC LIMIT @count
            """,
            connection);
        command.Parameters.AddWithValue("caller", caller.Value);
        command.Parameters.AddWithValue("since", time.GetUtcNow() - GifRules.UndoWindow);
        command.Parameters.AddWithValue("count", count);
        after?.Add(command.Parameters);
        List<GifCard> cards = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            cards.Add(GifCards.Read(reader));
        return cards;
    }
}

/// <summary>The position of a row in a list ordered by time and id, as in its cursor.</summary>
internal sealed record Keyset(DateTimeOffset Time, GifId Id)
{
    public static string Of(DateTimeOffset time, GifId id) => string.Create(CultureInfo.InvariantCulture, $"{time.UtcTicks}/{id}");

    public static Keyset? Parse(string? position)
    {
        if (position is null)
            return null;
        var parts = position.Split('/');
        return new(new(long.Parse(parts[0], CultureInfo.InvariantCulture), TimeSpan.Zero), new(Guid.Parse(parts[1])));
    }

    public void Add(NpgsqlParameterCollection parameters)
    {
        parameters.AddWithValue("time", Time);
        parameters.AddWithValue("id", Id.Value);
    }
}
