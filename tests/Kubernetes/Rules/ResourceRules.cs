using System.Globalization;
using System.Xml.Linq;
using GifShare.Fixtures;
using GifShare.Kubernetes.Tests.Manifests;
using GifShare.Kubernetes.Tests.Programs;

namespace GifShare.Kubernetes.Tests.Rules;

internal static class ResourceRules
{
    private static readonly Lazy<string> Version = new(() =>
        XDocument.Load(Path.Combine(RunningProgram.Checkout, "Directory.Build.props")).Descendants("Version").Single().Value);

    public static IEnumerable<string> Resources(Cluster cluster)
    {
        foreach (var pod in cluster.Pods)
        {
            foreach (var container in pod.Containers)
                foreach (var kind in new[] { "cpu", "memory" })
                {
                    if (container.Spec.Text("resources", "requests", kind) is not { } request || container.Spec.Text("resources", "limits", kind) is not { } limit)
                        yield return $"{pod}: {container.Name} has no request or no limit of {kind}.";
                    else if (Quantity(request) > Quantity(limit))
                        yield return $"{pod}: {container.Name} asks for more {kind} than it may have.";
                }

            foreach (var volume in pod.Spec.Each("volumes").Where(static v => v["emptyDir"] is not null && v.At("emptyDir", "sizeLimit") is null))
                yield return $"{pod}: volume {volume.Text("name")} may fill its node.";
        }
    }

    public static IEnumerable<string> Images(Cluster cluster)
    {
        var database = Containerfile.Bases["POSTGRES_IMAGE"].Split(':');
        foreach (var pod in cluster.Pods)
            foreach (var container in pod.Containers)
            {
                if (Containerfile.ProgramOf(container.Image) is not null)
                {
                    if (container.Tag != Version.Value)
                        yield return $"{pod}: {container.Image} is {container.Tag}, and this is {Version.Value}.";
                }
                else if (container.Image != database[0])
                {
                    yield return $"{pod}: nobody builds {container.Image}.";
                }
                else if (container.Tag.Split('-')[0] != database[1].Split('-')[0])
                {
                    yield return $"{pod}: PostgreSQL is {container.Tag}, and backups are made by the tools of {database[1]}.";
                }
            }
    }

    private static double Quantity(string text)
    {
        (string Suffix, double Factor)[] units = [("Ki", 1024), ("Mi", 1 << 20), ("Gi", 1 << 30), ("m", 0.001), ("", 1)];
        var (suffix, factor) = units.First(u => text.EndsWith(u.Suffix, StringComparison.Ordinal));
        return double.Parse(text[..^suffix.Length], CultureInfo.InvariantCulture) * factor;
    }
}
