using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace GifShare.Kubernetes.Tests.Manifests;

/// <summary>The pod that a workload makes.</summary>
internal sealed record Pod(KubernetesObject Owner, JsonNode Template)
{
    private const string LabelPath = "metadata.labels['";

    public IReadOnlyDictionary<string, string> Labels => Template.Map("metadata", "labels");

    /// <summary>silo, frontend, database, operator.</summary>
    public string Component => Labels.GetValueOrDefault("app.kubernetes.io/component", "");

    public JsonNode Spec => Template["spec"]!;

    public ImmutableArray<Container> Containers => [.. Spec.Each("initContainers").Concat(Spec.Each("containers")).Select(static c => new Container(c))];

    public IEnumerable<JsonNode> Ports => Containers.SelectMany(static c => c.Ports);

    /// <summary>Serves until it is told to end; others run to their end.</summary>
    public bool IsService => Owner.Kind is "Deployment" or "StatefulSet" or "DaemonSet";

    public static Pod? Of(KubernetesObject owner) => (owner.Kind switch
    {
        "Deployment" or "StatefulSet" or "DaemonSet" or "Job" => owner.Spec.At("template"),
        "CronJob" => owner.Spec.At("jobTemplate", "spec", "template"),
        _ => null,
    }) is { } template ? new Pod(owner, template) : null;

    /// <summary>What the downward API gives, where the template says it.</summary>
    public string? Field(string? path) =>
        path is not null && path.StartsWith(LabelPath, StringComparison.Ordinal) ? Labels.GetValueOrDefault(path[LabelPath.Length..^2]) : null;

    /// <summary>By name or number.</summary>
    public JsonNode? Port(string? nameOrNumber) => Ports.FirstOrDefault(p => p.Text("name") == nameOrNumber || p.Text("containerPort") == nameOrNumber);

    public override string ToString() => Owner.ToString();
}

internal sealed record Container(JsonNode Spec)
{
    public string Name => Spec.Text("name") ?? "";

    /// <summary>Without registry, tag and digest.</summary>
    public string Image => (Spec.Text("image") ?? "").Split('/')[^1].Split('@', ':')[0];

    public string Tag => (Spec.Text("image") ?? "").Split('/')[^1].Split(':') is [_, var tag] ? tag : "";

    public IEnumerable<JsonNode> Ports => Spec.Each("ports");

    public IEnumerable<JsonNode> Environment => Spec.Each("env");

    public IEnumerable<string> ConfigMaps => Spec.Each("envFrom").Select(static e => e.Text("configMapRef", "name")).OfType<string>();

    /// <summary>Startup, readiness, liveness, with their names.</summary>
    public IEnumerable<(string Name, JsonNode Probe)> Probes =>
        new[] { "startupProbe", "readinessProbe", "livenessProbe" }.Where(name => Spec[name] is not null).Select(name => (name, Spec[name]!));
}
