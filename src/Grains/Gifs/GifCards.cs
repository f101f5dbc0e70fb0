using System.Collections.Immutable;
using GifShare.Accounts;
using GifShare.Gifs;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>
/// A gif's row with the embedded owner: everything that a <see cref="Gif"/> shows, except the addresses, which are signed
/// for each page.
/// </summary>
public sealed record GifCard(
    GifId Id,
    UserId OwnerId,
    string OwnerUsername,
    string OwnerDisplayName,
    string? OwnerAvatarKey,
    string Provider,
    string? Url,
    string? ObjectKey,
    string? FileName,
    int Width,
    int Height,
    long? Size,
    string? ContentType,
    string? Title,
    string? AltText,
    ImmutableArray<string> Tags,
    string Rating,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DeletedAt,
    GifStatus Status = GifStatus.Ready)
{
    /// <summary>Shown instead of a gif that is not there yet, or never will be (<c>GET /media/{name}</c>).</summary>
    private const string ProcessingUrl = "/media/processing.svg", FailedUrl = "/media/failed.svg";

    /// <param name="scope">What the addresses are signed for: a collection's id or <see cref="AddressSigner.GifScope"/>.</param>
    public Gif ToGif(AddressSigner signer, string scope, DateTimeOffset now)
    {
        var url = Status switch
        {
            GifStatus.Ready => ObjectKey is null ? Url! : signer.Sign(ObjectKey, scope, now),
            GifStatus.Failed => FailedUrl,
            _ => ProcessingUrl,
        };
        return new(Id, url, url, Width, Height, Provider, Title, AltText, Tags, Rating, Size, ContentType, Owner(signer, now), CreatedAt, FileName, Status);
    }

    /// <summary>The gif as users who keep it see it: id only while it is hidden.</summary>
    /// <param name="isShown">The gif is the keeper's own, or open.</param>
    /// <param name="signer">Signs the address.</param>
    /// <param name="scope">As in <see cref="ToGif"/>.</param>
    /// <param name="now">The time of signing.</param>
    public KeptGif ToKept(bool isShown, AddressSigner signer, string scope, DateTimeOffset now) =>
        isShown ? ToGif(signer, scope, now) : new KeptGif(Id, null);

    /// <summary>The owner's card. Avatars are public, so their address has the same scope on every page.</summary>
    public UserCard Owner(AddressSigner signer, DateTimeOffset now) => new(
        OwnerId, OwnerUsername, OwnerDisplayName, OwnerAvatarKey is null ? null : signer.Sign(OwnerAvatarKey, AddressSigner.GifScope, now));
}

/// <summary>Shows cards outside of any collection, with addresses signed now.</summary>
public sealed class GifPresenter(AddressSigner signer, TimeProvider time)
{
    public Gif Show(GifCard card) => card.ToGif(signer, AddressSigner.GifScope, time.GetUtcNow());

    public KeptGif Show(GifCard card, bool isShown) => card.ToKept(isShown, signer, AddressSigner.GifScope, time.GetUtcNow());
}

/// <summary>Loads any number of cards in one statement. A card exists only while the gif and its owner are not deleted.</summary>
public sealed class GifCards(Postgres postgres)
{
    /// <summary>The columns that <see cref="Read"/> reads, in order, from <see cref="From"/>.</summary>
    internal const string Columns =
        """
        g.id, g.owner_id, u.username, u.display_name, u.avatar_key, g.provider, g.url, g.object_key, g.file_name, g.width, g.height,
        g.size, g.content_type, g.title, g.alt_text, g.tags, g.rating, g.created_at, g.deleted_at, g.status
        """;

    internal const string From = "gifs g JOIN users u ON u.id = g.owner_id";
    internal const string IsLive = "g.deleted_at IS NULL AND u.deleted_at IS NULL";

    /// <summary>The number of <see cref="Columns"/>; a statement's further columns begin at this index.</summary>
    internal const int Width = 20;

    /// <summary>The cards of the live ones of these gifs, by id.</summary>
    public async Task<Dictionary<GifId, GifCard>> Load(IReadOnlyCollection<GifId> ids) =>
        ids.Count == 0 ? [] : await postgres.Run(connection => Load(connection, ids));

    /// <summary>The same on the caller's connection, which sees the rows its transaction has written.</summary>
    public static async Task<Dictionary<GifId, GifCard>> Load(NpgsqlConnection connection, IReadOnlyCollection<GifId> ids)
    {
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM {From} WHERE g.id = ANY(@ids) AND {IsLive}", connection);
        command.Parameters.AddWithValue("ids", ids.Select(id => id.Value).ToArray());
        return await ReadAll(command);
    }

    internal static async Task<Dictionary<GifId, GifCard>> ReadAll(NpgsqlCommand command)
    {
        Dictionary<GifId, GifCard> cards = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var card = Read(reader);
            cards[card.Id] = card;
        }

        return cards;
    }

    internal static GifCard Read(NpgsqlDataReader row) => new(
        new(row.GetGuid(0)),
        new(row.GetGuid(1)),
        row.GetString(2),
        row.GetString(3),
        Text(row, 4),
        row.GetString(5),
        Text(row, 6),
        Text(row, 7),
        Text(row, 8),
        row.GetInt32(9),
        row.GetInt32(10),
        row.IsDBNull(11) ? null : row.GetInt64(11),
        Text(row, 12),
        Text(row, 13),
        Text(row, 14),
        ImmutableArray.Create(row.GetFieldValue<string[]>(15)),
        row.GetString(16),
        row.Time(17),
        row.TimeOrNull(18),
        row.GetString(19) switch { "ready" => GifStatus.Ready, "failed" => GifStatus.Failed, _ => GifStatus.Processing });

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
