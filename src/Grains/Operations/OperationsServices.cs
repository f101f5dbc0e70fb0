using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Operations;

internal static class OperationsServices
{
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddOptions<OperationsOptions>().BindConfiguration("Operations")
            .Validate(static options => options.ReportSeconds is >= 1 and <= 60 && 60 % options.ReportSeconds == 0, "Operations:ReportSeconds must be 1 to 60 and divide 60.")
            .ValidateOnStart();
        services.AddHostedService<SweeperService>();
        services.AddHostedService<SiloReporter>();
        return services
            .AddSingleton<HotGrains>()
            .AddSingleton<FailedCalls>()
            .AddSingleton<HealthProbe>()
            .AddSingleton<SiloGauges>();
    }
}
