using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Collections;

/// <summary>Limits concurrent downloads, each of which holds memory for as long as the client takes.</summary>
internal sealed class DownloadLimits : IDisposable
{
    private const int RetrySeconds = 10;
    private static readonly Error TooMany = new(ErrorCode.RateLimited, "Several downloads are running already; wait for one to end.", null, RetrySeconds);
    private static readonly Error Busy = new(ErrorCode.Unavailable, "Too many downloads are running; try again in a moment.", null, RetrySeconds);

    private readonly DownloadOptions settings;
    private readonly PartitionedRateLimiter<(char Kind, Guid Account, int Address)> some;
    private readonly ConcurrencyLimiter? all;

    public DownloadLimits(IOptions<DownloadOptions> options)
    {
        settings = options.Value;
        some = PartitionedRateLimiter.Create<(char Kind, Guid, int), (char, Guid, int)>(who => (who.Kind == 'u' ? settings.MostPerAccount : settings.MostPerAddress) is > 0 and var most
            ? RateLimitPartition.GetConcurrencyLimiter(who, _ => new() { PermitLimit = most })
            : RateLimitPartition.GetNoLimiter(who));
        all = settings.Most > 0 ? new(new() { PermitLimit = settings.Most }) : null;
    }

    /// <summary>The write timeout for each piece of an archive.</summary>
    public TimeSpan Stall => settings.StallSeconds > 0 ? TimeSpan.FromSeconds(settings.StallSeconds) : Timeout.InfiniteTimeSpan;

    /// <summary>Takes a slot until the request ends. Errors: rate_limited, unavailable.</summary>
    public Error? Enter(HttpContext context)
    {
        // A request retried by ReadRetry already has its slot.
        if (context.Features.Get<Place>() is not null)
            return null;
        var place = new Place();
        if (!place.Take(some.AttemptAcquire(('a', default, AddressLimits.Slot(context))))
            || (context.Features.Get<CurrentUser>() is { } user && !place.Take(some.AttemptAcquire(('u', user.Id.Value, 0)))))
            return place.Refuse(TooMany);
        if (!place.Take(all?.AttemptAcquire()))
            return place.Refuse(Busy);
        context.Features.Set(place);
        context.Response.RegisterForDispose(place);
        return null;
    }

    /// <summary>Charges the download to the address's read budget. Errors: rate_limited.</summary>
    public Error? Charge(HttpContext context, int items) =>
        settings.ItemsPerRead > 0 && items > 0 ? context.ChargeReads((items + settings.ItemsPerRead - 1) / settings.ItemsPerRead) : null;

    public void Dispose()
    {
        some.Dispose();
        all?.Dispose();
    }

    private sealed class Place : IDisposable
    {
        private readonly List<RateLimitLease> leases = [];

        /// <param name="lease">Null: unlimited.</param>
        public bool Take(RateLimitLease? lease)
        {
            if (lease is not null)
                leases.Add(lease);
            return lease?.IsAcquired != false;
        }

        public Error Refuse(Error error)
        {
            Dispose();
            return error;
        }

        public void Dispose()
        {
            foreach (var lease in leases)
                lease.Dispose();
        }
    }
}
