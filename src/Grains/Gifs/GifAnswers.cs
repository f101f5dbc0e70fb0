using GifShare.Gifs;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>What a write of a gif answers, and what is stored of it for a repeated request.</summary>
public sealed class GifAnswers(GifPresenter presenter, Idempotency idempotency)
{
    /// <inheritdoc cref="GifPresenter.Show(GifCard)"/>
    public Gif Show(GifCard card) => presenter.Show(card);

    /// <summary>After an insert, or of one that was there.</summary>
    public async Task<Result<CreatedOrExisting<Gif>>> Created(NpgsqlConnection connection, GifId id, bool isNew, IdempotencyTicket? ticket)
    {
        Result<CreatedOrExisting<Gif>> result = new CreatedOrExisting<Gif>(presenter.Show(await Card(connection, id)), isNew);
        await idempotency.Store(connection, ticket, result, GifShareJson.Default.ResultCreatedOrExistingGif);
        return result;
    }

    /// <summary>After a restore, or of one that was there.</summary>
    public async Task<Result<Gif>> Restored(NpgsqlConnection connection, GifId id, IdempotencyTicket? ticket)
    {
        Result<Gif> result = presenter.Show(await Card(connection, id));
        await idempotency.Store(connection, ticket, result, GifShareJson.Default.ResultGif);
        return result;
    }

    /// <exception cref="StoreUnavailableException">Its owner's account was deleted meanwhile: what was written is not kept.</exception>
    private static async Task<GifCard> Card(NpgsqlConnection connection, GifId id) =>
        (await GifCards.Load(connection, [id])).GetValueOrDefault(id)
        ?? throw new StoreUnavailableException(new TimeoutException("The account was deleted meanwhile."));
}
