using System.Globalization;
using GifShare.ApiFrontend.Gifs;
using GifShare.Kubernetes.Tests.Manifests;
using GifShare.Kubernetes.Tests.Programs;

namespace GifShare.Kubernetes.Tests.Rules;

internal static class IngressRules
{
    private const string Dashboard = "/dashboard";

    public static IEnumerable<string> WayIn(Cluster cluster)
    {
        var pod = cluster.Pods.First(static p => p.Component == "frontend");
        var address = new Uri(cluster.ValueOf(pod, pod.Containers[0], "PublicUrl")!);
        var hosts = new HashSet<string>((cluster.ValueOf(pod, pod.Containers[0], "AllowedHosts") ?? "").Split(';')) { address.Host };
        if (address.Scheme != Uri.UriSchemeHttps)
            yield return $"PublicUrl is {address}, and TLS ends at the ingress.";
        foreach (var ingress in cluster.Of("Ingress"))
        {
            var annotations = ingress.Root.Map("metadata", "annotations");
            var covered = ingress.Spec.Each("tls").Where(static t => t.Text("secretName") is not null).SelectMany(static t => t.Each("hosts")).Select(static h => h.ToString()).ToHashSet();
            foreach (var host in ingress.Spec.Each("rules").Select(static r => r.Text("host") ?? ""))
            {
                if (!covered.Contains(host))
                    yield return $"{ingress}: {host} has no TLS.";
                if (!hosts.Contains(host))
                    yield return $"{ingress}: a frontend does not answer under {host}.";
            }

            if (annotations.GetValueOrDefault("nginx.org/proxy-buffering") != "False")
                yield return $"{ingress} holds answers back.";
            if (ingress.Spec.Text("ingressClassName") is null)
                yield return $"{ingress}: which controller is it for?";
        }

        var main = cluster.Of("Ingress").Single(i => i.Spec.Each("rules").Any(r => r.Text("host") == address.Host));
        if (Bytes(main.Root.Map("metadata", "annotations").GetValueOrDefault("nginx.org/client-max-body-size", "1m")) < GifUploads.MaxBodyBytes)
            yield return $"{main} refuses uploads that GifShare takes.";

        // Where a host of its own guards the dashboard, the other one must not lead to it.
        foreach (var guard in cluster.Of("Ingress").Where(i => i != main))
        {
            if (!guard.Root.Map("metadata", "annotations").ContainsKey("nginx.org/basic-auth-secret"))
                yield return $"{guard} asks for no password.";
            if (guard.Root.Text("metadata", "annotations", "nginx.org/proxy-set-headers") != "Authorization:")
                yield return $"{guard} hands the ingress' password to GifShare, which refuses it.";
            var leads = main.Spec.Each("rules").SelectMany(static r => r.Each("http", "paths")).FirstOrDefault(static p => p.Text("path") == Dashboard);
            if (leads is null || cluster.Selected(cluster.Find("Service", leads.Text("backend", "service", "name"))?.Spec.At("selector")).Any())
                yield return $"{main} leads around {guard} to {Dashboard}.";
        }
    }

    /// <summary>ServiceMonitor is a type of the Prometheus operator, so the types of Kubernetes say nothing about it.</summary>
    public static IEnumerable<string> Monitors(Cluster cluster)
    {
        string[] spec = ["selector", "endpoints"], endpoint = ["port", "path", "interval"];
        foreach (var monitor in cluster.Of("ServiceMonitor"))
        {
            if (monitor.Root.Text("apiVersion") != "monitoring.coreos.com/v1")
                yield return $"{monitor}: its apiVersion is not that of the Prometheus operator.";
            foreach (var unknown in monitor.Spec.Map().Keys.Except(spec).Concat(monitor.Spec.Each("endpoints").SelectMany(static e => e.Map().Keys).Except(endpoint)))
                yield return $"{monitor}: {unknown} is not among the fields that are used here.";
            var services = cluster.Of("Service").Where(s => Selector.Matches(monitor.Spec.At("selector"), s.Labels)).ToArray();
            foreach (var asked in monitor.Spec.Each("endpoints"))
            {
                if (!services.Any(s => s.Spec.Each("ports").Any(p => p.Text("name") == asked.Text("port"))))
                    yield return $"{monitor}: no Service that it selects has a port {asked.Text("port")}.";
                foreach (var program in services.SelectMany(s => cluster.Selected(s.Spec.At("selector"))).SelectMany(static p => p.Containers).Select(static c => Containerfile.ProgramOf(c.Image)))
                    if (program?.Routes.Contains(asked.Text("path") ?? "/metrics") is not true)
                        yield return $"{monitor}: {program?.Project} does not answer {asked.Text("path")}.";
            }

            if (!monitor.Spec.Each("endpoints").Any())
                yield return $"{monitor} asks nobody.";
        }
    }

    private static long Bytes(string size) => size[^1] switch
    {
        'm' => long.Parse(size[..^1], CultureInfo.InvariantCulture) << 20,
        'k' => long.Parse(size[..^1], CultureInfo.InvariantCulture) << 10,
        _ => long.Parse(size, CultureInfo.InvariantCulture),
    };
}
