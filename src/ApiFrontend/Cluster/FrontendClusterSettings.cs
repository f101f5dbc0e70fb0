using System.Collections.Immutable;
using System.Globalization;

namespace GifShare.ApiFrontend.Cluster;

/// <summary>Settings under <c>Cluster</c>: how a frontend finds and calls the silos.</summary>
public sealed class FrontendClusterSettings
{
    private const int UsualPort = 30000;

    /// <summary>
    /// The DNS name that resolves to every silo's address, with an optional port: <c>silos.gifshare.svc:30000</c>. Without such a name, several
    /// hosts separated by semicolons: <c>one.example;two.example:30001</c>.
    /// </summary>
    public string Gateways { get; set; } = "";

    /// <summary>Must equal the silos' cluster id.</summary>
    public string ClusterId { get; set; } = "gifshare";

    /// <summary>Must equal the silos' service id.</summary>
    public string ServiceId { get; set; } = "gifshare";

    /// <summary>
    /// The response timeout of grain calls, unless the grain interface says more. A call in flight through a killed silo gets no response and ends by this
    /// timeout: for a write the client is told to retry, a read is retried by the frontend itself.
    /// </summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(2);

    public static FrontendClusterSettings Of(IConfiguration configuration) => configuration.GetSection("Cluster").Get<FrontendClusterSettings>() ?? new();

    /// <summary>A sentence about the first invalid setting; null when all are valid.</summary>
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
