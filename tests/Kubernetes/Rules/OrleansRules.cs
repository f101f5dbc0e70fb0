using GifShare.Kubernetes.Tests.Manifests;
using GifShare.Kubernetes.Tests.Programs;

namespace GifShare.Kubernetes.Tests.Rules;

internal static class OrleansRules
{
    public static IEnumerable<string> Labels(Cluster cluster)
    {
        foreach (var found in cluster.Objects)
        {
            var isSilo = Pod.Of(found)?.Component == "silo";
            if (!isSilo && found.Root.All().Any(static n => n.Map().Keys.Any(static k => k is OrleansHosting.ServiceIdLabel or OrleansHosting.ClusterIdLabel)))
                yield return $"{found} has Orleans' labels and is no silo: silos would take it for one.";
        }

        var silos = cluster.Pods.Where(static p => p.Component == "silo").ToArray();
        if (silos.Length != 1)
            yield return $"There are {silos.Length} workloads of silos; Orleans' hosting expects one.";
        foreach (var silo in silos)
        {
            if (silo.Owner.Kind != "Deployment")
                yield return $"{silo}: silos are told apart by the names of their pods, which only a Deployment never uses twice.";
            foreach (var (label, own, shared) in new[]
                     {
                         (OrleansHosting.ServiceIdLabel, "ORLEANS_SERVICE_ID", "Cluster__ServiceId"),
                         (OrleansHosting.ClusterIdLabel, "ORLEANS_CLUSTER_ID", "Cluster__ClusterId"),
                     })
            {
                if (!silo.Labels.TryGetValue(label, out var value))
                    yield return $"{silo} has no label {label}.";
                foreach (var variable in new[] { own, shared })
                    if (silo.Containers.Select(c => cluster.ValueOf(silo, c, variable)).Any(set => set != value))
                        yield return $"{silo}: {variable} is not what the label {label} says.";
            }
        }
    }

    public static IEnumerable<string> Rights(Cluster cluster)
    {
        foreach (var pod in cluster.Pods)
        {
            var account = pod.Spec.Text("serviceAccountName");
            var roles = cluster.Of("RoleBinding").Concat(cluster.Of("ClusterRoleBinding"))
                .Where(binding => binding.Root.Each("subjects").Any(s => s.Text("kind") == "ServiceAccount" && s.Text("name") == account && s.Text("namespace") == pod.Owner.Root.Text("metadata", "namespace")))
                .Select(binding => cluster.Find(binding.Root.Text("roleRef", "kind")!, binding.Root.Text("roleRef", "name")))
                .ToArray();
            var isSilo = pod.Component == "silo";
            if (pod.Spec.Text("automountServiceAccountToken") != (isSilo ? "true" : "false"))
                yield return $"{pod}: {(isSilo ? "Orleans' hosting needs" : "it has no use for")} the token of its ServiceAccount.";
            if (!isSilo)
            {
                if (roles.Length > 0)
                    yield return $"{pod} has rights at the API that it has no use for.";
                continue;
            }

            var rules = roles.SelectMany(static r => r.Json().Each("rules")).ToArray();
            var verbs = rules.Where(static r => r.Each("resources").Select(static n => n.ToString()).SequenceEqual(["pods"]) && r.Each("apiGroups").Select(static n => n.ToString()).SequenceEqual([""]))
                .SelectMany(static r => r.Each("verbs")).Select(static v => v.ToString()).ToHashSet();
            foreach (var verb in OrleansHosting.Verbs.Except(verbs))
                yield return $"{pod}: its Role lacks {verb} on pods.";
            foreach (var verb in verbs.Except(OrleansHosting.Verbs))
                yield return $"{pod}: its Role has {verb} on pods, which Orleans' hosting does not call.";
            if (rules.Length != 1 || roles.Any(static r => r?.Kind != "Role"))
                yield return $"{pod}: its rights are more than one rule about the pods of its namespace.";
            if (cluster.Pods.Any(other => other != pod && other.Spec.Text("serviceAccountName") == account))
                yield return $"{pod}: others share its ServiceAccount.";
        }
    }
}
