using GifShare.EmbeddedSilo;
using Microsoft.Extensions.Hosting;

namespace GifShare.Bench.Engine;

static class BenchSilo
{
    public const string Engine = "Embedded";

    public static IHost Build(Action<ISiloBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddEmbeddedSilo(configure);
        return builder.Build();
    }
}
