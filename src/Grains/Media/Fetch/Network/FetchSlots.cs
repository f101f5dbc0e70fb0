using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Media.Fetch;

/// <summary>The turns of downloads: so many at a time in this silo, and so many of them from one network address.</summary>
public sealed class FetchSlots : IDisposable
{
    /// <summary>Further ones are refused; whoever waits holds a few hundred bytes.</summary>
    const int LongestQueue = 1000;

    readonly PartitionedRateLimiter<IPAddress> perAddress;
    readonly ConcurrencyLimiter all;

    public FetchSlots(IOptions<FetchOptions> options)
    {
        var limits = options.Value;
        perAddress = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetConcurrencyLimiter(Network(address), _ => Queue(limits.ConcurrentPerAddress)));
        all = new ConcurrencyLimiter(Queue(limits.Concurrent));
    }

    /// <summary>Waits for a turn, which ends when the result is disposed.</summary>
    /// <exception cref="FetchFailedException">The queue is full, or <paramref name="cancel"/> came first.</exception>
    internal async Task<IDisposable> Take(IPAddress address, CancellationToken cancel)
    {
        // The address first: whoever waits for a slow site takes nobody else's turn meanwhile.
        var first = await Wait(perAddress.AcquireAsync(address, 1, cancel));
        try
        {
            return new Turn(first, await Wait(all.AcquireAsync(1, cancel)));
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        perAddress.Dispose();
        all.Dispose();
    }

    static async Task<RateLimitLease> Wait(ValueTask<RateLimitLease> pending)
    {
        try
        {
            var lease = await pending;
            if (lease.IsAcquired)
                return lease;
            lease.Dispose();
        }
        catch (OperationCanceledException)
        {
        }

        throw FetchFailedException.Busy();
    }

    static ConcurrencyLimiterOptions Queue(int permits) =>
        new() { PermitLimit = permits, QueueLimit = LongestQueue, QueueProcessingOrder = QueueProcessingOrder.OldestFirst };

    static IPAddress Network(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes);
    }

    sealed class Turn(IDisposable first, IDisposable second) : IDisposable
    {
        public void Dispose()
        {
            second.Dispose();
            first.Dispose();
        }
    }
}
