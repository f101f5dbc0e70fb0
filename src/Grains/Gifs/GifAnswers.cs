using GifShare.Gifs;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>Renders the answers of writes, and stores them for idempotent requests.</summary>
public sealed class GifAnswers(GifPresenter presenter, Idempotency idempotency)
{
    /// <inheritdoc cref="GifPresenter.Show(GifCard)"/>
    public Gif Show(GifCard card) => presenter.Show(card);

    /// <summary>The answer of a create: a new gif, or the existing one.</summary>
    public async Task<Result<CreatedOrExisting<Gif>>> Created(NpgsqlConnection connection, GifId id, bool isNew, IdempotencyTicket? ticket)
    {
        Result<CreatedOrExisting<Gif>> result = new CreatedOrExisting<Gif>(presenter.Show(await Card(connection, id)), isNew);
        await idempotency.Store(connection, ticket, result, GifShareJson.Default.ResultCreatedOrExistingGif);
        return result;
    }

    /// <summary>The answer of a restore, also of a gif that was not deleted.</summary>
    public async Task<Result<Gif>> Restored(NpgsqlConnection connection, GifId id, IdempotencyTicket? ticket)
    {
        Result<Gif> result = presenter.Show(await Card(connection, id));
        await idempotency.Store(connection, ticket, result, GifShareJson.Default.ResultGif);
        return result;
    }

    /// <exception cref="StoreUnavailableException">The owner's account was deleted meanwhile; the transaction is rolled back.</exception>
    private static async Task<GifCard> Card(NpgsqlConnection connection, GifId id) =>
        (await GifCards.Load(connection, [id])).GetValueOrDefault(id)
        ?? throw new StoreUnavailableException(new TimeoutException("The account was deleted meanwhile."));
}
