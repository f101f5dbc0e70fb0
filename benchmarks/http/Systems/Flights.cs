using System.Collections.Concurrent;
using StackExchange.Redis;

namespace GifShare.Bench.Systems;

/// <summary>
/// Single-flight loading of pages: concurrent cache misses share one load. Without it each edit of a hot page sends every reader to the database at
/// once (cache stampede).
/// </summary>
internal sealed class Flights
{
    private readonly ConcurrentDictionary<RedisKey, Flight> running = new();

    /// <summary>Loads the page, or joins a load in progress through the same link; null when there is no such page.</summary>
    /// <param name="keep">Called by the loader, unless a write invalidated the page during the load.</param>
    public async Task<byte[]?> Load(RedisKey page, string? link, Func<Task<byte[]?>> load, Action<byte[]> keep)
    {
        var mine = new Flight(link);
        var flight = running.GetOrAdd(page, mine);
        if (flight != mine)
            // The result for another link must not be shared.
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

    /// <summary>After a committed write: no caller joins a load that began before, and that load's result is not cached.</summary>
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
