using System.Net;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Http;

/// <summary>Services that implement the conventions of api.md.</summary>
public static class WebServices
{
    public static void AddWebServices(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddStrictJson();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new PublicAddress(provider.GetRequiredService<IConfiguration>()["PublicUrl"]));
        services.TryAddSingleton(provider => new MasterKey(provider.GetRequiredService<IConfiguration>()["Secrets:MasterKey"]));
        services.AddSingleton<SessionCookies>();
        services.AddProtectionKeys();
        services.AddAddressLimits();
        services.AddConnectionLimits();
        services.AddOptions<UploadOptions>().BindConfiguration("Uploads")
            .Validate(
                static o => o.MaxBytesPerUser >= UploadRoom.OneFile && o.MaxBytes >= 2 * UploadRoom.OneFile && o is { SecondsPerMegabyte: > 0, MinimumFreeTempBytes: >= 0 },
                $"Uploads: MaxBytesPerUser holds one file at least ({UploadRoom.OneFile}), MaxBytes two of them, SecondsPerMegabyte is positive, MinimumFreeTempBytes not negative.")
            .ValidateOnStart();
        services.AddSingleton<UploadRoom>();
        services.AddGifShareOpenApi();
        builder.AddCrossOrigin();
        services.AddAntiforgery(static options =>
        {
            options.HeaderName = Antiforgery.Header;
            options.FormFieldName = Antiforgery.Field;
            options.SuppressXFrameOptionsHeader = true;
            options.Cookie.Name = "gifshare-form";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Lax;
        });
        services.AddOptions<AntiforgeryOptions>().Configure<PublicAddress>(static (options, address) =>
        {
            if (!address.IsHttps)
                return;
            options.Cookie.Name = "__Host-gifshare-form";
            options.Cookie.Path = "/";
            options.Cookie.SecurePolicy = CookieSecurePolicy.Always;
        });

        services.AddOptions<ForwardedHeadersOptions>().Configure<IConfiguration>(TrustProxies);
        // KnownHosts checks hosts instead, and responds with problem details.
        services.PostConfigure<HostFilteringOptions>(static options => options.AllowedHosts = ["*"]);
        // Routing would respond 415 before authentication; BodyLimits does it afterwards. There is one endpoint per route and method.
        foreach (var policy in services.Where(s => s.ServiceType == typeof(MatcherPolicy) && s.ImplementationType?.Name == "AcceptsMatcherPolicy").ToArray())
            services.Remove(policy);
    }

    /// <summary><c>ForwardedHeaders:KnownProxies</c>: addresses or networks (a.b.c.d/n), separated by semicolons or as a list. None by default.</summary>
    private static void TrustProxies(ForwardedHeadersOptions options, IConfiguration configuration)
    {
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        var section = configuration.GetSection("ForwardedHeaders:KnownProxies");
        var texts = section.Value?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? section.Get<string[]>() ?? [];
        foreach (var text in texts)
        {
            if (IPAddress.TryParse(text, out var address))
                options.KnownProxies.Add(address);
            else if (System.Net.IPNetwork.TryParse(text, out var network))
                options.KnownIPNetworks.Add(network);
            else
                throw new OptionsValidationException(
                    nameof(ForwardedHeaders), typeof(ForwardedHeadersOptions), [$"ForwardedHeaders:KnownProxies: {text} is neither an address nor a network such as 10.0.0.0/8."]);
        }

        if (texts.Length == 0)
            options.ForwardedHeaders = ForwardedHeaders.None;
    }
}
