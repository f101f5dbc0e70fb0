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

    /// <summary>Silo to silo.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>Frontend to silo.</summary>
    public int GatewayPort { get; set; } = 30000;
}
