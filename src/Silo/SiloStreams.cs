using GifShare.Grains.Database;
using GifShare.Grains.Streams;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace GifShare.Silo;

/// <summary>
/// Configures streams if a feature uses one (<see cref="StreamsServices.AddShardedStream{T}"/>). Otherwise nothing is registered: no provider, no
/// polled queues, no storage.
/// </summary>
internal static class SiloStreams
{
    private const string PubSubStore = "PubSubStore";

    // The ADO.NET invariant of the driver; required even where a data source is given.
    private const string Npgsql = "Npgsql";

    // Undeliverable events are never redelivered; an hour lets an operator look for the cause.
    private static readonly TimeSpan DeadLetters = TimeSpan.FromHours(1);

    public static void AddStreams(this ISiloBuilder silo, IConfiguration configuration)
    {
        if (!silo.Services.Any(static service => service.ServiceType == typeof(ShardedStream)))
            return;
        // Subscriptions are stored in the database, also in a single process: in memory, one lost silo would stop all delivery without an error.
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
