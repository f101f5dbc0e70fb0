using System.Text.RegularExpressions;
using GifShare.Kubernetes.Tests.Manifests;

namespace GifShare.Kubernetes.Tests.Rules;

internal static partial class SecretRules
{
    public static IEnumerable<string> Secrets(Cluster cluster)
    {
        foreach (var secret in cluster.Of("Secret"))
            yield return $"{secret}: secrets are made in the cluster, not in files.";
        foreach (var map in cluster.Of("ConfigMap"))
            foreach (var (name, value) in map.Root.Map("data"))
                if (IsSecret(name, value))
                    yield return $"{map}: {name} is a secret.";
        foreach (var pod in cluster.Pods)
        {
            foreach (var variable in pod.Containers.SelectMany(static c => c.Environment))
                if (variable.Text("valueFrom", "secretKeyRef", "name") is null && IsSecret(variable.Text("name")!, variable.Text("value") ?? ""))
                    yield return $"{pod}: {variable.Text("name")} is a secret and not from a Secret.";
            if (pod.Containers.SelectMany(static c => c.Spec.Each("envFrom")).Any(static e => e["secretRef"] is not null))
                yield return $"{pod}: a whole Secret becomes its environment; name the keys.";
            if (pod.Containers.SelectMany(static c => c.Spec.Each("args").Concat(c.Spec.Each("command"))).Any(static a => HasPassword().IsMatch(a.ToString())))
                yield return $"{pod}: there is a secret among its arguments.";
        }
    }

    private static bool IsSecret(string name, string value) =>
        SecretName().IsMatch(name) || HasPassword().IsMatch(value) || (Convert.TryFromBase64String(value, new byte[64], out var length) && length == 32);

    [GeneratedRegex("ConnectionString|MasterKey|Password|Passwd|Secret|Token|ApiKey|Credential", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"(?:Password|pwd)\s*=\s*[^$\s;]|://[^/@\s]+:[^/@\s]+@", RegexOptions.IgnoreCase)]
    private static partial Regex HasPassword();
}
