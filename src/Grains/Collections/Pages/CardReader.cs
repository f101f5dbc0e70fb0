using GifShare.Grains.Gifs;

namespace GifShare.Grains.Collections;

/// <summary>Loads cards of gifs, batched over grains: requests that arrive during a statement share the next one.</summary>
public sealed class CardReader(Postgres postgres) : IAsyncDisposable
{
    private readonly GroupedWriter<Request> reader = new(postgres, async (connection, requests) =>
    {
        var cards = await GifCards.Load(connection, requests.SelectMany(request => request.Gifs).ToHashSet());
        foreach (var request in requests)
            request.Cards = cards;
    });

    /// <summary>Cards of the live ones of these gifs, and possibly of other gifs.</summary>
    public async Task<IReadOnlyDictionary<GifId, GifCard>> Load(IReadOnlyCollection<GifId> gifs)
    {
        var request = new Request(gifs);
        await reader.Write(request);
        return request.Cards;
    }

    public int Waiting => reader.Waiting;

    public ValueTask DisposeAsync() => reader.DisposeAsync();

    private sealed class Request(IReadOnlyCollection<GifId> gifs)
    {
        public IReadOnlyCollection<GifId> Gifs => gifs;
        public IReadOnlyDictionary<GifId, GifCard> Cards { get; set; } = new Dictionary<GifId, GifCard>();
    }
}
