using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans.Concurrency;

namespace GifShare.Grains.Tests.Contracts;

/// <summary>The rules of engine.md for contracts, each violation one line that names the member and the rule.</summary>
static class ContractRules
{
    static readonly HashSet<Type> Plain =
    [
        typeof(bool), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(float), typeof(double), typeof(decimal), typeof(char), typeof(string), typeof(Guid), typeof(Uri),
        typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly),
    ];

    static readonly HashSet<Type> Collections = [typeof(ImmutableArray<>), typeof(ImmutableDictionary<,>), typeof(Nullable<>)];

    static readonly Type[] Keys = [typeof(IGrainWithGuidKey), typeof(IGrainWithIntegerKey), typeof(IGrainWithStringKey)];

    public static List<string> Check(Assembly[] assemblies, Type? within = null)
    {
        var broken = new List<string>();
        var types = Types(assemblies, within);
        foreach (var type in types.Where(IsGrainInterface))
            CheckInterface(type, broken);
        foreach (var type in types.Where(IsGrainClass))
            CheckClass(type, broken);
        foreach (var type in types.Where(IsSerialized).Concat(types.Where(IsGrainInterface).SelectMany(Crossing)).Select(Definition).Distinct())
            if (type.Namespace!.StartsWith("GifShare", StringComparison.Ordinal))
                CheckRecord(type, broken);
        NoDuplicates(types.Select(t => (t.Name, Alias(t))), "alias", "types", "", broken);
        NoDuplicates(types.Where(IsGrainClass).Select(t => (t.Name, GrainType(t))), "grain type", "classes", "", broken);
        return broken;
    }

    public static Type[] Types(Assembly[] assemblies, Type? within = null) =>
        [.. assemblies.SelectMany(a => a.GetTypes()).Where(t => within is null ? t.DeclaringType?.Name != "Bad" : t.DeclaringType == within)
            .Where(t => t.Namespace?.StartsWith("GifShare", StringComparison.Ordinal) == true && !t.IsDefined(typeof(CompilerGeneratedAttribute)))
            .OrderBy(t => t.FullName, StringComparer.Ordinal)];

    public static bool IsGrainInterface(Type type) => type.IsInterface && typeof(IGrain).IsAssignableFrom(type);

    public static bool IsGrainClass(Type type) => type is { IsClass: true, IsAbstract: false } && typeof(IGrainBase).IsAssignableFrom(type);

    public static bool IsSerialized(Type type) => type.IsDefined(typeof(GenerateSerializerAttribute), false);

    public static string? Alias(MemberInfo member) => member.GetCustomAttributes<AliasAttribute>(false).FirstOrDefault()?.Alias;

    public static string? GrainType(Type type) => (string?)type.CustomAttributes
        .FirstOrDefault(a => a.AttributeType == typeof(GrainTypeAttribute))?.ConstructorArguments[0].Value;

    /// <summary>Properties that store something, and fields: what Orleans would write.</summary>
    public static IEnumerable<(MemberInfo Member, Type Type)> Stored(Type type)
    {
        const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        foreach (var field in type.GetFields(Own))
        {
            if (!field.Name.StartsWith('<'))
                yield return (field, field.FieldType);
            else if (type.GetProperty(field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)], Own) is { } property)
                yield return (property, property.PropertyType);
        }
    }

    public static string Name(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.IsNested && !type.IsGenericParameter ? $"{type.DeclaringType!.Name}+{type.Name}" : type.Name;

    static void CheckInterface(Type type, List<string> broken)
    {
        var name = Name(type);
        Rule(Alias(type) is not null, name, "a grain interface has an [Alias]", broken);
        Rule(type.IsVisible, name, "a grain interface is public", broken);
        Rule(!type.IsGenericType, name, "a grain interface is not generic", broken);
        Rule(Keys.Count(k => k.IsAssignableFrom(type)) == 1, name, "a grain interface has exactly one kind of key (IGrainWithGuidKey, …IntegerKey or …StringKey)", broken);
        foreach (var property in type.GetProperties())
            broken.Add($"{name}.{property.Name}: a grain interface has no properties");
        foreach (var method in type.GetMethods().Where(m => !m.IsSpecialName))
            CheckMethod(method, $"{name}.{method.Name}", broken);
        NoDuplicates(type.GetMethods().Select(m => (m.Name, Alias(m))), "alias", "methods", $"{name}.", broken);
    }

    static void CheckMethod(MethodInfo method, string name, List<string> broken)
    {
        Rule(Alias(method) is not null, name, "a grain method has an [Alias]", broken);
        Rule(!method.IsGenericMethod, name, "a grain method is not generic", broken);
        var result = Result(method, out var isTask);
        Rule(isTask, name, $"a grain method returns Task, Task<T>, ValueTask or ValueTask<T>, not {Name(method.ReturnType)}", broken);
        if (method.IsDefined(typeof(OneWayAttribute)))
            Rule(isTask && result is null, name, "a one-way method returns Task or ValueTask", broken);
        if (result is not null)
            CheckCrossing(result, name, broken);
        foreach (var parameter in method.GetParameters())
        {
            Rule(!parameter.ParameterType.IsByRef, name, "a grain method has no in, ref or out parameter", broken);
            if (parameter.ParameterType != typeof(CancellationToken) && !parameter.ParameterType.IsByRef)
                CheckCrossing(parameter.ParameterType, name, broken);
        }
        Rule(method.GetParameters().Count(p => p.ParameterType == typeof(CancellationToken)) <= 1, name, "a grain method has at most one CancellationToken", broken);
    }

    static void CheckClass(Type type, List<string> broken)
    {
        var name = Name(type);
        Rule(type.IsSealed, name, "a grain class is sealed", broken);
        Rule(GrainType(type) is not null, name, "a grain class has a [GrainType]", broken);
        if (type.CustomAttributes.FirstOrDefault(a => a.AttributeType == typeof(StatelessWorkerAttribute)) is { } worker)
            Rule(worker.ConstructorArguments.Count > 0, name, "a stateless worker states its limit", broken);
        foreach (var method in type.GetInterfaces().Where(IsGrainInterface).SelectMany(i => i.GetMethods()))
            Rule(type.GetInterfaceMap(method.DeclaringType!).TargetMethods.All(m => m.GetCustomAttribute<AsyncIteratorStateMachineAttribute>() is null), name, "no iterators", broken);
    }

    static void CheckRecord(Type type, List<string> broken)
    {
        var name = Name(type);
        Rule(IsSerialized(type), name, "what crosses has [GenerateSerializer]", broken);
        Rule(Alias(type) is not null, name, "what crosses has an [Alias]", broken);
        Rule(type.IsVisible, name, "what crosses is public", broken);
        if (type.IsEnum)
            return;
        var isException = typeof(Exception).IsAssignableFrom(type);
        Rule(isException || type.IsDefined(typeof(ImmutableAttribute), false), name, "what crosses has [Immutable]", broken);
        Rule(type.IsValueType ? type.IsDefined(typeof(IsReadOnlyAttribute)) : type.IsSealed, name, "what crosses is a sealed record or a readonly record struct", broken);
        if (type.IsGenericType)
            Rule(Alias(type)?.EndsWith($"`{type.GetGenericArguments().Length}", StringComparison.Ordinal) == true, name, "the alias of a generic type ends with ` and its arity", broken);
        var ids = new HashSet<uint>();
        foreach (var (member, memberType) in Stored(type))
        {
            var id = member.GetCustomAttribute<IdAttribute>()?.Id;
            Rule(id is not null, $"{name}.{member.Name}", "a serialized member has an [Id] ([property: Id(n)] on a positional one)", broken);
            Rule(id is null || ids.Add(id.Value), $"{name}.{member.Name}", $"the [Id] {id} is given to two members", broken);
            var isFixed = member is PropertyInfo property
                ? property.SetMethod is null || property.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
                : ((FieldInfo)member).IsInitOnly;
            Rule(isFixed, $"{name}.{member.Name}", "a member of what crosses cannot be changed: init, no set", broken);
            if (memberType != typeof(ReadOnlyMemory<byte>))
                CheckCrossing(memberType, $"{name}.{member.Name}", broken);
        }
    }

    static void CheckCrossing(Type type, string name, List<string> broken)
    {
        foreach (var part in Parts(type).Where(t => !IsAllowed(t)))
            broken.Add($"{name}: {Name(part)} may not cross a grain boundary; what may is in engine.md (ids, plain values, ImmutableArray, ImmutableDictionary, sealed immutable records)");
    }

    static bool IsAllowed(Type type) => type.IsGenericParameter || Plain.Contains(type) || Collections.Contains(Definition(type))
        || type.Namespace?.StartsWith("GifShare", StringComparison.Ordinal) == true;

    static IEnumerable<Type> Parts(Type type) => type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Prepend(type) : [type];

    /// <summary>Every type that a grain interface hands over, the members of records included.</summary>
    public static IEnumerable<Type> Crossing(Type grainInterface)
    {
        var seen = new HashSet<Type>();
        var open = new Queue<Type>(grainInterface.GetMethods().SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(Result(m, out _) ?? typeof(bool))));
        while (open.TryDequeue(out var type))
            foreach (var part in Parts(type).Where(t => !t.IsGenericParameter && !t.IsByRef && t.Namespace!.StartsWith("GifShare", StringComparison.Ordinal)).Where(t => seen.Add(Definition(t))))
                foreach (var (_, memberType) in Stored(Definition(part)))
                    open.Enqueue(memberType);
        return seen;
    }

    static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    static Type? Result(MethodInfo method, out bool isTask)
    {
        var type = method.ReturnType;
        isTask = type == typeof(Task) || type == typeof(ValueTask) || Definition(type) == typeof(Task<>) || Definition(type) == typeof(ValueTask<>);
        return isTask && type.IsGenericType ? type.GetGenericArguments()[0] : null;
    }

    static void NoDuplicates(IEnumerable<(string Name, string? Value)> named, string what, string among, string prefix, List<string> broken)
    {
        foreach (var same in named.Where(n => n.Value is not null).GroupBy(n => n.Value).Where(g => g.Count() > 1))
            broken.Add($"{prefix}{same.First().Name}: the {what} \"{same.Key}\" is given to {(same.Count() == 2 ? "two" : same.Count())} {among}: {string.Join(", ", same.Select(n => n.Name))}");
    }

    static void Rule(bool kept, string member, string rule, List<string> broken)
    {
        if (!kept)
            broken.Add($"{member}: {rule}");
    }
}
