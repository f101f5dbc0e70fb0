using System.Reflection;
using System.Text;
using Orleans.Concurrency;

namespace GifShare.Grains.Tests.Contracts;

/// <summary>Grain types, interfaces and what crosses them as text, one line for everything that a rolling update depends on.</summary>
static class ContractSnapshot
{
    public static string Of(Assembly[] assemblies)
    {
        var text = new StringBuilder();
        var types = ContractRules.Types(assemblies);
        foreach (var type in types.Where(ContractRules.IsGrainClass).OrderBy(ContractRules.GrainType, StringComparer.Ordinal))
            text.Append($"grain {ContractRules.GrainType(type)} = {type.FullName}{Flags(type)}\n");
        foreach (var type in types.Where(ContractRules.IsGrainInterface).OrderBy(ContractRules.Alias, StringComparer.Ordinal))
        {
            text.Append($"\ninterface {ContractRules.Alias(type)} = {type.FullName} : {string.Join(", ", type.GetInterfaces().Select(i => i.Name).Where(n => n.StartsWith("IGrainWith", StringComparison.Ordinal)))}\n");
            foreach (var method in type.GetMethods().OrderBy(ContractRules.Alias, StringComparer.Ordinal))
                text.Append($"{ContractRules.Alias(type)}.{ContractRules.Alias(method)}({string.Join(", ", method.GetParameters().Select(p => ContractRules.Name(p.ParameterType)))}) -> {ContractRules.Name(method.ReturnType)}{Flags(method)}\n");
        }
        foreach (var type in types.Where(ContractRules.IsSerialized).OrderBy(ContractRules.Alias, StringComparer.Ordinal))
        {
            text.Append($"\n{(type.IsEnum ? "enum" : "record")} {ContractRules.Alias(type)} = {type.FullName}\n");
            foreach (var line in type.IsEnum ? EnumLines(type) : RecordLines(type))
                text.Append($"{ContractRules.Alias(type)} {line}\n");
        }
        return text.ToString();
    }

    static IEnumerable<string> EnumLines(Type type) => Enum.GetNames(type).Select(name => $"{Convert.ToInt64(Enum.Parse(type, name))} {name}");

    static IEnumerable<string> RecordLines(Type type) => ContractRules.Stored(type)
        .Select(m => (m.Member.GetCustomAttribute<IdAttribute>()?.Id, m.Member.Name, m.Type))
        .OrderBy(m => m.Id)
        .Select(m => $"{m.Id} {m.Name}: {ContractRules.Name(m.Type)}");

    static string Flags(MemberInfo member) => string.Concat(new[]
    {
        typeof(ReentrantAttribute), typeof(StatelessWorkerAttribute), typeof(ReadOnlyAttribute), typeof(AlwaysInterleaveAttribute),
        typeof(OneWayAttribute), typeof(ResponseTimeoutAttribute),
    }.SelectMany(flag => member.CustomAttributes.Where(a => a.AttributeType == flag))
        .Select(a => $" [{a.AttributeType.Name.Replace("Attribute", "", StringComparison.Ordinal)}{(a.ConstructorArguments.Count == 0 ? "" : $"({string.Join(", ", a.ConstructorArguments.Select(c => c.Value))})")}]"));
}
