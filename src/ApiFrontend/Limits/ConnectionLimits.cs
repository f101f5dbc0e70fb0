using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Limits;

/// <summary>
/// Settings <c>Connections:*</c>: limits on open connections, each of which costs a file descriptor and a few KB. Requests have their own limits
/// (<see cref="AddressLimitOptions"/>).
/// </summary>
public sealed class ConnectionOptions
{
    /// <summary>
    /// The maximum number of open connections; further ones are closed at once. By default half of the process's file descriptors beyond the 512 that
    /// it needs itself, at most 50,000: each connection may need another descriptor for an uploaded or served file. A .NET process that runs out of
    /// descriptors crashes ("Out of memory.").
    /// </summary>
    public int Max { get; set; } = FromOpenFiles();

    /// <summary>
    /// The maximum per address (IPv4, IPv6 /64); 0: unlimited. By default a quarter of <see cref="Max"/>. Proxies in
    /// <c>ForwardedHeaders:KnownProxies</c> carry everybody's connections and are exempt.
    /// </summary>
    public int? MaxPerAddress { get; set; }

    /// <summary>Timeout for a request's headers in seconds; then 408. A phone on a bad line needs two.</summary>
    public int HeadersSeconds { get; set; } = 15;

    /// <summary>Keep-alive timeout in seconds. Longer than that of proxies (60 s), so that no connection is closed while a request is on its way.</summary>
    public int IdleSeconds { get; set; } = 130;

    /// <summary>
    /// Minimum data rate of request and response bodies in bytes a second, after a grace period of five seconds; slower requests are aborted.
    /// 240 is a modem of 1985.
    /// </summary>
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

/// <summary>Connection limits: Kestrel's own, and a limit per address.</summary>
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
        // Inserted first: configured endpoints copy the defaults that exist at that moment.
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
            // Unix sockets have no address: the operator's control socket.
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
                // Returning closes the connection.
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
            // IPv6 addresses count by their /64 network.
            var half = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes);
            return length == 4 ? new UInt128(1, half >> 32) : new UInt128(0, half);
        }
    }
}
