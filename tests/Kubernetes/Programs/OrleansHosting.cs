using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using GifShare.Fixtures;
using Orleans.Hosting.Kubernetes;

namespace GifShare.Kubernetes.Tests.Programs;

/// <summary>What Microsoft.Orleans.Hosting.Kubernetes expects of its pod and of the Kubernetes API, read from the package that the silo has.</summary>
internal static class OrleansHosting
{
    public const string ServiceIdLabel = KubernetesHostingOptions.ServiceIdLabel;
    public const string ClusterIdLabel = KubernetesHostingOptions.ClusterIdLabel;

    /// <summary>POD_NAME and the like.</summary>
    public static ImmutableArray<string> Variables { get; } =
        [.. from field in typeof(KubernetesHostingOptions).GetFields(BindingFlags.Public | BindingFlags.Static)
            where field.Name.EndsWith("EnvironmentVariable", StringComparison.Ordinal)
            select (string)field.GetRawConstantValue()!];

    /// <summary>Verbs on pods that its calls need. Deleting is asked for only where it is switched on.</summary>
    public static ImmutableSortedSet<string> Verbs { get; } = FindVerbs();

    private static ImmutableSortedSet<string> FindVerbs()
    {
        using var file = new PEReader(File.OpenRead(typeof(KubernetesHostingOptions).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var deletes = Directory.EnumerateFiles(Path.Combine(RunningProgram.Checkout, "src"), "*.cs", SearchOption.AllDirectories)
            .Any(static source => File.ReadAllText(source).Contains(nameof(KubernetesHostingOptions.DeleteDefunctSiloPods), StringComparison.Ordinal));
        return
        [
            .. from handle in metadata.MemberReferences
               let name = metadata.GetString(metadata.GetMemberReference(handle).Name)
               where name.Contains("NamespacedPod", StringComparison.Ordinal)
               let verb = VerbOf(name)
               where verb != "delete" || deletes
               select verb,
        ];
    }

    private static string VerbOf(string call) =>
        call.StartsWith("Read", StringComparison.Ordinal) ? "get"
        : call.StartsWith("WatchList", StringComparison.Ordinal) ? "watch"
        : call.StartsWith("List", StringComparison.Ordinal) ? "list"
        : call.StartsWith("Patch", StringComparison.Ordinal) ? "patch"
        : call.StartsWith("Delete", StringComparison.Ordinal) ? "delete"
        : throw new InvalidOperationException($"Which verb does {call} need?");
}
