using System.Collections.Immutable;
using System.Text.RegularExpressions;
using GifShare.Fixtures;

namespace GifShare.Kubernetes.Tests.Programs;

/// <summary>A program that an image of k8s/Containerfile runs, read from its source: what it must be given, what it knows, what it answers.</summary>
internal sealed partial record ClusterProgram(string Image, string Project)
{
    private static readonly string[] Roots = ["Logging:", "Kestrel:", "DOTNET_", "ASPNETCORE_", "OTEL_"];

    private ImmutableArray<string>? sources;

    /// <summary>Settings without which it ends with exit code 2.</summary>
    public ImmutableArray<string> Required => field.IsDefault ? field = FindRequired() : field;

    /// <summary>Names of settings, sections and the options behind them, as the source has them.</summary>
    public ImmutableHashSet<string> Known => field ??= FindKnown();

    /// <summary>Paths that a GET is answered at.</summary>
    public ImmutableHashSet<string> Routes => field ??= [.. Sources.SelectMany(static s => Route().Matches(s)).Select(static m => m.Groups[1].Value)];

    /// <summary>Seconds that it may take to end; 30 is the host's own.</summary>
    public int ShutdownSeconds =>
        Shutdown().Match(File.ReadAllText(Path.Combine(Folder, "Program.cs"))) is { Success: true } set ? int.Parse(set.Groups[1].Value) : 30;

    private string Folder => Path.Combine(RunningProgram.Checkout, "src", Project);

    private ImmutableArray<string> Sources => sources ??=
        [.. Closure(Project).SelectMany(static project => Directory.EnumerateFiles(Path.Combine(RunningProgram.Checkout, "src", project), "*.cs", SearchOption.AllDirectories)).Select(File.ReadAllText)];

    /// <summary>The setting that a variable names: <c>Cluster__SiloPort</c> is <c>Cluster:SiloPort</c>.</summary>
    public static string SettingOf(string variable) => variable.Replace("__", ":", StringComparison.Ordinal);

    public static string VariableOf(string setting) => setting.Replace(":", "__", StringComparison.Ordinal);

    public bool Knows(string variable)
    {
        var setting = SettingOf(variable);
        return Known.Contains(setting) || Roots.Any(root => setting.StartsWith(root, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Closure(string project)
    {
        var file = File.ReadAllText(Path.Combine(RunningProgram.Checkout, "src", project, $"{project}.csproj"));
        return Reference().Matches(file).SelectMany(static m => Closure(m.Groups[1].Value)).Append(project).Distinct();
    }

    private ImmutableArray<string> FindRequired() =>
        [.. from use in RequiredUse().Matches(File.ReadAllText(Path.Combine(Folder, "Program.cs")))
            let field = typeof(RequiredSettings).GetField(use.Groups[1].Value)
            where field is { IsLiteral: true }
            select (string)field.GetRawConstantValue()! into setting
            orderby setting
            group setting by setting into once
            select once.Key];

    private ImmutableHashSet<string> FindKnown()
    {
        // Every "Section:Name" in the source, every indexer, and what the options of a section can hold.
        var names = Sources.SelectMany(static s => Literal().Matches(s).Concat(Indexer().Matches(s))).Select(static m => m.Groups[1].Value);
        var bound = Sources.SelectMany(static s => BoundOptions().Matches(s).Concat(BoundSection().Matches(s)))
            .SelectMany(static m => OptionsType(m.Groups["type"].Value).GetProperties().Where(static p => p.CanWrite).Select(p => $"{m.Groups["section"].Value}:{p.Name}"));
        return [.. names, .. bound];
    }

    private static Type OptionsType(string name) =>
        AppDomain.CurrentDomain.GetAssemblies().Concat(new[] { "Silo", "ApiFrontend", "Grains", "ObjectStore", "Standalone" }.Select(static a => System.Reflection.Assembly.Load($"GifShare.{a}")))
            .Where(static a => a.GetName().Name!.StartsWith("GifShare.", StringComparison.Ordinal))
            .SelectMany(static a => a.GetTypes()).First(type => type.Name == name);

    [GeneratedRegex(@"(?:Map(?:Get|PrometheusScrapingEndpoint|Methods|OrleansDashboard))\(""(/[\w/-]*)""")]
    private static partial Regex Route();

    [GeneratedRegex(@"ShutdownTimeout = TimeSpan\.FromSeconds\((\d+)\)")]
    private static partial Regex Shutdown();

    [GeneratedRegex(@"<ProjectReference Include=""\.\./(\w+)/")]
    private static partial Regex Reference();

    [GeneratedRegex(@"RequiredSettings\.(\w+)")]
    private static partial Regex RequiredUse();

    [GeneratedRegex(@"""([A-Z]\w+(?::[A-Z]\w+)+)""")]
    private static partial Regex Literal();

    [GeneratedRegex(@"onfiguration(?:>\(\))?\[""(\w+)""\]")]
    private static partial Regex Indexer();

    [GeneratedRegex(@"AddOptions<(?<type>\w+)>\(\)\s*\.BindConfiguration\(""(?<section>[\w:]+)""\)")]
    private static partial Regex BoundOptions();

    [GeneratedRegex(@"GetSection\(""(?<section>[\w:]+)""\)\.Get<(?<type>\w+)>\(\)")]
    private static partial Regex BoundSection();
}
