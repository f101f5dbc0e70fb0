using System.Reflection;
using System.Reflection.Emit;

namespace GifShare.Rules.Tests.Architecture;

/// <summary>
/// The one order of features (docs/architecture.md): an arrow points only to the left. A feature to the left declares a hook, features to the right
/// register in it. Looked up in what the compiler made: signatures, fields and the bodies of methods.
/// </summary>
public sealed class FeatureOrderTests
{
    /// <summary>From left to right; what is not named here (capabilities, ids, results) stands before all of them.</summary>
    private static readonly string[] Order = ["Accounts", "Media", "Gifs", "Collections", "Design"];

    private static readonly Assembly[] Assemblies = [typeof(GrainKeys).Assembly, Assembly.Load("GifShare.Grains"), Assembly.Load("GifShare.ApiFrontend")];

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    [Fact]
    public void No_feature_knows_one_to_its_right()
    {
        string[] arrows =
        [
            .. from type in Assemblies.SelectMany(assembly => assembly.GetTypes())
               where FeatureOf(type) is not null || IsCapability(type)
               from used in UsedBy(type)
               where PlaceOf(used) > PlaceOf(type) && !IsWhoAsks(type, used)
               select $"{type.FullName} -> {used.FullName}",
        ];
        Assert.True(arrows.Length == 0, $"Against the order of features:\n{string.Join('\n', arrows.Distinct().Order(StringComparer.Ordinal))}");
    }

    [Fact]
    public void An_arrow_inside_a_method_is_found() =>
        Assert.Contains(typeof(GifShare.Collections.ICollectionGrain), UsedBy(typeof(GrainKeys)));

    /// <summary>The edge has to know who asks: it may use the contracts of accounts.</summary>
    private static bool IsWhoAsks(Type type, Type used) => type.Assembly.GetName().Name == "GifShare.ApiFrontend" && used.Namespace == "GifShare.Accounts";

    private static int PlaceOf(Type type) => FeatureOf(type) is { } feature ? Array.IndexOf(Order, feature) : -1;

    /// <summary>Of code of this product in a folder of its own that is no feature: Database, Rows, Requests, Secrets, Operations, Streams.</summary>
    private static bool IsCapability(Type type) => type.Namespace is { } name && name.StartsWith("GifShare.", StringComparison.Ordinal) && name is not ("GifShare.Grains" or "GifShare.ApiFrontend");

    private static string? FeatureOf(Type type)
    {
        var name = type.Namespace;
        if (name is null || !name.StartsWith("GifShare.", StringComparison.Ordinal) || !Assemblies.Contains(type.Assembly))
            return null;
        var feature = name.Replace("GifShare.Grains", "GifShare", StringComparison.Ordinal).Replace("GifShare.ApiFrontend", "GifShare", StringComparison.Ordinal)
            .Split('.').ElementAtOrDefault(1);
        return Array.IndexOf(Order, feature) >= 0 ? feature : null;
    }

    private static IEnumerable<Type> UsedBy(Type type)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        IEnumerable<Type?> found = [type.BaseType, .. type.GetInterfaces(), .. type.GetFields(all).Select(field => field.FieldType)];
        IEnumerable<MethodBase> methods = [.. type.GetMethods(all), .. type.GetConstructors(all)];
        foreach (var method in methods)
            found = found.Concat(method.GetParameters().Select(parameter => parameter.ParameterType)).Append((method as MethodInfo)?.ReturnType).Concat(InBody(method));
        return found.OfType<Type>().SelectMany(Parts).Distinct();
    }

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!) : type.IsGenericType ? [type, .. type.GetGenericArguments().SelectMany(Parts)] : [type];

    /// <summary>What the instructions of a method name (ECMA-335, Partition III).</summary>
    private static IEnumerable<Type?> InBody(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
            yield break;
        var (ofType, ofMethod) = (method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null, method.IsGenericMethod ? method.GetGenericArguments() : null);
        for (var at = 0; at < code.Length;)
        {
            var value = code[at++];
            var operation = OpCodesByValue[value == 0xFE ? (short)(0xFE00 | code[at++]) : value];
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                var member = method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod);
                yield return member as Type ?? member?.DeclaringType;
                if (member is MethodInfo called)
                    foreach (var type in called.GetGenericArguments().Append(called.ReturnType))
                        yield return type;
            }

            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }
}
