using System.Net;

namespace GifShare.Silo;

/// <summary>Settings under <c>Cluster</c>: how this silo and the others find each other.</summary>
public sealed class ClusterSettings
{
    /// <summary>False: the silo is alone in one process. The silo program sets it to true.</summary>
    public bool Enabled { get; set; }

    /// <summary>Silos and frontends with the same id form one cluster; a new id per deployment lets two versions run side by side.</summary>
    public string ClusterId { get; set; } = "gifshare";

    /// <summary>Identifies the stored data of streams; must never change.</summary>
    public string ServiceId { get; set; } = "gifshare";

    /// <summary>
    /// The IP address at which this silo listens and that it announces to the others, which must be able to reach it. Empty: the machine's first one.
    /// Frontends must be configured with the same address (<c>Cluster:Gateways</c>), or they do not notice that the silo leaves.
    /// </summary>
    public string? Address { get; set; }

    /// <summary>The port for other silos.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>The port for frontends.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>
    /// How long a silo may take to answer a probe. After three missed probes, confirmed by a second silo if there is one, it is declared dead.
    /// A shorter time brings a lost silo's grains back sooner. If it is too short, a silo that was only busy (a long pause of the garbage collector, a
    /// starved node) is declared dead, which ends its process, and its grains must reload. Orleans' default is 5 s.
    /// </summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1.5);

    public static ClusterSettings Of(IConfiguration configuration) => configuration.GetSection("Cluster").Get<ClusterSettings>() ?? new();

    /// <summary>A sentence about the first wrong setting; null when all are right.</summary>
    public string? Problem() =>
        !string.IsNullOrEmpty(Address) && !IPAddress.TryParse(Address, out _) ? $"Cluster:Address is {Address}; it must be an IP address of this machine that the other silos reach."
        : ProbeTimeout < TimeSpan.FromMilliseconds(100) || ProbeTimeout > TimeSpan.FromMinutes(1) ? "Cluster:ProbeTimeout must be between 100 ms and a minute, as 00:00:01.5."
        : null;
}
