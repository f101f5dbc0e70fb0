using System.Net;

namespace GifShare.Silo;

/// <summary>Settings under <c>Cluster</c>: cluster membership and addresses of this silo.</summary>
public sealed class ClusterSettings
{
    /// <summary>False: a single silo in one process. The silo program sets it to true.</summary>
    public bool Enabled { get; set; }

    /// <summary>Silos and frontends with the same id form one cluster; a new id per deployment lets two versions run side by side.</summary>
    public string ClusterId { get; set; } = "gifshare";

    /// <summary>Identifies stored stream data; must never change.</summary>
    public string ServiceId { get; set; } = "gifshare";

    /// <summary>
    /// The IP address this silo listens on and announces to the others, which must be able to reach it. Empty: the machine's first one.
    /// Frontends must be configured with the same address (<c>Cluster:Gateways</c>), or they do not notice that the silo leaves.
    /// </summary>
    public string? Address { get; set; }

    /// <summary>The port for other silos.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>The port for frontends.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>
    /// How long a silo may take to answer a probe. After three missed probes, confirmed by a second silo if there is one, it is declared dead.
    /// A shorter timeout reactivates a lost silo's grains sooner. Too short, and a silo that is merely busy (a long garbage collection, a
    /// starved node) is declared dead: its process ends and its grains must be activated elsewhere. Orleans' default is 5 s.
    /// </summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1.5);

    public static ClusterSettings Of(IConfiguration configuration) => configuration.GetSection("Cluster").Get<ClusterSettings>() ?? new();

    /// <summary>A sentence about the first invalid setting; null when all are valid.</summary>
    public string? Problem() =>
        !string.IsNullOrEmpty(Address) && !IPAddress.TryParse(Address, out _) ? $"Cluster:Address is {Address}; it must be an IP address of this machine that the other silos reach."
        : ProbeTimeout < TimeSpan.FromMilliseconds(100) || ProbeTimeout > TimeSpan.FromMinutes(1) ? "Cluster:ProbeTimeout must be between 100 ms and a minute, as 00:00:01.5."
        : null;
}
