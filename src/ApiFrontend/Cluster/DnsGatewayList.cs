using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Orleans.Messaging;

namespace GifShare.ApiFrontend.Cluster;

/// <summary>
/// The silos behind a DNS name, e.g. a headless service of Kubernetes: each address that accepts a connection is a gateway. Orleans' own list
/// reads the membership table, and a frontend has no database. A silo opens its gateway when it serves and closes it when it leaves, so the
/// try tells both at once; a silo that was just lost may still be in DNS for a while.
/// </summary>
internal sealed class DnsGatewayList(FrontendClusterSettings settings) : IGatewayListProvider
{
    /// <summary>How long a silo may take to accept: a network's round trip, and a busy moment.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private ImmutableArray<(string Name, int Port)> gateways = [];

    /// <summary>How long a gateway that failed is left out, whatever this list says.</summary>
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

    /// <summary>A name that cannot be found gives nothing, so that the others still serve.</summary>
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
        using var patience = new CancellationTokenSource(Patience);
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint, patience.Token);
            return endpoint;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return null;
        }
    }
}
