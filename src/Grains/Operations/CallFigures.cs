using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using GifShare.Operations;

namespace GifShare.Grains.Operations;

/// <summary>
/// What the call filter of this silo sees, per type of grain. On the path of a call: one look-up, one increment of a cell of this
/// processor and, for a share of the calls, two looks at the clock; no lock, no allocation.
/// </summary>
public sealed class CallFigures : IDisposable
{
    private static readonly double[] Quantiles = [0.5, 0.95, 0.99];
    private readonly Lock adding = new();
    private readonly Meter meter = new("GifShare.Grains");
    // Copied when a method is called for the first time, so that looking one up needs no lock.
    private volatile MethodTable byMethod = new();
    private volatile TypeFigures[] types = [];
    private volatile IReadOnlyList<GrainTypeReport> reported = [];

    public CallFigures()
    {
        meter.CreateObservableCounter("gifshare.grain.calls", () => types.Select(static t => Of(t.Type, t.Calls)), description: "Calls of grains, by grain type.");
        meter.CreateObservableCounter("gifshare.grain.errors", () => types.Select(static t => Of(t.Type, t.Errors)), description: "Calls of grains that threw, by grain type.");
        meter.CreateObservableGauge("gifshare.grain.call.duration", Durations, "s", "Duration of calls of grains in the last minute, by grain type and quantile.");
    }

    public HotGrains Hot { get; } = new();

    /// <summary>A call begins; end it with <see cref="Call.End"/> or <see cref="Call.Fail"/>.</summary>
    public Call Begin(IIncomingGrainCallContext context)
    {
        if (!byMethod.TryGet(context.InterfaceMethod, out var type))
            type = Add(context);
        if (type is null)
            return default;
        var weight = type.Begin();
        if (weight == 0)
            return new(type, 0, 0);
        Hot.Offer(context.TargetId, weight);
        return new(type, Stopwatch.GetTimestamp(), weight);
    }

    /// <summary>Ends an interval; called by the reporter alone.</summary>
    public ImmutableArray<GrainTypeReport> Close(int intervalsPerMinute)
    {
        ImmutableArray<GrainTypeReport> all = [.. types.Select(type => type.Close(intervalsPerMinute))];
        reported = all;
        return all;
    }

    public void Dispose() => meter.Dispose();

    private TypeFigures? Add(IIncomingGrainCallContext context)
    {
        lock (adding)
        {
            if (byMethod.TryGet(context.InterfaceMethod, out var type))
                return type;
            if (IsProduct(context.InterfaceMethod))
            {
                var name = context.TargetId.ToString().Split('/')[0];
                type = Array.Find(types, t => t.Type == name);
                if (type is null)
                    types = [.. types, type = new(name, context.Grain.GetType().FullName!)];
            }

            byMethod = byMethod.With(context.InterfaceMethod, type);
            return type;
        }
    }

    /// <summary>Timers, management and the like pass call filters as well.</summary>
    public static bool IsProduct(MethodInfo method) => method.DeclaringType?.Namespace?.StartsWith("GifShare", StringComparison.Ordinal) == true;

    private IEnumerable<Measurement<double>> Durations() =>
        from type in reported
        from quantile in Quantiles
        let duration = LatencyBuckets.Quantile(type.Latencies.AsSpan(), quantile)
        where duration is not null
        select new Measurement<double>(duration.Value.TotalSeconds, new("grain_type", type.Type), new("quantile", quantile));

    private static Measurement<long> Of(string type, long value) => new(value, new KeyValuePair<string, object?>("grain_type", type));

    /// <summary>A call under way.</summary>
    public readonly struct Call(TypeFigures? type, long startedAt, int weight)
    {
        public void End()
        {
            if (weight != 0)
                type!.Measured(Stopwatch.GetElapsedTime(startedAt), weight);
        }

        public void Fail()
        {
            End();
            type?.Failed();
        }
    }
}
