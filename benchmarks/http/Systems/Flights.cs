using System.Collections.Concurrent;
using StackExchange.Redis;

namespace GifShare.Bench.Systems;

/// <summary>
/// Pages that are being loaded (single flight): whoever misses the cache meanwhile waits for the same load. Without it each edit of a hot page sends
/// every reader to the database at once.
/// </summary>
internal sealed class Flights
{
    private readonly ConcurrentDictionary<RedisKey, Flight> running = new();

    /// <summary>The page, loaded by this caller or by another one under way through the same link; null when there is none.</summary>
    /// <param name="keep">Called by the one who loaded a page, unless a write has made it old meanwhile.</param>
    public async Task<byte[]?> Load(RedisKey page, string? link, Func<Task<byte[]?>> load, Action<byte[]> keep)
    {
        var mine = new Flight(link);
        var flight = running.GetOrAdd(page, mine);
        if (flight != mine)
            // What another link may show says nothing about this one.
            return flight.Link == link ? await flight.Result.Task : await load();
        try
        {
            var value = await load();
            if (running.TryRemove(KeyValuePair.Create(page, mine)) && value is not null)
                keep(value);
            mine.Result.SetResult(value);
            return value;
        }
        catch (Exception e)
        {
            running.TryRemove(KeyValuePair.Create(page, mine));
            mine.Result.SetException(e);
            throw;
        }
    }

    /// <summary>A write was committed: nobody joins a load that began before, and what it finds is not kept.</summary>
    public void Forget(RedisKey[] pages)
    {
        foreach (var page in pages)
            running.TryRemove(page, out _);
    }

    private sealed class Flight(string? link)
    {
        public string? Link => link;

        public TaskCompletionSource<byte[]?> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
