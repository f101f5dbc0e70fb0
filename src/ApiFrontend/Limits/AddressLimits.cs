using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Limits;

/// <summary>Rate limits per address (api.md, Rates). 0 turns one off.</summary>
public sealed class AddressLimitOptions
{
    /// <summary>GET, HEAD and OPTIONS; far above normal browsing, far below a flood.</summary>
    public int ReadsPerMinutePerAddress { get; set; } = 6000;

    /// <summary>POST, PUT, PATCH, DELETE without credentials: sign-ins, unlocks.</summary>
    public int AnonymousPostsPerMinutePerAddress { get; set; } = 60;

    public int RegistrationsPerHourPerAddress { get; set; } = 20;
}

public static class AddressLimits
{
    /// <summary>Rate limiting policy for endpoints that create accounts.</summary>
    public const string Registrations = "registrations";

    // Limiters per budget, chosen by a per-process random hash of the address: memory stays bounded under a flood of addresses.
    private const int Partitions = 1 << 16;

    private enum Budget
    {
        None,
        Reads,
        Posts,
        Registrations,
    }

    public static void AddAddressLimits(this IServiceCollection services)
    {
        services.AddOptions<AddressLimitOptions>().BindConfiguration("RateLimits")
            .Validate(
                static o => o is { ReadsPerMinutePerAddress: >= 0, AnonymousPostsPerMinutePerAddress: >= 0, RegistrationsPerHourPerAddress: >= 0 },
                "RateLimits: a limit is 0 (off) or a positive number.")
            .ValidateOnStart();
        services.AddRateLimiter(static _ => { });
        services.AddOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>()
            .Configure<IOptions<AddressLimitOptions>>(static (limiter, options) =>
            {
                var limits = options.Value;
                limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, (Budget, int)>(context => Choose(context, limits));
                limiter.AddPolicy(Registrations, context => Window(context, Budget.Registrations, limits.RegistrationsPerHourPerAddress, TimeSpan.FromHours(1)));
                limiter.OnRejected = Reject;
            });
    }

    /// <summary>Charges an expensive request several reads of the address's budget, at most half of a minute's so that it can succeed.</summary>
    public static Error? ChargeReads(this HttpContext context, int reads)
    {
        var services = context.RequestServices;
        var most = services.GetRequiredService<IOptions<AddressLimitOptions>>().Value.ReadsPerMinutePerAddress;
        var limiter = services.GetRequiredService<IOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>>().Value.GlobalLimiter!;
        context.Features.Set(new CountsAsRead());
        using var lease = limiter.AttemptAcquire(context, Math.Min(reads, Math.Max(1, most / 2)));
        return lease.IsAcquired ? null : TooMany(lease);
    }

    private static RateLimitPartition<(Budget, int)> Choose(HttpContext context, AddressLimitOptions limits)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || context.Features.Get<CountsAsRead>() is not null
            || context.GetEndpoint()?.Metadata.GetMetadata<UploadMetadata>() is { BySignature: true })
            return Window(context, Budget.Reads, limits.ReadsPerMinutePerAddress, TimeSpan.FromMinutes(1));
        return context.Features.Get<CurrentUser>() is null
            ? Window(context, Budget.Posts, limits.AnonymousPostsPerMinutePerAddress, TimeSpan.FromMinutes(1))
            : RateLimitPartition.GetNoLimiter((Budget.None, 0));
    }

    private static RateLimitPartition<(Budget, int)> Window(HttpContext context, Budget budget, int limit, TimeSpan window) =>
        limit == 0
            ? RateLimitPartition.GetNoLimiter((Budget.None, 0))
            : RateLimitPartition.GetSlidingWindowLimiter((budget, Slot(context)), _ => new()
            {
                PermitLimit = limit,
                Window = window,
                SegmentsPerWindow = 6,
            });

    /// <summary>The hash partition of the client's address; addresses that collide share a budget.</summary>
    internal static int Slot(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } address)
            return 0;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        var hash = new HashCode();
        // IPv6 addresses count by their /64 network.
        hash.AddBytes(bytes[..Math.Min(length, 8)]);
        return hash.ToHashCode() & (Partitions - 1);
    }

    private static async ValueTask Reject(Microsoft.AspNetCore.RateLimiting.OnRejectedContext rejected, CancellationToken cancellationToken) =>
        await rejected.HttpContext.WriteProblem(TooMany(rejected.Lease));

    private static Error TooMany(RateLimitLease lease)
    {
        var seconds = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : 10;
        return new(ErrorCode.RateLimited, string.Create(CultureInfo.InvariantCulture, $"Too many requests from your address; try again in {seconds} s."), null, seconds);
    }

    /// <summary>Marks a request other than GET that counts as a read.</summary>
    private sealed class CountsAsRead;
}
