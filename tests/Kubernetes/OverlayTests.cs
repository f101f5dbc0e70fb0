using GifShare.Kubernetes.Tests.Manifests;
using GifShare.Kubernetes.Tests.Rules;

namespace GifShare.Kubernetes.Tests;

/// <summary>Every overlay renders, and every rule holds in it.</summary>
public sealed class OverlayTests
{
    public static string[] Folders { get; } = ["overlays/small", "overlays/production", "overlays/multi-zone"];

    public static TheoryData<string, string> Rules { get; } = new(Folders.SelectMany(static _ => Rule.All.Keys, static (folder, rule) => (folder, rule)));

    [Theory, MemberData(nameof(Rules))]
    public async Task Holds(string folder, string rule)
    {
        var cluster = await Kubectl.ClusterAsync(folder);
        Keeps(rule, cluster);
    }

    [Theory]
    [InlineData("overlays/small", "silo frontend database operator", "1 1 1 1")]
    [InlineData("overlays/production", "silo frontend operator", "3 2 1")]
    [InlineData("overlays/multi-zone", "silo frontend operator", "3 3 1")]
    public async Task Has_its_pods_in_their_numbers(string folder, string components, string numbers)
    {
        var cluster = await Kubectl.ClusterAsync(folder);
        var found = cluster.Pods.ToDictionary(static pod => pod.Component, pod =>
            cluster.Of("HorizontalPodAutoscaler").FirstOrDefault(h => h.Spec.Text("scaleTargetRef", "name") == pod.Owner.Name)?.Spec.Number("minReplicas")
            ?? pod.Owner.Spec.Number("replicas") ?? 1);
        Assert.Equal(components.Split(' ').Zip(numbers.Split(' ').Select(int.Parse)).Order(), found.Select(static p => (p.Key, p.Value)).Order());
    }

    [Fact]
    public async Task Zones_are_spread_over_and_no_node_takes_two_silos_while_another_is_free()
    {
        var cluster = await Kubectl.ClusterAsync("overlays/multi-zone");
        foreach (var pod in cluster.Pods.Where(static p => p.IsService))
            Assert.Equal(["topology.kubernetes.io/zone", "kubernetes.io/hostname"], pod.Spec.Each("topologySpreadConstraints").Select(static c => c.Text("topologyKey")));
        var silo = cluster.Pods.Single(static p => p.Component == "silo");
        Assert.NotEmpty(silo.Spec.Each("affinity", "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution"));
    }

    [Theory]
    [InlineData("restore", "overlays/small")]
    [InlineData("restore-from-bucket", "overlays/production")]
    public async Task The_restore_job_keeps_the_rules_for_pods(string restore, string overlay)
    {
        var cluster = await Kubectl.ClusterAsync(restore);
        var around = await Kubectl.RenderAsync(overlay);
        string[] rules = ["Pods are restricted", "Every container has requests and limits", "Secrets are only in Secrets", "Every image is one of ours at this version, or the database"];
        foreach (var rule in rules)
            Keeps(rule, cluster);
        // With the overlay around it: what it names is there, and the database lets it in.
        var together = Cluster.Parse($"{around}\n---\n{await Kubectl.RenderAsync(restore)}");
        foreach (var rule in new[] { "What is named is there", "Who reaches whom" })
            Keeps(rule, together);
    }

    private static void Keeps(string rule, Cluster cluster)
    {
        var broken = Rule.All[rule](cluster).ToArray();
        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }
}
