using System.Text.RegularExpressions;
using GifShare.Fixtures;
using GifShare.Kubernetes.Tests.Manifests;

namespace GifShare.Kubernetes.Tests;

/// <summary>docs/kubernetes.md leads from an empty cluster to the first page: everything that the overlays want from outside is made there.</summary>
public sealed partial class DocsTests
{
    private static string Text { get; } = File.ReadAllText(Path.Combine(RunningProgram.Checkout, "docs/kubernetes.md"));

    [Fact]
    public async Task Every_secret_is_made_with_its_keys()
    {
        foreach (var folder in (string[])[.. OverlayTests.Folders, "restore", "restore-from-bucket"])
        {
            var cluster = await Kubectl.ClusterAsync(folder);
            var keys = cluster.Objects.SelectMany(static o => o.Root.All()).Select(static n => n.At("secretKeyRef")).OfType<System.Text.Json.Nodes.JsonNode>();
            foreach (var key in keys)
            {
                Assert.Contains($"create secret generic {key.Text("name")} ", Text, StringComparison.Ordinal);
                Assert.Contains($"--from-literal={key.Text("key")}=", Text, StringComparison.Ordinal);
            }

            foreach (var certificate in cluster.Of("Ingress").SelectMany(static i => i.Spec.Each("tls")).Select(static t => t.Text("secretName")))
                Assert.Contains($"create secret tls {certificate} ", Text, StringComparison.Ordinal);
            foreach (var password in cluster.Of("Ingress").Select(static i => i.Root.Text("metadata", "annotations", "nginx.org/basic-auth-secret")).OfType<string>())
                Assert.Contains($"create secret generic {password} ", Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_it_names_is_there()
    {
        foreach (Match path in Named().Matches(Text))
            Assert.True(Path.Exists(Path.Combine(RunningProgram.Checkout, path.Value)), path.Value);
        var cluster = await Kubectl.ClusterAsync("overlays/small");
        foreach (Match reference in Reference().Matches(Text))
            Assert.True(
                cluster.Objects.Any(o => o.Kind.Equals(reference.Groups[1].Value, StringComparison.OrdinalIgnoreCase) && o.Name == reference.Groups[2].Value),
                $"The small overlay has no {reference.Value}.");
    }

    [GeneratedRegex(@"k8s/[\w/-]+(?:\.\w+)?")]
    private static partial Regex Named();

    [GeneratedRegex(@"\b(deployment|statefulset|cronjob)/([a-z-]+)")]
    private static partial Regex Reference();
}
