using GifShare.Grains;
using GifShare.Grains.Streams;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace GifShare.Silo;

/// <summary>
/// Streams, where a feature has asked for one (<see cref="StreamsServices.AddShardedStream{T}"/>). Without one nothing of them is
/// registered: no provider, no queues that are polled, no storage.
/// </summary>
internal static class SiloStreams
{
    private const string PubSubStore = "PubSubStore";

    // What the AdoNet providers look a driver up by; it is asked for even where a data source is given.
    private const string Npgsql = "Npgsql";

    // Hints that nobody could be given are of no use later; an operator who looks for the cause has an hour.
    private static readonly TimeSpan DeadLetters = TimeSpan.FromHours(1);

    public static void AddStreams(this ISiloBuilder silo, IConfiguration configuration)
    {
        if (!silo.Services.Any(static service => service.ServiceType == typeof(ShardedStream)))
            return;
        // Rows in the database in one process as in a cluster: kept in memory, one lost silo would stop all delivery without an error.
        silo.AddAdoNetGrainStorage(PubSubStore, (OptionsBuilder<AdoNetGrainStorageOptions> options) =>
            options.Configure<Postgres>((storage, postgres) =>
            {
                storage.Invariant = Npgsql;
                storage.DataSource = postgres.Source;
            }));
        if (configuration["Streams:Provider"] == StreamsOptions.AdoNet)
            silo.AddAdoNetStreams(ShardedStream.Provider, static queues => queues.ConfigureAdoNet(static options =>
                options.Configure<Postgres>((streams, postgres) =>
                {
                    streams.Invariant = Npgsql;
                    streams.DataSource = postgres.Source;
                    streams.DeadLetterEvictionTimeout = DeadLetters;
                })));
        else
            silo.AddMemoryStreams(ShardedStream.Provider);
    }
}
