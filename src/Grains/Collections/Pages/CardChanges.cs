using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>Version of the cards (a gif's texts, an owner's name) in the pages of one activation; rises when any of them changes.</summary>
public sealed class CardVersion
{
    private long value;

    public long Value => Interlocked.Read(ref value);

    public void Bump() => Interlocked.Increment(ref value);
}

/// <summary>
/// Invalidates cached pages that show an edited gif or user. Each silo listens on one connection to the NOTIFYs of the schema's triggers
/// (<c>gif:id</c>, <c>user:id</c>) and bumps the card version of the active collections that show them; after an interruption, of all.
/// </summary>
public sealed class CardChanges(Postgres postgres, ILogger<CardChanges> log) : BackgroundService
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100), Pause = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<Guid, CardVersion> active = new();
    private readonly Channel<(bool IsGif, Guid Id)> changed = Channel.CreateUnbounded<(bool, Guid)>();

    /// <summary>Registers an activation, until <see cref="Leave"/>.</summary>
    public CardVersion Join(CollectionId collection)
    {
        var version = new CardVersion();
        active[collection.Value] = version;
        return version;
    }

    public void Leave(CollectionId collection, CardVersion version) => active.TryRemove(new(collection.Value, version));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var telling = Tell(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Listen(stoppingToken);
            }
            catch (Exception e) when (Postgres.IsUnavailable(e) || e is PostgresException)
            {
                CollectionsLog.ListenInterrupted(log, e.Message);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            await Task.Delay(Pause, stoppingToken).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        await telling;
    }

    private async Task Listen(CancellationToken stoppingToken)
    {
        await using var connection = await postgres.OpenApart(stoppingToken);
        connection.Notification += (_, notification) => Heard(notification.Payload);
        await using (var command = new NpgsqlCommand("LISTEN gifshare_cards", connection))
            await command.ExecuteNonQueryAsync(stoppingToken);
        // Notifications sent while the connection was down are lost.
        foreach (var version in active.Values)
            version.Bump();
        while (true)
            await connection.WaitAsync(stoppingToken);
    }

    private void Heard(string payload)
    {
        var colon = payload.IndexOf(':');
        if (colon > 0 && Guid.TryParse(payload.AsSpan(colon + 1), out var id))
            changed.Writer.TryWrite((payload.AsSpan(0, colon) is "gif", id));
    }

    private async Task Tell(CancellationToken stoppingToken)
    {
        try
        {
            while (await changed.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(Gather, stoppingToken);
                HashSet<Guid> gifs = [], users = [];
                while (changed.Reader.TryRead(out var change))
                    (change.IsGif ? gifs : users).Add(change.Id);
                await Tell(gifs, users);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task Tell(HashSet<Guid> gifs, HashSet<Guid> users)
    {
        if (active.IsEmpty)
            return;
        try
        {
            var collections = await postgres.Run(connection => connection.Query(
                """
                SELECT i.collection_id FROM collection_items i WHERE i.gif_id = ANY($1)
                UNION SELECT i.collection_id FROM gifs g JOIN collection_items i ON i.gif_id = g.id WHERE g.owner_id = ANY($2)
                UNION SELECT c.id FROM collections c WHERE c.owner_id = ANY($2)
                """,
                [gifs.ToArray(), users.ToArray()],
                row => row.GetGuid(0)));
            foreach (var id in collections)
                if (active.TryGetValue(id, out var version))
                    version.Bump();
        }
        catch (Exception e) when (Postgres.IsUnavailable(e) || e is PostgresException)
        {
            CollectionsLog.ListenInterrupted(log, e.Message);
            foreach (var version in active.Values)
                version.Bump();
        }
    }
}
