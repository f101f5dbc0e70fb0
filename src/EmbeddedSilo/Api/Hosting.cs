using GifShare.EmbeddedSilo;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.Hosting
{
    public interface ISiloBuilder
    {
        IConfiguration Configuration { get; }

        IServiceCollection Services { get; }
    }

    public static class SiloBuilderExtensions
    {
        public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, Action<TOptions> configureOptions)
            where TOptions : class
        {
            builder.Services.Configure(configureOptions);
            return builder;
        }

        public static ISiloBuilder ConfigureServices(this ISiloBuilder builder, Action<IServiceCollection> configureDelegate)
        {
            configureDelegate(builder.Services);
            return builder;
        }
    }

    public static class CoreHostingExtensions
    {
        /// <summary>A grain call continues the caller's trace (source "Microsoft.Orleans.Application").</summary>
        public static ISiloBuilder AddActivityPropagation(this ISiloBuilder builder) =>
            builder.Configure<EmbeddedSiloOptions>(options => options.PropagateActivity = true);
    }

    public static class GrainCallFilterSiloBuilderExtensions
    {
        public static ISiloBuilder AddIncomingGrainCallFilter(this ISiloBuilder builder, IIncomingGrainCallFilter filter)
        {
            builder.Services.AddSingleton(filter);
            return builder;
        }

        public static ISiloBuilder AddIncomingGrainCallFilter(this ISiloBuilder builder, IncomingGrainCallFilterDelegate filter) =>
            builder.AddIncomingGrainCallFilter(new DelegateFilter(filter));

        public static ISiloBuilder AddIncomingGrainCallFilter<TImplementation>(this ISiloBuilder builder)
            where TImplementation : class, IIncomingGrainCallFilter
        {
            builder.Services.AddSingleton<IIncomingGrainCallFilter, TImplementation>();
            return builder;
        }

        sealed class DelegateFilter(IncomingGrainCallFilterDelegate filter) : IIncomingGrainCallFilter
        {
            public Task Invoke(IIncomingGrainCallContext context) => filter(context);
        }
    }

    public static class SiloBuilderStartupExtensions
    {
        public static ISiloBuilder AddStartupTask(this ISiloBuilder builder, IStartupTask startupTask, int stage = ActiveStage) =>
            builder.AddStartupTask((_, token) => startupTask.Execute(token), stage);

        public static ISiloBuilder AddStartupTask(this ISiloBuilder builder, Func<IServiceProvider, CancellationToken, Task> startupTask, int stage = ActiveStage) =>
            builder.Configure<EmbeddedSiloOptions>(options => options.StartupTasks.Add((stage, startupTask)));

        public static ISiloBuilder AddStartupTask<TStartup>(this ISiloBuilder builder, int stage = ActiveStage)
            where TStartup : class, IStartupTask =>
            builder.AddStartupTask((services, token) => ActivatorUtilities.GetServiceOrCreateInstance<TStartup>(services).Execute(token), stage);

        const int ActiveStage = 20000;
    }
}

namespace Orleans.Runtime
{
    public interface IStartupTask
    {
        Task Execute(CancellationToken cancellationToken);
    }
}

namespace Orleans.Configuration
{
    public abstract class MessagingOptions
    {
        public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
    }

    public class SiloMessagingOptions : MessagingOptions;

    public class GrainCollectionOptions
    {
        /// <summary>How long an activation may be idle. It must exceed <see cref="CollectionQuantum"/>.</summary>
        public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

        /// <summary>How often idle activations are looked for.</summary>
        public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

        /// <summary>When the token of OnActivateAsync is cancelled.</summary>
        public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

        /// <summary>When the token of OnDeactivateAsync is cancelled.</summary>
        public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);
    }
}
