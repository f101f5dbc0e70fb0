using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace GifShare.Kubernetes.Tests.Manifests;

/// <summary>Everything that one overlay renders to.</summary>
internal sealed class Cluster
{
    private Cluster(ImmutableArray<KubernetesObject> objects)
    {
        Objects = objects;
        Pods = [.. objects.Select(Pod.Of).OfType<Pod>()];
    }

    public ImmutableArray<KubernetesObject> Objects { get; }

    /// <summary>The templates of pods: of Deployments, StatefulSets, Jobs and CronJobs.</summary>
    public ImmutableArray<Pod> Pods { get; }

    public static Cluster Parse(string yaml) => new([.. Yaml.Documents(yaml).Select(static document => new KubernetesObject(document))]);

    public IEnumerable<KubernetesObject> Of(string kind) => Objects.Where(o => o.Kind == kind);

    public KubernetesObject? Find(string kind, string? name) => Objects.FirstOrDefault(o => o.Kind == kind && o.Name == name);

    public IEnumerable<Pod> Selected(JsonNode? selector) => Pods.Where(pod => Selector.Matches(selector, pod.Labels));

    /// <summary>The value of a variable in a container, wherever it is taken from: a literal, a ConfigMap, a label of the pod. Null: not set, or only known in the cluster.</summary>
    public string? ValueOf(Pod pod, Container container, string name) =>
        container.Environment.FirstOrDefault(e => e.Text("name") == name) is { } own
            ? own.Text("value")
              ?? Referred(own.At("valueFrom", "configMapKeyRef"))
              ?? pod.Field(own.Text("valueFrom", "fieldRef", "fieldPath"))
            : container.ConfigMaps.Select(map => Find("ConfigMap", map).Json().Text("data", name)).LastOrDefault(static value => value is not null);

    /// <summary>The names of all variables that are set in a container.</summary>
    public ImmutableHashSet<string> NamesIn(Container container) =>
        [.. container.Environment.Select(static e => e.Text("name")!), .. container.ConfigMaps.SelectMany(map => Find("ConfigMap", map).Json().Map("data").Keys)];

    private string? Referred(JsonNode? key) => key is null ? null : Find("ConfigMap", key.Text("name")).Json().Text("data", key.Text("key")!);
}

internal sealed record KubernetesObject(JsonObject Root)
{
    public string Kind => Root.Text("kind") ?? "";

    public string Name => Root.Text("metadata", "name") ?? "";

    public JsonNode? Spec => Root["spec"];

    public IReadOnlyDictionary<string, string> Labels => Root.Map("metadata", "labels");

    public override string ToString() => $"{Kind} {Name}";
}

internal static class KubernetesObjectExtensions
{
    public static JsonNode? Json(this KubernetesObject? found) => found?.Root;
}
