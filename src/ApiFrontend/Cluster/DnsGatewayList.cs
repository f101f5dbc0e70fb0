using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Orleans.Messaging;

namespace GifShare.ApiFrontend.Cluster;

/// <summary>
/// The silos behind a DNS name, e.g. a headless service of Kubernetes: each address is a gateway. Orleans' own list reads the
/// membership table, and a frontend has no database.
/// </summary>
internal sealed class DnsGatewayList(FrontendClusterSettings settings) : IGatewayListProvider
{
    private ImmutableArray<(string Name, int Port)> gateways = [];

    /// <summary>How long a gone silo may still be tried, and a new one not yet.</summary>
    public TimeSpan MaxStaleness => TimeSpan.FromSeconds(10);

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider()
    {
        gateways = settings.GatewayAddresses();
        return Task.CompletedTask;
    }

    /// <summary>A name that cannot be found gives nothing, so that the others still serve.</summary>
    public async Task<IList<Uri>> GetGateways()
    {
        var found = await Task.WhenAll(gateways.Select(static async gateway =>
        {
            try
            {
                var addresses = await Dns.GetHostAddressesAsync(gateway.Name);
                return addresses.Select(address => new IPEndPoint(address, gateway.Port).ToGatewayUri());
            }
            catch (SocketException)
            {
                return [];
            }
        }));
        return [.. found.SelectMany(static uris => uris).Distinct()];
    }
}
