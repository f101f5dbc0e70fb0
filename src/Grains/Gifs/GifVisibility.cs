using GifShare.Gifs;
using Npgsql;
using NpgsqlTypes;

namespace GifShare.Grains.Gifs;

/// <summary>
/// A feature in which people show gifs to others. Features to the right of Gifs register one; Gifs knows none of them. Predicates speak of gif
/// <c>g</c> and its owner <c>u</c> in statements that read <see cref="GifCards.From"/>; that both are live is asked there.
/// </summary>
public interface IGifAudience
{
    /// <summary>SQL, no parameters: the gif's owner shows it to everybody, or to everybody with a live link.</summary>
    string IsOpen { get; }

    /// <summary>SQL: <c>@caller</c> (null for an anonymous one) may see it here. It may use <c>@now</c> and what <see cref="Bind"/> binds.</summary>
    /// <param name="isOpen">SQL: some feature's <see cref="IsOpen"/> holds. Gifs of somebody else than who shows them are seen only then.</param>
    string IsVisible(string isOpen);

    /// <summary>Binds the parameters of <see cref="IsVisible"/>, after checking the link that the caller brings.</summary>
    Task Bind(NpgsqlCommand command, ViaLink? via);
}

/// <summary>
/// Who may see a gif (api.md, GIFs): its owner, and whoever one of the features in which it is shown lets see it. In a place of somebody else than
/// the gif's owner it is seen while it is open.
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

    /// <summary>SQL: gif <c>g</c> is open. What shows it to anybody but its owner asks this, in each answer.</summary>
    internal string IsOpen { get; }

    /// <summary>SQL: the caller may see gif <c>g</c>. Needs the parameters that <see cref="Bind"/> binds.</summary>
    internal string IsVisible { get; }

    /// <summary>Those among these that the caller may see, by id.</summary>
    /// <param name="caller">Null for an anonymous caller.</param>
    public async Task<Dictionary<GifId, GifCard>> LoadVisible(NpgsqlConnection connection, IReadOnlyCollection<GifId> ids, UserId? caller, ViaLink? via)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT {GifCards.Columns} FROM {GifCards.From} WHERE g.id = ANY(@ids) AND {IsVisible}", connection);
        command.Parameters.AddWithValue("ids", ids.Select(id => id.Value).ToArray());
        await Bind(command, caller, via);
        return await GifCards.ReadAll(command);
    }

    /// <summary>Binds what <see cref="IsVisible"/> needs: one statement more when there is a link to open.</summary>
    internal async Task Bind(NpgsqlCommand command, UserId? caller, ViaLink? via)
    {
        command.Parameters.Add(new("caller", NpgsqlDbType.Uuid) { Value = (object?)caller?.Value ?? DBNull.Value });
        command.Parameters.Add(new("now", NpgsqlDbType.TimestampTz) { Value = time.GetUtcNow() });
        foreach (var audience in audiences)
            await audience.Bind(command, via);
    }
}
