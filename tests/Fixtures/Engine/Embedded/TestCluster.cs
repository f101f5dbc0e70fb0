using GifShare.EmbeddedSilo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GifShare.Fixtures;

public static class TestCluster
{
    /// <summary>Starts a silo that knows every grain class of every referenced GifShare.* assembly.</summary>
    public static async Task<ITestCluster> StartAsync(Action<ISiloBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddEmbeddedSilo(configure);
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return new EmbeddedCluster(host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    sealed class EmbeddedCluster(IHost host) : ITestCluster
    {
        public IClusterClient Client { get; } = host.Services.GetRequiredService<IClusterClient>();

        public IReadOnlyList<IServiceProvider> Silos { get; } = [host.Services];

        public Task StopAsync() => host.StopAsync();

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            await ((IAsyncDisposable)host).DisposeAsync();
        }
    }
}
