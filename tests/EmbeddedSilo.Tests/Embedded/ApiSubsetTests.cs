using System.Reflection;
using System.Text;
using GifShare.EmbeddedSilo.Tests.Contracts;

namespace GifShare.EmbeddedSilo.Tests.Embedded;

/// <summary>
/// The embedded engine shows nothing that Orleans does not have. The snapshot was compared, line by line, with the public API
/// of Orleans 10.4 (src/api there); whoever changes it compares again. EmbeddedSilo/README.md says how.
/// </summary>
public sealed class ApiSubsetTests
{
    [Fact]
    public void Public_types_stand_in_namespaces_of_Orleans_or_in_our_own() =>
        Assert.All(Public(), type => Assert.True(IsOrleans(type) || type.Namespace == "GifShare.EmbeddedSilo", type.FullName));

    [Fact]
    public void What_stands_in_namespaces_of_Orleans_is_in_the_snapshot()
    {
        var text = new StringBuilder();
        foreach (var type in Public().Where(IsOrleans).OrderBy(t => t.FullName, StringComparer.Ordinal))
            foreach (var line in ApiText.Of(type))
                text.Append(line).Append('\n');
        Snapshot.Check("Embedded/OrleansApi.snapshot.txt", text.ToString());
    }

    static bool IsOrleans(Type type) => type.Namespace is "Orleans" || type.Namespace?.StartsWith("Orleans.", StringComparison.Ordinal) == true;

    static Type[] Public() => typeof(IGrain).Assembly.GetExportedTypes();
}

/// <summary>A type and its public and protected members, one full line each.</summary>
static class ApiText
{
    const BindingFlags Own = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Type type)
    {
        var name = type.FullName!.Replace('+', '.');
        yield return $"{Kind(type)} {name}";
        if (type.IsEnum)
        {
            foreach (var value in Enum.GetNames(type))
                yield return $"{name}.{value} = {Convert.ToInt64(Enum.Parse(type, value))}";
            yield break;
        }
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            yield return $"{name}.Invoke({Parameters(type.GetMethod("Invoke")!)})";
            yield break;
        }
        foreach (var line in type.GetMembers(Own).Select(m => Line(name, m)).OfType<string>().Order(StringComparer.Ordinal))
            yield return line;
    }

    static string Kind(Type type) => type.IsEnum ? "enum" : typeof(Delegate).IsAssignableFrom(type) ? "delegate" : type.IsInterface ? "interface" : type.IsValueType ? "struct"
        : type.IsAbstract && type.IsSealed ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

    static string? Line(string type, MemberInfo member) => member switch
    {
        ConstructorInfo made when IsSeen(made) => $"{type}..ctor({Parameters(made)})",
        MethodInfo method when IsSeen(method) && !method.IsSpecialName =>
            $"{type}.{method.Name}{Generic(method)}({Parameters(method)}) : {Name(method.ReturnType)}{(method.IsStatic ? " static" : "")}{(method.IsFamily ? " protected" : "")}",
        MethodInfo method when IsSeen(method) && method.Name.StartsWith("op_", StringComparison.Ordinal) => $"{type}.{method.Name}({Parameters(method)}) : {Name(method.ReturnType)}",
        PropertyInfo property when property.GetMethod is { } get && IsSeen(get) =>
            $"{type}.{property.Name} : {Name(property.PropertyType)}{(property.SetMethod is { } set && IsSeen(set) ? IsInit(set) ? " get init" : " get set" : " get")}",
        FieldInfo field when field.IsPublic => $"{type}.{field.Name} : {Name(field.FieldType)}",
        _ => null,
    };

    static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    static bool IsInit(MethodInfo set) => set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit));

    static string Generic(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => string.Join(" & ", a.GetGenericParameterConstraints().Select(Name).Prepend(a.Name))))}>" : "";

    static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.DefaultValue ?? "default"}" : "")}"));

    static string Name(Type type) => type.IsGenericParameter ? type.Name
        : $"{type.Namespace}.{type.Name.Split('`')[0]}{(type.IsGenericType ? $"<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : "")}";
}
