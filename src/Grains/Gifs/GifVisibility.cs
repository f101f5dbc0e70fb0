using GifShare.Gifs;
using Npgsql;
using NpgsqlTypes;

namespace GifShare.Grains.Gifs;

/// <summary>
/// A feature through which users show gifs to others. Features to the right of Gifs register one; Gifs knows none of them. The predicates are
/// about gif <c>g</c> and its owner <c>u</c> in statements over <see cref="GifCards.From"/>, which check that both are live.
/// </summary>
public interface IGifAudience
{
    /// <summary>SQL without parameters: the gif's owner shows it to everybody, or to everybody with a live link.</summary>
    string IsOpen { get; }

    /// <summary>SQL: <c>@caller</c> (null: anonymous) may see the gif here. May use <c>@now</c> and what <see cref="Bind"/> binds.</summary>
    /// <param name="isOpen">SQL: <see cref="IsOpen"/> of any feature holds. Required of gifs that another user than their owner shows.</param>
    string IsVisible(string isOpen);

    /// <summary>Checks the caller's link, and binds the parameters of <see cref="IsVisible"/>.</summary>
    Task Bind(NpgsqlCommand command, ViaLink? via);
}

/// <summary>
/// Who may see a gif (api.md, GIFs): its owner, and whoever a feature shows it to. Where another user than its owner shows it, it is visible only
/// while it is open.
/// </summary>
public sealed class GifVisibility
{
    private readonly IGifAudience[] audiences;
    private readonly TimeProvider time;

    public GifVisibility(IEnumerable<IGifAudience> audiences, TimeProvider time)
    {
        (this.audiences, this.time) = ([.. audiences], time);
        IsOpen = $"({string.Join(" OR ", this.audiences.Select(audience => audience.IsOpen).DefaultIfEmpty("false"))})";
        IsVisible = $"{GifCards.IsLive} AND (g.owner_id = @caller{string.Concat(this.audiences.Select(audience => $" OR {audience.IsVisible(IsOpen)}"))})";
    }

    /// <summary>SQL: gif <c>g</c> is open. Checked in every answer that shows the gif to others than its owner.</summary>
    internal string IsOpen { get; }

    /// <summary>SQL: the caller may see gif <c>g</c>. Needs the parameters that <see cref="Bind"/> binds.</summary>
    internal string IsVisible { get; }

    /// <summary>The cards of those gifs that the caller may see, by id.</summary>
    /// <param name="caller">Null for an anonymous caller.</param>
    public async Task<Dictionary<GifId, GifCard>> LoadVisible(NpgsqlConnection connection, IReadOnlyCollection<GifId> ids, UserId? caller, ViaLink? via)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT {GifCards.Columns} FROM {GifCards.From} WHERE g.id = ANY(@ids) AND {IsVisible}", connection);
        command.Parameters.AddWithValue("ids", ids.Select(id => id.Value).ToArray());
        await Bind(command, caller, via);
        return await GifCards.ReadAll(command);
    }

    /// <summary>Binds the parameters of <see cref="IsVisible"/>; costs another statement when the caller has a link.</summary>
    internal async Task Bind(NpgsqlCommand command, UserId? caller, ViaLink? via)
    {
        command.Parameters.Add(new("caller", NpgsqlDbType.Uuid) { Value = (object?)caller?.Value ?? DBNull.Value });
        command.Parameters.Add(new("now", NpgsqlDbType.TimestampTz) { Value = time.GetUtcNow() });
        foreach (var audience in audiences)
            await audience.Bind(command, via);
    }
}
