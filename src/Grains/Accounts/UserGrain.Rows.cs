using System.Collections.Immutable;

namespace GifShare.Grains.Accounts;

/// <summary>Reading the rows into memory, and writing them on the revision that the memory stands at.</summary>
public sealed partial class UserGrain
{
    private async Task Load()
    {
        var found = await tools.Store.Load(id, tools.Time.GetUtcNow());
        user = found?.User;
        sessions = found?.Sessions ?? ImmutableDictionary<SessionId, UserSession>.Empty;
        revision = found?.Revision ?? 0;
        isStale = false;
    }

    private Task Refresh() => isStale ? Load() : Task.CompletedTask;

    private async Task RefreshIfPossible()
    {
        try
        {
            await Refresh();
        }
        catch (StoreUnavailableException)
        {
            // What is known stays readable.
        }
    }

    /// <summary>
    /// Every write of the rows: on the revision that the memory stands at, which it raises when it is kept. One that fails makes the memory
    /// stale; one that was overtaken reads the rows at once, since requests are admitted from memory.
    /// </summary>
    /// <param name="isKept">Null: it always is.</param>
    private async Task<T> Write<T>(Func<long, Task<T>> write, Func<T, bool>? isKept)
    {
        try
        {
            var result = await write(revision);
            if (isKept is null || isKept(result))
                revision++;
            return result;
        }
        catch (Exception e)
        {
            isStale = true;
            if (e is StoreUnavailableException { IsOvertaken: true })
                await RefreshIfPossible();
            throw;
        }
    }

    private Task<bool> Write(Func<long, Task<bool>> write) => Write(write, isKept: static done => done);

    private Task<bool> Write(Func<long, Task> write) => Write(async known =>
    {
        await write(known);
        return true;
    });
}
