using GifShare.Kubernetes.Tests.Manifests;

namespace GifShare.Kubernetes.Tests.Rules;

internal static class PortRules
{
    public static IEnumerable<string> Ports(Cluster cluster)
    {
        foreach (var pod in cluster.Pods)
        {
            foreach (var port in pod.Ports.Where(static p => p.Text("name") is null))
                yield return $"{pod}: port {port.Text("containerPort")} has no name.";
            foreach (var twice in pod.Ports.SelectMany(static p => new[] { p.Text("name"), p.Text("containerPort") }).OfType<string>().GroupBy(static p => p).Where(static g => g.Count() > 1))
                yield return $"{pod}: port {twice.Key} is named more than once.";
            foreach (var (name, probe) in pod.Containers.SelectMany(static c => c.Probes))
                if ((probe.Text("httpGet", "port") ?? probe.Text("tcpSocket", "port")) is { } port && pod.Ports.All(p => p.Text("name") != port))
                    yield return $"{pod}: {name} asks port {port}, which has no such name.";
        }

        foreach (var service in cluster.Of("Service"))
        {
            foreach (var twice in service.Spec.Each("ports").GroupBy(static p => p.Text("name")).Where(static g => g.Key is null || g.Count() > 1))
                yield return $"{service}: port {twice.Key ?? "without a name"} is there more than once, or has no name.";
            foreach (var port in service.Spec.Each("ports"))
                foreach (var pod in cluster.Selected(service.Spec.At("selector")))
                    if (pod.Ports.All(p => p.Text("name") != port.Text("targetPort")))
                        yield return $"{service}: {pod} has no port {port.Text("targetPort")}.";
        }

        foreach (var ingress in cluster.Of("Ingress"))
            foreach (var backend in ingress.Spec.Each("rules").SelectMany(static r => r.Each("http", "paths")).Select(static p => p.At("backend", "service")))
                if (cluster.Find("Service", backend.Text("name"))?.Spec.Each("ports").Any(p => p.Text("name") == backend.Text("port", "name") || p.Text("port") == backend.Text("port", "number")) is not true)
                    yield return $"{ingress}: there is no port {backend.At("port")?.ToJsonString()} of a Service {backend.Text("name")}.";

        foreach (var policy in cluster.Of("NetworkPolicy"))
            foreach (var port in policy.Spec.Each("ingress").SelectMany(static r => r.Each("ports")))
                foreach (var pod in cluster.Selected(policy.Spec.At("podSelector")))
                    if (pod.Port(port.Text("port")) is null)
                        yield return $"{policy}: {pod} has no port {port.Text("port")}.";
    }

    /// <summary>Ports that a program is told to open are the ones that its pod names.</summary>
    public static IEnumerable<string> Settings(Cluster cluster)
    {
        (string Component, string Variable, string Port)[] expected =
        [
            ("silo", "ASPNETCORE_HTTP_PORTS", "health"), ("silo", "Cluster__SiloPort", "silo"), ("silo", "Cluster__GatewayPort", "gateway"),
            ("frontend", "ASPNETCORE_URLS", "http"), ("frontend", "Telemetry__MetricsPort", "metrics"),
        ];
        foreach (var (component, variable, port) in expected)
            foreach (var pod in cluster.Pods.Where(p => p.Component == component))
                foreach (var container in pod.Containers)
                    if (cluster.ValueOf(pod, container, variable)?.Split(':')[^1] is var value && pod.Port(port)?.Text("containerPort") != value)
                        yield return $"{pod}: {variable} is {value}, its port {port} is {pod.Port(port)?.Text("containerPort")}.";
    }
}
