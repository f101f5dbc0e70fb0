using System.Globalization;

namespace GifShare.ApiFrontend;

/// <summary>Settings under <c>Cluster</c>: how a frontend finds the silos. The embedded engine has none and ignores them.</summary>
public sealed class FrontendClusterSettings
{
    private const int UsualPort = 30000;

    /// <summary>The DNS name that gives every silo's address, with an optional port: <c>silos.gifshare.svc:30000</c>.</summary>
    public string Gateways { get; set; } = "";

    /// <summary>The silos' own id.</summary>
    public string ClusterId { get; set; } = "gifshare";

    /// <summary>The silos' own id.</summary>
    public string ServiceId { get; set; } = "gifshare";

    /// <exception cref="InvalidOperationException">It is missing or malformed; the message says what to set.</exception>
    public (string Name, int Port) GatewayAddress()
    {
        var colon = Gateways.LastIndexOf(':');
        var name = colon < 0 ? Gateways : Gateways[..colon];
        var port = UsualPort;
        if (name.Length == 0 || (colon >= 0 && !int.TryParse(Gateways.AsSpan(colon + 1), CultureInfo.InvariantCulture, out port)))
            throw new InvalidOperationException("Cluster:Gateways is not set: give the DNS name of the silos, with an optional port, as silos.example:30000.");
        return (name, port);
    }
}
