using System.Net;
using GifShare.Grains.Media.Fetch;
using Microsoft.Extensions.Options;

namespace GifShare.Rules.Tests.Media.Fetch;

public sealed class AddressRulesTests
{
    static Reach Of(string address, params string[] allowed) =>
        new AddressRules(Options.Create(new FetchOptions { AllowNetworks = allowed })).Of(IPAddress.Parse(address));

    [Theory]
    [InlineData("8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 169.253.255.255 223.255.255.255")]
    [InlineData("::ffff:8.8.8.8 2606:4700::1111 2a00:1450:4001:800::200e 2600:9000::1")]
    public void What_is_public_is_reached(string addresses) =>
        Assert.All(addresses.Split(' '), address => Assert.Equal((address, Reach.Public), (address, Of(address))));

    [Theory]
    [InlineData("this machine", "127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 :: ::1")]
    [InlineData("private", "10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 fc00::1 fd12:3456::1 fec0::1")]
    [InlineData("link-local and metadata", "169.254.169.254 169.254.170.2 fe80::1 fe80::1%1 fd00:ec2::254 168.63.129.16 192.0.0.192 100.100.100.200")]
    [InlineData("carriers", "100.64.0.1 100.127.255.255")]
    [InlineData("many and none", "224.0.0.1 239.255.255.250 255.255.255.255 240.0.0.1 ff02::1 ff0e::1 100::1")]
    [InlineData("tests and texts", "192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 198.19.255.255 2001:db8::1 3fff::1 2001:2::1")]
    [InlineData("mapped", "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254")]
    [InlineData("compatible and translated", "::127.0.0.1 ::10.0.0.1 ::8.8.8.8 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8")]
    [InlineData("NAT64, 6to4, Teredo, ISATAP", "64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::a00:1 2002:7f00:1::1 2002:a00:1:: 2001::1 2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:127.0.0.1")]
    [InlineData("not given out", "1::1 200::1 4000::1 8000::1 e000::1")]
    public void What_is_not_public_is_refused(string what, string addresses) =>
        Assert.All(addresses.Split(' '), address => Assert.Equal((what, address, Reach.Refused), (what, address, Of(address))));

    [Fact]
    public void Allowed_networks_are_reached_and_nothing_beside_them()
    {
        string[] networks = ["10.1.0.0/16", "fd12::/16", "127.0.0.1/32"];
        Assert.All((string[])["10.1.2.3", "::ffff:10.1.2.3", "fd12::1", "127.0.0.1"], address => Assert.Equal((address, Reach.Allowed), (address, Of(address, networks))));
        Assert.All(
            (string[])["10.2.0.1", "127.0.0.2", "::10.1.2.3", "64:ff9b::a01:203", "fd13::1", "::1"],
            address => Assert.Equal((address, Reach.Refused), (address, Of(address, networks))));
        Assert.Equal(Reach.Public, Of("8.8.8.8", networks));
    }
}
