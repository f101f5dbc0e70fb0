using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Orleans.Runtime;

namespace GifShare.EmbeddedSilo;

/// <summary>What GetGrain hands out: it turns a method call into a request and holds nothing of the activation.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it.")]
class GrainProxy : DispatchProxy
{
    internal GrainInterface Interface { get; set; } = null!;

    internal GrainId GrainId { get; private set; }

    /// <summary>A copy for another grain: far cheaper than creating a proxy.</summary>
    internal GrainProxy For(GrainId grainId)
    {
        var copy = (GrainProxy)MemberwiseClone();
        copy.GrainId = grainId;
        return copy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        GrainId.Class.Silo.Send(GrainId, Interface.Methods[targetMethod!], args ?? []);

    public override bool Equals(object? obj) => obj is GrainProxy other && GrainId == other.GrainId;

    public override int GetHashCode() => GrainId.GetHashCode();

    public override string ToString() => GrainId.ToString();
}
