using System.Collections.Concurrent;
using System.ComponentModel;
using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.Kubernetes.Tests.Manifests;

/// <summary>Renders an overlay of k8s/ once per run. Tests are skipped where kubectl is missing or too old.</summary>
internal static class Kubectl
{
    /// <summary>The first whose kustomize knows components and replacements as they are written here.</summary>
    private static readonly Version Oldest = new(1, 27);

    private static readonly Lazy<Task<string?>> WhyNot = new(FindAsync);
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Rendered = new();

    /// <summary>The YAML of <c>kubectl kustomize k8s/folder</c>.</summary>
    public static async Task<string> RenderAsync(string folder)
    {
        if (await WhyNot.Value is { } reason)
            Assert.Skip(reason);
        return await Rendered.GetOrAdd(folder, static name => new(() => RunAsync("kustomize", Path.Combine(RunningProgram.Checkout, "k8s", name)))).Value;
    }

    public static async Task<Cluster> ClusterAsync(string folder) => Cluster.Parse(await RenderAsync(folder));

    private static async Task<string?> FindAsync()
    {
        try
        {
            var version = JsonNode.Parse(await RunAsync("version", "--client", "-o", "json"))!["clientVersion"]!;
            var found = new Version(Number(version, "major"), Number(version, "minor"));
            return found >= Oldest ? null : $"kubectl is {found}; {Oldest} or newer renders k8s/.";
        }
        catch (Win32Exception)
        {
            return $"kubectl is not installed; {Oldest} or newer renders k8s/.";
        }
    }

    private static int Number(JsonNode version, string part) => int.Parse(version[part]!.GetValue<string>().TrimEnd('+'));

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output, errors) = await Tool.RunAsync("kubectl", arguments, null, TestContext.Current.CancellationToken);
        Assert.True(exitCode == 0, $"kubectl {string.Join(' ', arguments)}: {errors}");
        return output;
    }
}
