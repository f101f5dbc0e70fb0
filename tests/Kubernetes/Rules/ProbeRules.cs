using GifShare.Kubernetes.Tests.Manifests;
using GifShare.Kubernetes.Tests.Programs;

namespace GifShare.Kubernetes.Tests.Rules;

internal static class ProbeRules
{
    /// <summary>Seconds between a signal and the end of the last request that are not the program's own.</summary>
    private const int Margin = 5;

    public static IEnumerable<string> Probes(Cluster cluster)
    {
        foreach (var pod in cluster.Pods.Where(static p => p.IsService))
            foreach (var container in pod.Containers)
            {
                foreach (var missing in new[] { "startupProbe", "readinessProbe", "livenessProbe" }.Except(container.Probes.Select(static p => p.Name)))
                    yield return $"{pod}: {container.Name} has no {missing}.";
                if (Containerfile.ProgramOf(container.Image) is not { } program)
                    continue;
                foreach (var (name, probe) in container.Probes)
                {
                    if (probe.Text("httpGet", "path") is not { } path || !program.Routes.Contains(path))
                        yield return $"{pod}: {name} asks {probe.Text("httpGet", "path") ?? "nothing"}, which {program.Project} does not answer.";
                    if ((probe.Number("timeoutSeconds") ?? 1) > (probe.Number("periodSeconds") ?? 10))
                        yield return $"{pod}: {name} waits longer than until the next one.";
                }

                if (container.Spec.Text("livenessProbe", "httpGet", "path") != "/health/live")
                    yield return $"{pod}: what others lack would have its liveness probe kill it.";
                if (pod.Component == "frontend" && container.Spec.Text("readinessProbe", "httpGet", "path") == "/health/ready")
                    yield return $"{pod}: a lost database would take all frontends out at once.";
            }
    }

    public static IEnumerable<string> Ends(Cluster cluster)
    {
        foreach (var pod in cluster.Pods.Where(static p => p.IsService))
        {
            var grace = pod.Spec.Number("terminationGracePeriodSeconds") ?? 0;
            foreach (var container in pod.Containers)
            {
                if (Containerfile.ProgramOf(container.Image) is not { } program)
                    continue;
                var drain = int.TryParse(cluster.ValueOf(pod, container, "Shutdown__DrainSeconds"), out var set) ? set : 0;
                if (grace < drain + program.ShutdownSeconds + Margin)
                    yield return $"{pod}: {grace} s are not enough to end in order: {drain} to drain, {program.ShutdownSeconds} of {program.Project}'s own.";
                if (container.Spec.At("lifecycle") is not null)
                    yield return $"{pod}: {program.Project} leaves in order when the signal comes; nothing may hold that up.";
            }

            if (pod.Owner.Kind == "Deployment" && pod.Owner.Spec.Text("strategy", "rollingUpdate", "maxUnavailable") != "0")
                yield return $"{pod}: a rollout takes one away before there is another.";
        }
    }
}
