using System.Collections.Immutable;
using System.Globalization;

namespace GifShare.ApiFrontend.Cluster;

/// <summary>Settings under <c>Cluster</c>: how a frontend finds the silos.</summary>
public sealed class FrontendClusterSettings
{
    private const int UsualPort = 30000;

    /// <summary>
    /// The DNS name that gives every silo's address, with an optional port: <c>silos.gifshare.svc:30000</c>. Several are separated by
    /// semicolons, for machines without such a name: <c>one.example;two.example:30001</c>.
    /// </summary>
    public string Gateways { get; set; } = "";

    /// <summary>The silos' own id.</summary>
    public string ClusterId { get; set; } = "gifshare";

    /// <summary>The silos' own id.</summary>
    public string ServiceId { get; set; } = "gifshare";

    /// <summary>
    /// How long a call to a grain may take, unless its contract says more. Calls that were on their way through a silo that was killed get no
    /// answer and end by it: a write's client is then told to come again, a read is asked again by the frontend itself.
    /// </summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(2);

    public static FrontendClusterSettings Of(IConfiguration configuration) => configuration.GetSection("Cluster").Get<FrontendClusterSettings>() ?? new();

    /// <summary>What is wrong with them, in a sentence; null when nothing.</summary>
    public string? Problem() =>
        TryParse(Gateways, out _) ? null : "Cluster:Gateways must be the DNS name of the silos, with an optional port, as silos.example:30000.";

    /// <exception cref="InvalidOperationException">There is a <see cref="Problem"/>.</exception>
    public ImmutableArray<(string Name, int Port)> GatewayAddresses() =>
        TryParse(Gateways, out var addresses) ? addresses : throw new InvalidOperationException(Problem());

    private static bool TryParse(string text, out ImmutableArray<(string Name, int Port)> addresses)
    {
        addresses = [];
        foreach (var gateway in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var colon = gateway.LastIndexOf(':');
            ushort port = UsualPort;
            if (colon == 0 || (colon > 0 && !ushort.TryParse(gateway.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)) || port == 0)
                return false;
            addresses = addresses.Add((colon < 0 ? gateway : gateway[..colon], port));
        }

        return !addresses.IsEmpty;
    }
}
