using System.Net;
using Orleans.Messaging;

namespace GifShare.ApiFrontend.Engine;

/// <summary>
/// The silos behind one DNS name, e.g. a headless service of Kubernetes: each address is a gateway. Orleans' own list reads the
/// membership table, and a frontend has no database.
/// </summary>
internal sealed class DnsGatewayList(FrontendClusterSettings settings) : IGatewayListProvider
{
    private string name = "";
    private int port;

    /// <summary>How long a gone silo may still be tried, and a new one not yet.</summary>
    public TimeSpan MaxStaleness => TimeSpan.FromSeconds(10);

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider()
    {
        (name, port) = settings.GatewayAddress();
        return Task.CompletedTask;
    }

    public async Task<IList<Uri>> GetGateways() =>
        [.. from address in await Dns.GetHostAddressesAsync(name) select new IPEndPoint(address, port).ToGatewayUri()];
}
