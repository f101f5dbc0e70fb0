using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GifShare;

/// <summary>
/// Rate-limits the console log per event and category, so that no input that strangers can repeat fills a disk, whichever library logs it: the
/// first <see cref="Burst"/> lines are written, then one per second, with the number of suppressed lines. Levels below Information are not
/// limited: whoever enables them wants every line.
/// </summary>
/// <remarks>
/// Instead of the sampling of Microsoft.Extensions.Telemetry, which samples at random: a single event may be lost, and the lines of a flood still
/// grow with it. That package also replaces the logger factory for all other providers.
/// </remarks>
[ProviderAlias("Console")]
public sealed class BoundedLog(ILoggerProvider console, TimeProvider time) : ILoggerProvider, ISupportExternalScope
{
    /// <summary>Burst size of the token bucket: enough for a start or a stop, and to see a new fault in full.</summary>
    public const int Burst = 20;

    /// <summary>Wraps the console's logger provider. Idempotent.</summary>
    public static void Bound(IServiceCollection services)
    {
        for (var i = 0; i < services.Count; i++)
            if (services[i] is { ServiceType: var service, IsKeyedService: false, ImplementationType: { Name: "ConsoleLoggerProvider" } type } && service == typeof(ILoggerProvider))
                services[i] = ServiceDescriptor.Singleton<ILoggerProvider>(
                    provider => new BoundedLog((ILoggerProvider)ActivatorUtilities.CreateInstance(provider, type), TimeProvider.System));
    }

    public ILogger CreateLogger(string categoryName) => new Category(console.CreateLogger(categoryName), time);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => (console as ISupportExternalScope)?.SetScopeProvider(scopeProvider);

    public void Dispose() => console.Dispose();

    private sealed class Category(ILogger inner, TimeProvider time) : ILogger
    {
        private readonly ConcurrentDictionary<(LogLevel, int), Event> events = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            long left = 0;
            if (logLevel >= LogLevel.Information && !events.GetOrAdd((logLevel, eventId.Id), static _ => new()).IsDue(time, out left))
                return;
            inner.Log(logLevel, eventId, state, exception, left == 0 ? formatter : (s, e) => $"{formatter(s, e)} ({left} lines like this one were left out)");
        }
    }

    private sealed class Event
    {
        private readonly Lock turn = new();
        private double saved = Burst;
        private long last;
        private long leftOut;

        public bool IsDue(TimeProvider time, out long left)
        {
            lock (turn)
            {
                var now = time.GetTimestamp();
                saved = Math.Min(Burst, saved + time.GetElapsedTime(last, now).TotalSeconds);
                last = now;
                if (saved < 1)
                {
                    left = 0;
                    leftOut++;
                    return false;
                }

                saved--;
                (left, leftOut) = (leftOut, 0);
                return true;
            }
        }
    }
}
