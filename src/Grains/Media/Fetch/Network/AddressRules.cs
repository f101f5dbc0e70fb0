using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Microsoft.Security.AntiSSRF;

namespace GifShare.Grains.Media.Fetch;

public enum Reach
{
    /// <summary>Public: https, port 443 or 80.</summary>
    Public,

    /// <summary>Within <see cref="FetchOptions.AllowNetworks"/>: http as well, any port.</summary>
    Allowed,

    /// <summary>Private, reserved, of this machine, or a way around one of these.</summary>
    Refused,
}

/// <summary>
/// Which network addresses may be connected to. The refused networks are those of Microsoft.Security.AntiSSRF, and what it misses (1.0.1, decision 0030). Its
/// handlers check every connection once more, by the policies made here.
/// </summary>
public sealed class AddressRules(IOptions<FetchOptions> options)
{
    /// <summary>Of the package, 1.0.1: the IPv4-compatible (RFC 4291) and the IPv4-translated (RFC 7915) forms of IPv4 addresses pass.</summary>
    static readonly string[] Missed = ["::/96", "::ffff:0:0:0/96"];

    /// <summary>All that IANA has given out for public use; the rest of IPv6 is refused by not being in it.</summary>
    static readonly IPNetwork PublicIPv6 = IPNetwork.Parse("2000::/3");

    static readonly IPNetwork[] Refused = [.. ForPublic().DeniedAddresses.Select(IPNetwork.Parse)];

    readonly IPNetwork[] allowed = [.. options.Value.AllowNetworks.Select(IPNetwork.Parse)];

    public Reach Of(IPAddress address)
    {
        // The scope names an interface of this machine, and would make equal addresses differ.
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());
        if (Array.Exists(allowed, network => network.Contains(plain)))
            return Reach.Allowed;
        return IsRefused(plain) ? Reach.Refused : Reach.Public;
    }

    static bool IsRefused(IPAddress address) =>
        Array.Exists(Refused, network => network.Contains(address))
        || (address.AddressFamily == AddressFamily.InterNetworkV6 && (!PublicIPv6.Contains(address) || (Isatap(address) is { } inner && IsRefused(inner))));

    /// <summary>The IPv4 address in the last half of an ISATAP address (RFC 5214), to which some routers tunnel.</summary>
    static IPAddress? Isatap(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return (bytes[8] & 0xFD) == 0 && bytes.AsSpan(9, 3).SequenceEqual<byte>([0, 0x5E, 0xFE]) ? new IPAddress(bytes.AsSpan(12)) : null;
    }

    /// <summary>For connections to <see cref="Reach.Public"/> addresses: https only.</summary>
    internal static AntiSSRFPolicy ForPublic()
    {
        // Its header X-Forwarded-For: true is a defence of metadata services, which are not reached from here; public sites stumble over it.
        var policy = new AntiSSRFPolicy(PolicyConfigOptions.ExternalOnlyLatest) { AddXFFHeader = false, AllowPlainTextHttp = false };
        policy.AddDeniedAddresses(Missed);
        return policy;
    }

    /// <summary>For connections to <see cref="Reach.Allowed"/> addresses: everything else is refused.</summary>
    internal AntiSSRFPolicy ForAllowed()
    {
        var policy = new AntiSSRFPolicy(PolicyConfigOptions.InternalOnly) { AllowPlainTextHttp = true };
        policy.AddAllowedAddresses([.. allowed.Select(network => network.ToString())]);
        return policy;
    }
}
