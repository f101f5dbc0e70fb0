using System.Collections.Frozen;
using System.Reflection;
using Orleans;
using Orleans.Runtime;

namespace GifShare.EmbeddedSilo;

/// <summary>A grain interface: its methods, its proxy, and the class that implements it.</summary>
sealed class GrainInterface
{
    readonly GrainProxy prototype;

    public GrainInterface(Type type, GrainClass grainClass)
    {
        Class = grainClass;
        Methods = type.GetInterfaces().Append(type).SelectMany(i => i.GetMethods()).ToFrozenDictionary(m => m, GrainMethod.Of);
        prototype = (GrainProxy)typeof(DispatchProxy).GetMethod(nameof(DispatchProxy.Create), 2, [])!.MakeGenericMethod(type, typeof(GrainProxy)).Invoke(null, null)!;
        prototype.Interface = this;
    }

    public GrainClass Class { get; }

    public FrozenDictionary<MethodInfo, GrainMethod> Methods { get; }

    public GrainProxy Reference(GrainKey key) => prototype.For(new GrainId(Class, key));

    /// <summary>The interfaces through which a class can be called.</summary>
    public static IEnumerable<Type> Of(Type grainClass) =>
        grainClass.GetInterfaces().Where(i => typeof(IGrain).IsAssignableFrom(i) && !Markers.Contains(i));

    static readonly Type[] Markers = [typeof(IGrain), typeof(IGrainWithGuidKey), typeof(IGrainWithIntegerKey), typeof(IGrainWithStringKey)];
}
