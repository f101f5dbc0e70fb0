using System.Text.Json.Nodes;
using GifShare.Kubernetes.Tests.Manifests;

namespace GifShare.Kubernetes.Tests.Rules;

/// <summary>What the NetworkPolicies of an overlay let through, worked out, against what must get through.</summary>
internal static class NetworkRules
{
    private static readonly (string From, string To, string Port)[] Wanted =
    [
        ("frontend", "silo", "gateway"),
        ("silo", "silo", "silo"),
        ("silo", "database", "postgres"),
        ("operator", "database", "postgres"),
    ];

    /// <summary>From other namespaces. Which port each may ask is the whole point.</summary>
    private static readonly (string Space, string To, string Port)[] WantedFromOutside =
    [
        ("nginx-ingress", "frontend", "http"),
        ("monitoring", "frontend", "metrics"),
        ("monitoring", "silo", "health"),
    ];

    public static IEnumerable<string> Reach(Cluster cluster)
    {
        foreach (var direction in new[] { "Ingress", "Egress" })
            if (!cluster.Of("NetworkPolicy").Any(p => p.Spec.At("podSelector") is JsonObject { Count: 0 } && Types(p).Contains(direction) && p.Spec.At(direction.ToLowerInvariant()) is null))
                yield return $"No policy closes {direction.ToLowerInvariant()} for all pods.";

        foreach (var to in cluster.Pods)
        {
            foreach (var port in to.Ports)
            {
                var name = port.Text("name")!;
                foreach (var from in cluster.Pods)
                {
                    var wanted = Wanted.Contains((from.Component, to.Component, name));
                    var enters = IngressRules(cluster, to, port).Any(rule => Admits(rule.Each("from"), from));
                    if (enters != wanted)
                        yield return $"{from} {(enters ? "reaches" : "does not reach")} port {name} of {to}.";
                    if (wanted && !Leaves(cluster, from, to, port))
                        yield return $"{from} may not send to port {name} of {to}.";
                    if (!wanted && enters && Leaves(cluster, from, to, port))
                        yield return $"{from} may send to port {name} of {to}.";
                }

                foreach (var space in Spaces(cluster, to, port))
                    if (!WantedFromOutside.Contains((space, to.Component, name)))
                        yield return $"Namespace {space} reaches port {name} of {to}.";
            }

            if (to.Ports.Any() && IngressRules(cluster, to, null).Any(static r => !r.Each("from").Any()))
                yield return $"Everybody reaches {to}.";
        }

        var outside = cluster.Pods.SelectMany(to => to.Ports.SelectMany(port => Spaces(cluster, to, port).Select(space => (space, to.Component, port.Text("name")!)))).ToHashSet();
        var monitored = cluster.Of("ServiceMonitor").Any();
        foreach (var wanted in WantedFromOutside.Where(w => (monitored || w.Space != "monitoring") && !outside.Contains(w)))
            yield return $"Namespace {wanted.Space} does not reach port {wanted.Port} of {wanted.To}.";

        // What an overlay does not hold is outside of the cluster: the database, the bucket, the Kubernetes API.
        var bucket = cluster.Of("ConfigMap").Any(static map => map.Root.Text("data", "ObjectStore__Kind") == "S3");
        foreach (var pod in cluster.Pods)
        {
            var open = Egress(cluster, pod).Where(static r => !r.Each("to").Any()).SelectMany(static r => r.Each("ports")).Select(static p => p.Text("port")).ToHashSet();
            var database = cluster.Pods.All(static p => p.Component != "database") && pod.Component is "silo" or "operator";
            foreach (var port in open.Except(["53", .. pod.Component == "silo" ? new[] { "443", "6443" } : [], .. bucket ? new[] { "443" } : [], .. database ? new[] { "5432" } : []]))
                yield return $"{pod} may send to port {port} of anybody.";
            if (pod.Component == "silo" && !open.IsSupersetOf(["443", "6443"]))
                yield return $"{pod} does not reach the Kubernetes API.";
            if (bucket && !open.Contains("443"))
                yield return $"{pod} does not reach the bucket.";
            if (database && !open.Contains("5432"))
                yield return $"{pod} does not reach the database outside.";
            if (pod.Component != "database" && !open.Contains("53"))
                yield return $"{pod} cannot resolve names.";
        }
    }

    private static IEnumerable<JsonNode> IngressRules(Cluster cluster, Pod to, JsonNode? port) =>
        Policies(cluster, to, "Ingress").SelectMany(static p => p.Spec.Each("ingress")).Where(rule => Names(rule, port));

    private static IEnumerable<JsonNode> Egress(Cluster cluster, Pod from) => Policies(cluster, from, "Egress").SelectMany(static p => p.Spec.Each("egress"));

    private static bool Leaves(Cluster cluster, Pod from, Pod to, JsonNode port) =>
        Egress(cluster, from).Any(rule => Names(rule, port) && (!rule.Each("to").Any() || Admits(rule.Each("to"), to)));

    private static IEnumerable<string> Spaces(Cluster cluster, Pod to, JsonNode port) =>
        IngressRules(cluster, to, port).SelectMany(static r => r.Each("from")).Where(static peer => peer["namespaceSelector"] is not null)
            .Select(static peer => peer.Text("namespaceSelector", "matchLabels", "kubernetes.io/metadata.name") ?? "any");

    private static IEnumerable<KubernetesObject> Policies(Cluster cluster, Pod pod, string type) =>
        cluster.Of("NetworkPolicy").Where(p => Types(p).Contains(type) && Selector.Matches(p.Spec.At("podSelector"), pod.Labels));

    private static IEnumerable<string> Types(KubernetesObject policy) => policy.Spec.Each("policyTypes").Select(static t => t.ToString());

    private static bool Admits(IEnumerable<JsonNode> peers, Pod pod) =>
        !peers.Any() || peers.Any(peer => peer["namespaceSelector"] is null && peer["ipBlock"] is null && Selector.Matches(peer["podSelector"], pod.Labels));

    private static bool Names(JsonNode rule, JsonNode? port) =>
        port is null || !rule.Each("ports").Any() || rule.Each("ports").Any(p => p.Text("port") == port.Text("containerPort") || p.Text("port") == port.Text("name"));
}
