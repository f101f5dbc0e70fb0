using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Orleans.Messaging;

namespace GifShare.ApiFrontend.Cluster;

/// <summary>
/// Discovers gateways through DNS, e.g. a headless service of Kubernetes: each address that accepts a connection is a gateway. Orleans' own provider
/// reads the membership table, and a frontend has no database. A silo opens its gateway port when it is ready and closes it when it leaves, so a
/// connection attempt detects both at once; DNS may list a lost silo for a while.
/// </summary>
internal sealed class DnsGatewayList(FrontendClusterSettings settings) : IGatewayListProvider
{
    /// <summary>Connect timeout: a network round trip and a busy moment.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    private ImmutableArray<(string Name, int Port)> gateways = [];

    /// <summary>How long Orleans leaves out a failed gateway that this list still contains.</summary>
    public TimeSpan MaxStaleness => TimeSpan.FromSeconds(2);

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider()
    {
        gateways = settings.GatewayAddresses();
        return Task.CompletedTask;
    }

    public async Task<IList<Uri>> GetGateways()
    {
        var named = await Task.WhenAll(gateways.Select(static gateway => Resolve(gateway.Name, gateway.Port)));
        var found = await Task.WhenAll(named.SelectMany(static endpoints => endpoints).Distinct().Select(Accepting));
        return [.. found.OfType<IPEndPoint>().Select(static endpoint => endpoint.ToGatewayUri())];
    }

    /// <summary>Resolves a name. A name that does not resolve yields no addresses, so that the others are still used.</summary>
    private static async Task<IEnumerable<IPEndPoint>> Resolve(string name, int port)
    {
        try
        {
            return (await Dns.GetHostAddressesAsync(name)).Select(address => new IPEndPoint(address, port));
        }
        catch (SocketException)
        {
            return [];
        }
    }

    private static async Task<IPEndPoint?> Accepting(IPEndPoint endpoint)
    {
        using var timeout = new CancellationTokenSource(ConnectTimeout);
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint, timeout.Token);
            return endpoint;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return null;
        }
    }
}
