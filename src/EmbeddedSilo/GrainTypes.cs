using System.Collections.Frozen;
using System.Reflection;
using Orleans;

namespace GifShare.EmbeddedSilo;

/// <summary>All grain classes and interfaces of the silo. Names that are given twice are refused here, before anything runs.</summary>
sealed class GrainTypes
{
    readonly FrozenDictionary<Type, GrainInterface> interfaces;
    readonly FrozenSet<Type> ambiguous;

    public GrainTypes(Silo silo, IEnumerable<Assembly> assemblies)
    {
        var types = assemblies.Append(typeof(GrainTypes).Assembly).Distinct().SelectMany(a => a.GetTypes()).ToArray();
        RefuseSameAlias(types);
        Classes = [.. types.Where(IsGrainClass).Select(type => new GrainClass(silo, type))];
        foreach (var same in Classes.GroupBy(c => c.Name).Where(g => g.Count() > 1))
            throw new InvalidOperationException($"The grain type \"{same.Key}\" is given to {string.Join(" and ", same.Select(c => c.Type.FullName))}; give each its own [GrainType].");
        var implemented = Classes.SelectMany(c => GrainInterface.Of(c.Type).Select(type => (type, c))).ToLookup(x => x.type, x => x.c);
        foreach (var type in implemented)
            RefuseSameAlias(type.Key.GetMethods());
        interfaces = implemented.Where(g => g.Count() == 1).ToFrozenDictionary(g => g.Key, g => new GrainInterface(g.Key, g.Single()));
        ambiguous = implemented.Where(g => g.Count() > 1).Select(g => g.Key).ToFrozenSet();
    }

    public GrainClass[] Classes { get; }

    public GrainInterface Interface(Type type) => interfaces.TryGetValue(type, out var found) ? found
        : throw new ArgumentException(ambiguous.Contains(type) ? $"More than one grain class implements {type}." : $"No grain class implements {type}.");

    /// <summary>Unless told otherwise: the program and what it references, as far as the name begins with "GifShare.".</summary>
    public static IEnumerable<Assembly> DefaultAssemblies()
    {
        var found = new Dictionary<string, Assembly>();
        var open = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(a => !a.IsDynamic && IsOurs(a.GetName())));
        while (open.TryDequeue(out var assembly))
            if (found.TryAdd(assembly.FullName!, assembly))
                foreach (var reference in assembly.GetReferencedAssemblies().Where(IsOurs))
                    open.Enqueue(Assembly.Load(reference));
        return found.Values;

        static bool IsOurs(AssemblyName name) => name.Name!.StartsWith("GifShare.", StringComparison.Ordinal);
    }

    static bool IsGrainClass(Type type) => type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }
        && typeof(IGrainBase).IsAssignableFrom(type) && GrainInterface.Of(type).Any();

    static void RefuseSameAlias(IEnumerable<MemberInfo> members)
    {
        var named = members.Select(m => (Name: m is Type ? m.ToString() : $"{m.DeclaringType}.{m.Name}", m.GetCustomAttribute<AliasAttribute>(false)?.Alias));
        foreach (var same in named.Where(n => n.Alias is not null).GroupBy(n => n.Alias).Where(g => g.Count() > 1))
            throw new InvalidOperationException($"The alias \"{same.Key}\" is given to {string.Join(" and ", same.Select(n => n.Name))}.");
    }
}
