using System.Collections.Immutable;
using GifShare.Kubernetes.Tests.Manifests;

namespace GifShare.Kubernetes.Tests.Rules;

/// <summary>What must hold in every overlay. A rule says what is wrong, one sentence for each thing, and nothing when all is well.</summary>
internal static class Rule
{
    public static ImmutableSortedDictionary<string, Func<Cluster, IEnumerable<string>>> All { get; } = new Dictionary<string, Func<Cluster, IEnumerable<string>>>
    {
        ["Every selector matches, and only what it means"] = SelectorRules.Selectors,
        ["What is named is there"] = SelectorRules.References,
        ["Every port is named once and is there"] = PortRules.Ports,
        ["Ports in settings are those of the pod"] = PortRules.Settings,
        ["Every program is given what it reads, and nothing that it does not know"] = EnvironmentRules.Settings,
        ["Frontends find the silos by DNS and never the database"] = EnvironmentRules.Cluster,
        ["Probes ask real routes"] = ProbeRules.Probes,
        ["Every end is orderly"] = ProbeRules.Ends,
        ["Secrets are only in Secrets"] = SecretRules.Secrets,
        ["Orleans finds silos and nothing else"] = OrleansRules.Labels,
        ["Silos may ask the API what Orleans asks"] = OrleansRules.Rights,
        ["Pods are restricted"] = PodSecurityRules.Restricted,
        ["Every container has requests and limits"] = ResourceRules.Resources,
        ["Every image is one of ours at this version, or the database"] = ResourceRules.Images,
        ["Who reaches whom"] = NetworkRules.Reach,
        ["The way in"] = IngressRules.WayIn,
        ["Metrics are scraped where they are"] = IngressRules.Monitors,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);
}
