using System.Net;

namespace GifShare.Silo;

/// <summary>Settings under <c>Cluster</c>: how this silo finds and meets the others.</summary>
public sealed class ClusterSettings
{
    /// <summary>False: this process is alone. The cluster program sets it.</summary>
    public bool Enabled { get; set; }

    /// <summary>Silos and frontends with the same id form one cluster; a new id per deployment lets two versions run side by side.</summary>
    public string ClusterId { get; set; } = "gifshare";

    /// <summary>Names the data of streams; never changed.</summary>
    public string ServiceId { get; set; } = "gifshare";

    /// <summary>
    /// The IP address that this silo listens at and that the others are told; they must be able to reach it. Empty: the machine's first one.
    /// Frontends must find the silo under this very address (<c>Cluster:Gateways</c>), or they cannot hear that it says goodbye.
    /// </summary>
    public string? Address { get; set; }

    /// <summary>Silo to silo.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>Frontend to silo.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>
    /// How long a silo may leave a probe unanswered; three in a row, confirmed by a second silo where there is one, and it is declared dead.
    /// Shorter brings a lost silo's grains back sooner; too short, and a silo that only was busy for a moment (a long pause of the collector, a
    /// starved node) is declared dead, which ends its process and costs its grains a reload. Orleans' own default is 5 s.
    /// </summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1.5);

    public static ClusterSettings Of(IConfiguration configuration) => configuration.GetSection("Cluster").Get<ClusterSettings>() ?? new();

    /// <summary>What is wrong with them, in a sentence; null when nothing.</summary>
    public string? Problem() =>
        !string.IsNullOrEmpty(Address) && !IPAddress.TryParse(Address, out _) ? $"Cluster:Address is {Address}; it must be an IP address of this machine that the other silos reach."
        : ProbeTimeout < TimeSpan.FromMilliseconds(100) || ProbeTimeout > TimeSpan.FromMinutes(1) ? "Cluster:ProbeTimeout must be between 100 ms and a minute, as 00:00:01.5."
        : null;
}
