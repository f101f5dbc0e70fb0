using Microsoft.Extensions.Hosting;

namespace GifShare.Bench.Engine;

static class BenchSilo
{
    public const string Engine = "Orleans";

    public static IHost Build(Action<ISiloBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            configure(silo);
        });
        return builder.Build();
    }
}
