using GifShare.Kubernetes.Tests.Manifests;

namespace GifShare.Kubernetes.Tests.Rules;

/// <summary>The Pod Security Standard "restricted", and a read-only root beyond it.</summary>
internal static class PodSecurityRules
{
    private static readonly string[] AllowedVolumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    public static IEnumerable<string> Restricted(Cluster cluster)
    {
        foreach (var space in cluster.Of("Namespace"))
            if (space.Labels.GetValueOrDefault("pod-security.kubernetes.io/enforce") != "restricted")
                yield return $"{space} does not enforce the restricted standard.";
        foreach (var pod in cluster.Pods)
        {
            foreach (var name in new[] { "hostNetwork", "hostPID", "hostIPC" })
                if (pod.Spec.Text(name) == "true")
                    yield return $"{pod}: {name}.";
            foreach (var volume in pod.Spec.Each("volumes"))
                if (!AllowedVolumes.Any(kind => volume[kind] is not null))
                    yield return $"{pod}: volume {volume.Text("name")} is of a kind that is not allowed.";
            if (pod.Spec.At("securityContext", "sysctls") is not null)
                yield return $"{pod}: sysctls.";
            foreach (var container in pod.Containers)
                foreach (var problem in Problems(pod, container))
                    yield return $"{pod}: {container.Name} {problem}.";
        }
    }

    private static IEnumerable<string> Problems(Pod pod, Container container)
    {
        // A container's own word counts before its pod's.
        string? Own(params string[] path) => container.Spec.Text(["securityContext", .. path]) ?? pod.Spec.Text(["securityContext", .. path]);
        if (Own("runAsNonRoot") != "true")
            yield return "may run as root";
        if (Own("runAsUser") is not { } user || user == "0")
            yield return "has no user who is not root";
        if (Own("seccompProfile", "type") is not ("RuntimeDefault" or "Localhost"))
            yield return "has no seccomp profile";
        if (container.Spec.Text("securityContext", "allowPrivilegeEscalation") != "false")
            yield return "may gain privileges";
        if (container.Spec.Text("securityContext", "privileged") == "true")
            yield return "is privileged";
        if (container.Spec.Text("securityContext", "readOnlyRootFilesystem") != "true")
            yield return "may write into its image";
        if (!container.Spec.Each("securityContext", "capabilities", "drop").Any(static c => c.ToString() == "ALL"))
            yield return "keeps capabilities";
        if (container.Spec.Each("securityContext", "capabilities", "add").Any(static c => c.ToString() != "NET_BIND_SERVICE"))
            yield return "adds capabilities";
        if ((container.Spec.Text("securityContext", "procMount") ?? "Default") != "Default")
            yield return "has another proc";
        if (container.Ports.Any(static p => p["hostPort"] is not null))
            yield return "takes a port of its node";
    }
}
