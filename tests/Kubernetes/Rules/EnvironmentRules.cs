using System.Collections.Immutable;
using GifShare.Kubernetes.Tests.Manifests;
using GifShare.Kubernetes.Tests.Programs;

namespace GifShare.Kubernetes.Tests.Rules;

internal static class EnvironmentRules
{
    // RequiredSettings is about the programs of a cluster; a backup reads the same three (docs/operations.md).
    private static readonly ImmutableArray<string> OfBackup = [RequiredSettings.Database, RequiredSettings.MasterKey, RequiredSettings.ObjectStoreFolder];

    private static readonly ImmutableArray<string> OfSilo = ["Cluster:Address", "Cluster:ClusterId", "Cluster:ServiceId", "Cluster:SiloPort", "Cluster:GatewayPort"];

    private static readonly ImmutableArray<string> OfBucket =
        ["ObjectStore__S3__Endpoint", "ObjectStore__S3__Bucket", "ObjectStore__S3__AccessKey", "ObjectStore__S3__SecretKey"];

    private static readonly ImmutableArray<string> OfFrontend =
        ["Cluster:Gateways", "Cluster:ClusterId", "Cluster:ServiceId", "ForwardedHeaders:KnownProxies", "Telemetry:MetricsPort"];

    public static IEnumerable<string> Settings(Cluster cluster)
    {
        foreach (var (pod, container, program) in OurContainers(cluster))
        {
            var names = cluster.NamesIn(container);
            ImmutableArray<string> required = pod.Component switch
            {
                "silo" => [.. program.Required, .. OfSilo],
                "frontend" => [.. program.Required, .. OfFrontend],
                _ => OfBackup,
            };
            foreach (var setting in required.Where(setting => !names.Contains(ClusterProgram.VariableOf(setting))))
                yield return $"{pod}: {ClusterProgram.VariableOf(setting)} is not set.";
            var platform = pod.Component == "silo" ? OrleansHosting.Variables : [];
            foreach (var name in platform.Where(name => !names.Contains(name)))
                yield return $"{pod}: {name} is not set, which Orleans' Kubernetes hosting reads.";
            foreach (var name in names.Where(name => !platform.Contains(name) && !IsShared(cluster, container, name) && !program.Knows(name)))
                yield return $"{pod}: {program.Project} knows no setting {name}.";
            // Problems of value are the program's own to tell; what can be known here is told here.
            foreach (var setting in program.Required)
                if (cluster.ValueOf(pod, container, ClusterProgram.VariableOf(setting)) is { } value && RequiredSettings.FirstProblem(_ => value, setting) is { } problem)
                    yield return $"{pod}: {problem}";
            foreach (var twice in container.Environment.GroupBy(static e => e.Text("name")).Where(static g => g.Count() > 1))
                yield return $"{pod}: {twice.Key} is set twice.";
        }

        foreach (var map in cluster.Of("ConfigMap"))
        {
            var readers = OurContainers(cluster).Where(c => c.Container.ConfigMaps.Contains(map.Name)).Select(static c => c.Program).ToArray();
            foreach (var name in map.Root.Map("data").Keys.Where(name => readers.Length > 0 && !readers.Any(program => program.Knows(name))))
                yield return $"{map}: nobody knows a setting {name}.";
        }
    }

    public static IEnumerable<string> Cluster(Cluster cluster)
    {
        foreach (var pod in cluster.Pods.Where(static p => p.Component == "frontend"))
        {
            if (pod.Template.All().Any(static n => n.ToString() is "gifshare-database" || n.ToString().StartsWith("ConnectionStrings", StringComparison.Ordinal)))
                yield return $"{pod} is given the database's address.";
            foreach (var container in pod.Containers)
            {
                var gateways = (cluster.ValueOf(pod, container, "Cluster__Gateways") ?? "").Split(':');
                var service = cluster.Find("Service", gateways[0].Split('.')[0]);
                var silos = cluster.Selected(service?.Spec.At("selector")).ToArray();
                if (service?.Spec.Text("clusterIP") != "None")
                    yield return $"{pod}: Cluster__Gateways is no headless Service, which alone gives each silo's address.";
                if (silos.Length == 0 || silos.Any(static s => s.Component != "silo"))
                    yield return $"{pod}: Cluster__Gateways does not lead to the silos.";
                if (gateways.Length != 2 || silos.Any(s => s.Port("gateway")?.Text("containerPort") != gateways[1]))
                    yield return $"{pod}: Cluster__Gateways has not the port of the gateways.";
                if (service?.Spec.Text("publishNotReadyAddresses") != "true")
                    yield return $"{service}: silos that are not ready would have no name, and frontends no silo.";
            }
        }

        foreach (var name in new[] { "Cluster__ClusterId", "Cluster__ServiceId", "PublicUrl", "ObjectStore__Kind", "ObjectStore__Folder", "ObjectStore__S3__Bucket" })
            if (OurContainers(cluster).Select(c => cluster.ValueOf(c.Pod, c.Container, name)).Distinct().Count() > 1)
                yield return $"{name} is not the same for all.";
        // One folder for all: the same volume at the place that the setting names. Or one bucket.
        foreach (var (pod, container, _) in OurContainers(cluster))
        {
            if (cluster.ValueOf(pod, container, "ObjectStore__Kind") == "S3")
            {
                foreach (var name in OfBucket.Where(name => !cluster.NamesIn(container).Contains(name)))
                    yield return $"{pod}: {name} is not set.";
                continue;
            }

            var mount = container.Spec.Each("volumeMounts").FirstOrDefault(m => m.Text("mountPath") == cluster.ValueOf(pod, container, "ObjectStore__Folder"));
            if (pod.Spec.Each("volumes").FirstOrDefault(v => v.Text("name") == mount.Text("name")).Text("persistentVolumeClaim", "claimName") != "files")
                yield return $"{pod}: ObjectStore__Folder is not the shared volume.";
        }
    }

    /// <summary>One map serves several programs; each may hold names that only another one reads.</summary>
    private static bool IsShared(Cluster cluster, Container container, string name) =>
        container.Environment.All(e => e.Text("name") != name)
        && container.ConfigMaps.Any(map => cluster.Find("ConfigMap", map).Json().Map("data").ContainsKey(name) && OurContainers(cluster).Count(c => c.Container.ConfigMaps.Contains(map)) > 1);

    private static IEnumerable<(Pod Pod, Container Container, ClusterProgram Program)> OurContainers(Cluster cluster) =>
        from pod in cluster.Pods
        from container in pod.Containers
        let program = Containerfile.ProgramOf(container.Image)
        where program is not null
        select (pod, container, program);
}
