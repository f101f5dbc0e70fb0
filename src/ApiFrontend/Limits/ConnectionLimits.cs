using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Limits;

/// <summary>
/// Settings <c>Connections:*</c>: what a client may hold without asking for anything. Requests have limits of their own
/// (<see cref="AddressLimitOptions"/>); these are about sockets, each of which costs an open file and a few KB.
/// </summary>
public sealed class ConnectionOptions
{
    /// <summary>
    /// Open at the same time; one more is closed at once. By default half of the files that the process may open beyond the 512 that it
    /// needs itself, at most 50,000: each connection may have a file besides, uploaded or served. A .NET process that runs out of files does
    /// not survive it ("Out of memory.").
    /// </summary>
    public int Max { get; set; } = FromOpenFiles();

    /// <summary>
    /// Of one address (IPv4, IPv6 /64), so that no single one takes all; 0: no such limit. By default a quarter of <see cref="Max"/>. Proxies in
    /// <c>ForwardedHeaders:KnownProxies</c> bring everybody's connections and have none.
    /// </summary>
    public int? MaxPerAddress { get; set; }

    /// <summary>Seconds for the headers of a request to arrive; then 408. A phone on a bad line needs two.</summary>
    public int HeadersSeconds { get; set; } = 15;

    /// <summary>Seconds that a connection may be silent between requests. Longer than proxies keep theirs (60 s), so that none is closed while a request is on its way.</summary>
    public int IdleSeconds { get; set; } = 130;

    /// <summary>A body or an answer may go no slower, in bytes a second, after five seconds of grace; then the request is ended. 240 is a modem of 1985.</summary>
    public int MinBytesPerSecond { get; set; } = 240;

    private static int FromOpenFiles()
    {
        const int own = 512, least = 64, usual = 1024, most = 50_000;
        try
        {
            const string name = "Max open files";
            var line = File.ReadLines("/proc/self/limits").First(static l => l.StartsWith(name, StringComparison.Ordinal));
            var soft = line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            return soft == "unlimited" ? most : (int)Math.Clamp((long.Parse(soft, System.Globalization.CultureInfo.InvariantCulture) - own) / 2, least, most);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return (usual - own) / 2;
        }
    }
}

/// <summary>Bounds on connections (Kestrel has most of them; those per address are ours).</summary>
public static class ConnectionLimits
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static void AddConnectionLimits(this IServiceCollection services)
    {
        services.AddOptions<ConnectionOptions>().BindConfiguration("Connections")
            .Validate(
                static o => o is { Max: > 0, MaxPerAddress: null or >= 0, HeadersSeconds: > 0, IdleSeconds: > 0, MinBytesPerSecond: >= 0 },
                "Connections: a limit is a positive number; MaxPerAddress and MinBytesPerSecond may be 0 (off).")
            .ValidateOnStart();
        // Before whoever opens endpoints: they take the defaults that are there.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>, Kestrel>());
    }

    private sealed class Kestrel(IOptions<ConnectionOptions> options, IOptions<ForwardedHeadersOptions> forwarded) : IConfigureOptions<KestrelServerOptions>
    {
        public void Configure(KestrelServerOptions kestrel)
        {
            var settings = options.Value;
            var limits = kestrel.Limits;
            limits.MaxConcurrentConnections = settings.Max;
            limits.RequestHeadersTimeout = TimeSpan.FromSeconds(settings.HeadersSeconds);
            limits.KeepAliveTimeout = TimeSpan.FromSeconds(settings.IdleSeconds);
            limits.MinRequestBodyDataRate = limits.MinResponseDataRate = settings.MinBytesPerSecond == 0 ? null : new MinDataRate(settings.MinBytesPerSecond, Grace);
            if (settings.MaxPerAddress is 0)
                return;
            var perAddress = new PerAddress(settings.MaxPerAddress ?? Math.Max(1, settings.Max / 4), forwarded.Value);
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => connection => perAddress.Serve(connection, next)));
        }
    }

    private sealed class PerAddress(int most, ForwardedHeadersOptions forwarded)
    {
        private readonly ConcurrentDictionary<UInt128, int> open = new();

        public async Task Serve(ConnectionContext connection, ConnectionDelegate next)
        {
            // Unix sockets have no address: the operator's door.
            if (connection.RemoteEndPoint is not IPEndPoint { Address: var address } || IsProxy(address))
            {
                await next(connection);
                return;
            }

            var key = KeyOf(address);
            if (open.AddOrUpdate(key, 1, static (_, count) => count + 1) <= most)
            {
                try
                {
                    await next(connection);
                }
                finally
                {
                    Left(key);
                }
            }
            else
            {
                // Returning ends it.
                Left(key);
            }
        }

        private void Left(UInt128 key)
        {
            if (open.AddOrUpdate(key, 0, static (_, count) => count - 1) == 0)
                open.TryRemove(new(key, 0));
        }

        private bool IsProxy(IPAddress address)
        {
            if (address.IsIPv4MappedToIPv6)
                address = address.MapToIPv4();
            return forwarded.KnownProxies.Contains(address) || forwarded.KnownIPNetworks.Any(network => network.Contains(address));
        }

        private static UInt128 KeyOf(IPAddress address)
        {
            if (address.IsIPv4MappedToIPv6)
                address = address.MapToIPv4();
            Span<byte> bytes = stackalloc byte[16];
            address.TryWriteBytes(bytes, out var length);
            // Of an IPv6 address its network counts.
            var half = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes);
            return length == 4 ? new UInt128(1, half >> 32) : new UInt128(0, half);
        }
    }
}
