using System.Collections.Immutable;
using Dapper;
using GifShare.Media;
using Orleans.Concurrency;

namespace GifShare.Grains.Media;

[GrainType("uploads"), StatelessWorker(4)]
internal sealed class UploadsGrain(Postgres postgres) : Grain, IUploadsGrain
{
    public async Task Stored(ImmutableArray<string> tokens)
    {
        var media = await postgres.Run(connection => connection.QueryAsync<Guid>(
            "SELECT u.media_id FROM uploads u JOIN media m ON m.id = u.media_id WHERE u.token = ANY(@tokens) AND m.status = 'pending'", new { tokens = tokens.ToArray() }));
        foreach (var id in media)
            await GrainFactory.Media(new(id)).LookForBytes();
    }
}
