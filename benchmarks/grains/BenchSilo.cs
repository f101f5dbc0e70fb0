using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;

namespace GifShare.Bench.Grains;

/// <summary>A single silo as in <c>./gifshare up</c>, with its callers in the same process.</summary>
static class BenchSilo
{
    public static IHost Build(Action<ISiloBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(FreePort(), gatewayPort: 0);
            configure(silo);
        });
        return builder.Build();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
