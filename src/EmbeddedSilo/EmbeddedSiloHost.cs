using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace GifShare.EmbeddedSilo;

/// <summary>How a host gets its silo.</summary>
public static class EmbeddedSiloHost
{
    /// <summary>
    /// Adds the silo, as Orleans' UseOrleans does. It starts where it stands among the hosted services: register it before
    /// whatever calls grains, so that it starts first and stops last.
    /// </summary>
    public static IHostApplicationBuilder AddEmbeddedSilo(this IHostApplicationBuilder builder, Action<ISiloBuilder> configure)
    {
        if (!builder.Services.Any(s => s.ServiceType == typeof(Silo)))
        {
            builder.Services.AddOptions();
            builder.Services.AddSingleton<Silo>();
            builder.Services.AddSingleton<IClusterClient>(services => services.GetRequiredService<Silo>().Grains);
            builder.Services.AddSingleton<IGrainFactory>(services => services.GetRequiredService<IClusterClient>());
            builder.Services.AddTransient<IGrainContext>(_ => Activation.Current ?? throw new InvalidOperationException("A grain context exists only in a grain."));
            builder.Services.AddHostedService<SiloService>();
        }
        configure(new SiloBuilder(builder.Services, builder.Configuration));
        return builder;
    }

    /// <summary>Where grain classes are looked for. Without a call to this: in every assembly whose name begins with "GifShare.".</summary>
    public static ISiloBuilder AddGrainAssembly(this ISiloBuilder builder, Assembly assembly) =>
        builder.Configure<EmbeddedSiloOptions>(options => options.Assemblies.Add(assembly));

    sealed record SiloBuilder(IServiceCollection Services, IConfiguration Configuration) : ISiloBuilder;

    sealed class SiloService(Silo silo) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => silo.StartAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => silo.StopAsync(cancellationToken);
    }
}

sealed class EmbeddedSiloOptions
{
    public List<Assembly> Assemblies { get; } = [];

    public List<(int Stage, Func<IServiceProvider, CancellationToken, Task> Task)> StartupTasks { get; } = [];

    public bool PropagateActivity { get; set; }
}
