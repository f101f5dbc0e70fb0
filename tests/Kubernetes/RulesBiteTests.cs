using GifShare.Kubernetes.Tests.Manifests;
using GifShare.Kubernetes.Tests.Rules;

namespace GifShare.Kubernetes.Tests;

/// <summary>A rule that refuses nothing proves nothing: each is shown an overlay with one thing broken.</summary>
public sealed class RulesBiteTests
{
    /// <summary>Rule, what is broken in the rendered production overlay (its first place), and a word of the complaint.</summary>
    public static TheoryData<string, string, string, string> Broken { get; } = new()
    {
        { "Every selector matches, and only what it means", "  publishNotReadyAddresses: true\n  selector:\n    app.kubernetes.io/component: silo", "  publishNotReadyAddresses: true\n  selector:\n    app.kubernetes.io/component: silos", "Service silos" },
        { "Every selector matches, and only what it means", "  selector:\n    matchLabels:\n      app.kubernetes.io/component: silo\n      app.kubernetes.io/name: gifshare\n  strategy", "  selector:\n    matchLabels:\n      app.kubernetes.io/name: gifshare\n  strategy", "selects the pods of" },
        { "Every selector matches, and only what it means", "- podSelector:\n        matchLabels:\n          app.kubernetes.io/component: frontend", "- podSelector:\n        matchLabels:\n          app.kubernetes.io/component: web", "a peer" },
        { "What is named is there", "serviceAccountName: silo", "serviceAccountName: default", "ServiceAccount" },
        { "Every port is named once and is there", "targetPort: gateway", "targetPort: gateways", "gateways" },
        { "Every port is named once and is there", "          name: gateway\n", "          name: silo\n", "more than once" },
        { "Every port is named once and is there", "            name: frontend\n            port:\n              name: http", "            name: frontend\n            port:\n              name: web", "Ingress" },
        { "Ports in settings are those of the pod", "value: \"11111\"", "value: \"11112\"", "Cluster__SiloPort" },
        { "Every program is given what it reads, and nothing that it does not know", "name: Cluster__Address", "name: Cluster__Adress", "Cluster__Adress" },
        { "Every program is given what it reads, and nothing that it does not know", "name: ConnectionStrings__GifShare", "name: ConnectionStrings__Gifs", "ConnectionStrings__GifShare is not set" },
        { "Every program is given what it reads, and nothing that it does not know", "name: POD_NAMESPACE", "name: NAMESPACE", "POD_NAMESPACE" },
        { "Every program is given what it reads, and nothing that it does not know", "  ObjectStore__Folder:", "  ObjectStore__Path:", "ObjectStore__Path" },
        { "Every program is given what it reads, and nothing that it does not know", "PublicUrl: https://gifs.example.org", "PublicUrl: gifs.example.org", "PublicUrl must be" },
        { "Frontends find the silos by DNS and never the database", "  Cluster__Gateways: silos:30000", "  Cluster__Gateways: frontend:30000", "headless" },
        { "Frontends find the silos by DNS and never the database", "  Cluster__Gateways: silos:30000", "  Cluster__Gateways: silos:11111", "port of the gateways" },
        { "Frontends find the silos by DNS and never the database", "publishNotReadyAddresses: true", "publishNotReadyAddresses: false", "not ready" },
        { "Frontends find the silos by DNS and never the database", "- name: Telemetry__MetricsPort\n          value: \"9464\"", "- name: ConnectionStrings__GifShare\n          value: x", "database's address" },
        { "Frontends find the silos by DNS and never the database", "  ObjectStore__Kind: S3", "  ObjectStore__Kind: Folder", "shared volume" },
        { "Frontends find the silos by DNS and never the database", "name: ObjectStore__S3__SecretKey", "name: ObjectStore__S3__SecretsKey", "ObjectStore__S3__SecretKey is not set" },
        { "Probes ask real routes", "path: /health/live", "path: /healthz", "/healthz" },
        { "Probes ask real routes", "livenessProbe:", "lifeProbe:", "livenessProbe" },
        { "Every end is orderly", "terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 30", "not enough" },
        { "Every end is orderly", "maxUnavailable: 0", "maxUnavailable: 1", "rollout" },
        { "Every end is orderly", "        livenessProbe:", "        lifecycle:\n          preStop:\n            sleep:\n              seconds: 5\n        livenessProbe:", "nothing may hold" },
        { "Probes ask real routes", "path: /health/connected", "path: /health/ready", "all frontends" },
        { "Secrets are only in Secrets", "  PublicUrl: https://gifs.example.org", "  PublicUrl: https://gifs.example.org\n  Secrets__MasterKey: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "ConfigMap" },
        { "Secrets are only in Secrets", "- name: Secrets__MasterKey\n          valueFrom:\n            secretKeyRef:\n              key: Secrets__MasterKey\n              name: gifshare", "- name: Secrets__MasterKey\n          value: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "not from a Secret" },
        { "Orleans finds silos and nothing else", "        app.kubernetes.io/component: frontend\n        app.kubernetes.io/name: gifshare\n    spec:", "        app.kubernetes.io/component: frontend\n        app.kubernetes.io/name: gifshare\n        orleans/clusterId: gifshare\n    spec:", "is no silo" },
        { "Orleans finds silos and nothing else", "        orleans/clusterId: gifshare\n", "        orleans/clusterId: other\n", "Cluster__ClusterId" },
        { "Orleans finds silos and nothing else", "kind: Deployment\nmetadata:\n  labels:\n    app.kubernetes.io/component: silo", "kind: StatefulSet\nmetadata:\n  labels:\n    app.kubernetes.io/component: silo", "told apart" },
        { "Silos may ask the API what Orleans asks", "  - patch\n", "", "lacks patch" },
        { "Silos may ask the API what Orleans asks", "  - patch\n", "  - patch\n  - delete\n", "has delete" },
        { "Silos may ask the API what Orleans asks", "- kind: ServiceAccount\n  name: silo", "- kind: ServiceAccount\n  name: frontend", "rights" },
        { "Silos may ask the API what Orleans asks", "- kind: ServiceAccount\n  name: silo\n  namespace: gifshare", "- kind: ServiceAccount\n  name: silo", "lacks get" },
        { "Pods are restricted", "runAsNonRoot: true", "runAsNonRoot: false", "root" },
        { "Pods are restricted", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "image" },
        { "Pods are restricted", "            drop:\n            - ALL", "            drop: []", "capabilities" },
        { "Pods are restricted", "type: RuntimeDefault", "type: Unconfined", "seccomp" },
        { "Pods are restricted", "      - emptyDir:\n          sizeLimit: 3Gi\n", "      - hostPath:\n          path: /tmp\n", "kind" },
        { "Pods are restricted", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "privileges" },
        { "Every container has requests and limits", "          limits:\n            cpu: \"4\"\n", "          limits:\n", "cpu" },
        { "Every container has requests and limits", "memory: 512Mi", "memory: 512Gi", "asks for more" },
        { "Every image is one of ours at this version, or the database", "image: gifshare-silo:0.1.0", "image: gifshare-silo:latest", "latest" },
        { "Every image is one of ours at this version, or the database", "image: gifshare-silo:0.1.0", "image: gifshare-grains:0.1.0", "nobody builds" },
        { "Who reaches whom", "  - from:\n    - podSelector:\n        matchLabels:\n          app.kubernetes.io/component: silo\n          app.kubernetes.io/name: gifshare\n    ports:\n    - port: 11111\n", "  - from:\n    - podSelector:\n        matchLabels:\n          app.kubernetes.io/component: silo\n          app.kubernetes.io/name: gifshare\n    ports:\n    - port: 11111\n    - port: 8081\n", "port health" },
        { "Who reaches whom", "          kubernetes.io/metadata.name: nginx-ingress", "          kubernetes.io/metadata.name: default", "Namespace default" },
        { "Who reaches whom", "      - silo\n      - operator\n", "      - silo\n      - operator\n      - frontend\n", "frontend may send to port 5432" },
        { "Who reaches whom", "  name: nothing\n  namespace: gifshare\nspec:\n  podSelector: {}\n", "  name: nothing\n  namespace: gifshare\nspec:\n  podSelector: {matchLabels: {app.kubernetes.io/component: silo}}\n", "closes" },
        { "The way in", "nginx.org/client-max-body-size: 32m", "nginx.org/client-max-body-size: 1m", "refuses uploads" },
        { "The way in", "nginx.org/proxy-buffering: \"False\"", "nginx.org/proxy-buffering: \"True\"", "holds answers back" },
        { "The way in", "PublicUrl: https://gifs.example.org", "PublicUrl: http://gifs.example.org", "TLS ends" },
        { "The way in", "AllowedHosts: dashboard.gifs.example.org", "AllowedHosts: elsewhere.example.org", "does not answer under" },
        { "The way in", "      - backend:\n          service:\n            name: nobody", "      - backend:\n          service:\n            name: frontend", "leads around" },
        { "The way in", "  tls:\n  - hosts:\n    - gifs.example.org", "  tls:\n  - hosts:\n    - other.example.org", "has no TLS" },
        { "Metrics are scraped where they are", "    port: metrics\n", "    port: http2\n", "http2" },
        { "Metrics are scraped where they are", "    path: /metrics\n", "    path: /prometheus\n", "/prometheus" },
        { "Metrics are scraped where they are", "  - interval: 15s\n", "  - intervall: 15s\n", "intervall" },
    };

    [Theory, MemberData(nameof(Broken))]
    public async Task Refuses(string rule, string healthy, string broken, string word)
    {
        var yaml = await Kubectl.RenderAsync("overlays/production");
        var place = yaml.IndexOf(healthy, StringComparison.Ordinal);
        Assert.True(place >= 0, $"Nothing to break: {healthy}");
        var cluster = Cluster.Parse(string.Concat(yaml.AsSpan(0, place), broken, yaml.AsSpan(place + healthy.Length)));
        Assert.Contains(Rule.All[rule](cluster), sentence => sentence.Contains(word, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_rule_is_shown_something_broken() =>
        Assert.Equal(Rule.All.Keys, Broken.Select(static row => row.Data.Item1).Distinct().Order(StringComparer.Ordinal));
}
