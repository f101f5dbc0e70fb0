using System.Text.Json.Nodes;
using GifShare.Kubernetes.Tests.Manifests;

namespace GifShare.Kubernetes.Tests.Rules;

internal static class SelectorRules
{
    public static IEnumerable<string> Selectors(Cluster cluster)
    {
        foreach (var pod in cluster.Pods.Where(static p => p.IsService))
        {
            var selector = pod.Owner.Spec.At("selector");
            if (!Selector.Matches(selector, pod.Labels))
                yield return $"{pod} does not select its own pods.";
            foreach (var other in cluster.Selected(selector).Where(other => other != pod))
                yield return $"{pod} selects the pods of {other} as well.";
        }

        foreach (var found in cluster.Objects)
            foreach (var (what, selector) in SelectorsOf(found))
                if (!cluster.Selected(selector).Any())
                    yield return $"{found}: {what} matches no pod: {selector?.ToJsonString()}";
        foreach (var monitor in cluster.Of("ServiceMonitor"))
            if (!cluster.Of("Service").Any(service => Selector.Matches(monitor.Spec.At("selector"), service.Labels)))
                yield return $"{monitor} matches no Service.";
    }

    public static IEnumerable<string> References(Cluster cluster)
    {
        foreach (var pod in cluster.Pods)
        {
            if (cluster.Find("ServiceAccount", pod.Spec.Text("serviceAccountName")) is null)
                yield return $"{pod} has no ServiceAccount of its own.";
            foreach (var claim in pod.Spec.Each("volumes").Select(static v => v.Text("persistentVolumeClaim", "claimName")).OfType<string>())
                if (cluster.Find("PersistentVolumeClaim", claim) is null)
                    yield return $"{pod}: there is no PersistentVolumeClaim {claim}.";
            foreach (var map in pod.Template.All().Select(static n => n.Text("configMapRef", "name") ?? n.Text("configMapKeyRef", "name")).OfType<string>())
                if (cluster.Find("ConfigMap", map) is null)
                    yield return $"{pod}: there is no ConfigMap {map}.";
            var volumes = pod.Spec.Each("volumes").Concat(pod.Owner.Spec.Each("volumeClaimTemplates")).Select(static v => v.Text("name") ?? v.Text("metadata", "name")).ToHashSet();
            foreach (var mount in pod.Containers.SelectMany(static c => c.Spec.Each("volumeMounts")).Select(static m => m.Text("name")))
                if (!volumes.Contains(mount))
                    yield return $"{pod}: there is no volume {mount}.";
        }

        foreach (var scaler in cluster.Of("HorizontalPodAutoscaler"))
        {
            var target = cluster.Find(scaler.Spec.Text("scaleTargetRef", "kind") ?? "", scaler.Spec.Text("scaleTargetRef", "name"));
            if (target is null)
                yield return $"{scaler} scales nothing that is there.";
            else if (target.Spec.At("replicas") is not null)
                yield return $"{scaler}: {target} has replicas as well, so that each apply would undo what was scaled.";
        }

        foreach (var found in cluster.Objects.GroupBy(static o => (o.Kind, o.Name)).Where(static g => g.Count() > 1))
            yield return $"{found.First()} is there {found.Count()} times.";
        foreach (var found in cluster.Objects.Where(static o => o.Kind is not ("Namespace" or "Cluster") && o.Root.Text("metadata", "namespace") is null))
            yield return $"{found} has no namespace.";
    }

    /// <summary>Those which mean pods. A Service may have none; its backends are then somebody else's.</summary>
    private static IEnumerable<(string What, JsonNode? Selector)> SelectorsOf(KubernetesObject found)
    {
        switch (found.Kind)
        {
            case "Service" when found.Spec.At("selector") is { } selector:
                yield return ("its selector", selector);
                break;
            case "PodDisruptionBudget":
                yield return ("its selector", found.Spec.At("selector"));
                break;
            case "NetworkPolicy":
                yield return ("its podSelector", found.Spec.At("podSelector"));
                foreach (var peer in found.Spec.Each("ingress").SelectMany(static r => r.Each("from")).Concat(found.Spec.Each("egress").SelectMany(static r => r.Each("to"))))
                    if (peer["podSelector"] is { } selector && peer["namespaceSelector"] is null)
                        yield return ("a peer", selector);
                break;
            default:
                if (Pod.Of(found) is { } pod)
                    foreach (var term in pod.Spec.All().OfType<JsonObject>().Where(static n => n.ContainsKey("topologyKey")))
                        yield return ("a scheduling rule", term["labelSelector"]);
                break;
        }
    }
}
