using System.Text.RegularExpressions;
using GifShare.Fixtures;
using GifShare.Kubernetes.Tests.Manifests;
using GifShare.Kubernetes.Tests.Programs;

namespace GifShare.Kubernetes.Tests;

/// <summary>What can be read in k8s/Containerfile without building it. <see cref="Images.ImagesTests"/> builds and runs it.</summary>
public sealed partial class ContainerfileTests
{
    [Fact]
    public void Every_base_can_be_replaced()
    {
        foreach (var (name, from, _) in Containerfile.Stages)
            Assert.True(
                Containerfile.Bases.Keys.Any(argument => from == $"${{{argument}}}") || Containerfile.Stages.Any(other => other.Name == from),
                $"{name} is built on {from}, which no argument names.");
    }

    [Fact]
    public void Images_run_as_a_user_by_number_and_say_what_they_are()
    {
        Assert.Equal(["frontend", "operator", "silo"], Containerfile.Programs.Select(static p => p.Image["gifshare-".Length..]).Order());
        foreach (var (name, _, text) in Containerfile.Stages.Where(static s => s.Text.Contains("\nENTRYPOINT", StringComparison.Ordinal)))
        {
            Assert.True(User().Match(text) is { Success: true }, $"{name} has no user by number; Kubernetes could not see that it is not root.");
            Assert.Contains("org.opencontainers.image.title", text, StringComparison.Ordinal);
            // Only what serves can be asked how it is.
            Assert.Equal(text.Contains("\nEXPOSE", StringComparison.Ordinal), text.Contains("\nHEALTHCHECK", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Images_and_pods_agree_on_users_and_ports()
    {
        var cluster = await Kubectl.ClusterAsync("overlays/small");
        foreach (var pod in cluster.Pods)
            foreach (var container in pod.Containers)
                if (Containerfile.Stages.FirstOrDefault(s => $"gifshare-{s.Name}" == container.Image) is { Text: { } text })
                {
                    Assert.Contains($"\nUSER {pod.Spec.Text("securityContext", "runAsUser")}:{pod.Spec.Text("securityContext", "runAsGroup")}", text, StringComparison.Ordinal);
                    var exposed = Exposed().Match(text).Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    Assert.Equal(exposed.Order(), container.Ports.Select(static p => p.Text("containerPort")!).Order());
                }
    }

    [Fact]
    public void The_build_is_given_the_sources_and_nothing_else()
    {
        var ignored = File.ReadAllLines(Path.Combine(RunningProgram.Checkout, ".dockerignore"));
        Assert.Equal("**", ignored[0]);
        var copied = Containerfile.Stages.First().Text.Split('\n').Where(static l => l.StartsWith("COPY ", StringComparison.Ordinal))
            .SelectMany(static l => l.Split(' ')[1..^1]);
        foreach (var path in copied)
        {
            Assert.Contains($"!{path}", ignored);
            Assert.True(Path.Exists(Path.Combine(RunningProgram.Checkout, path)), path);
        }
    }

    [GeneratedRegex(@"^USER [1-9]\d*:[1-9]\d*$", RegexOptions.Multiline)]
    private static partial Regex User();

    [GeneratedRegex(@"^EXPOSE (.*)$", RegexOptions.Multiline)]
    private static partial Regex Exposed();
}
