using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace GifShare.Fixtures;

/// <summary>Awaits a fact under a deadline, instead of sleeping and hoping.</summary>
public static class Eventually
{
    public static async Task True(
        Func<Task<bool>> fact, CancellationToken cancellationToken, TimeSpan? within = null,
        [CallerArgumentExpression(nameof(fact))] string what = "")
    {
        var started = Stopwatch.GetTimestamp();
        var limit = within ?? TimeSpan.FromSeconds(30);
        while (!await fact())
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
                throw new TimeoutException($"Not true within {limit.TotalSeconds:0} s: {what}");
            await Task.Delay(20, cancellationToken);
        }
    }

    public static Task True(
        Func<bool> fact, CancellationToken cancellationToken, TimeSpan? within = null,
        [CallerArgumentExpression(nameof(fact))] string what = "") =>
        True(() => Task.FromResult(fact()), cancellationToken, within, what);
}
