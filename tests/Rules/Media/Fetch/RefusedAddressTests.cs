using System.Net;
using System.Reflection;
using System.Text.Json;
using GifShare.Grains.Media.Fetch;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Security.AntiSSRF;

namespace GifShare.Rules.Tests.Media.Fetch;

/// <summary>Nothing private is reached: by no notation, no name, no redirect, no page, and no name that changes its mind.</summary>
public sealed class RefusedAddressTests(RemoteSite site) : FetchScene(site)
{
    /// <summary>In the notations that some program or other takes for an address.</summary>
    static readonly string[] PrivateHosts =
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "017700000001", "0177.1", "127.0.0.1.", "127.255.255.254",
        "0", "0.0.0.0", "10.0.0.1", "167772161", "172.16.0.1", "192.168.1.1", "0xc0a80101", "169.254.169.254", "2852039166", "0xA9FEA9FE", "0251.0376.0251.0376",
        "169.254.43518", "100.64.0.1", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255",
        "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::10.0.0.1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1::1]", "[2606:4700::5efe:10.0.0.1]",
        "[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[4000::1]",
        "localhost", "LOCALHOST.", "inside.example", "Inside.Example.", "both.example",
    ];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Resolver["localhost"] = "127.0.0.1 ::1";
        Resolver["inside.example"] = "10.20.30.40";
        Resolver["both.example"] = "93.184.216.34 169.254.169.254";
        Resolver["public.example"] = "93.184.216.34";
    }

    [Fact]
    public async Task By_default_nothing_private_is_fetched()
    {
        var fetcher = Fetcher(("Fetch:AllowNetworks", ""));
        Assert.InRange(PrivateHosts.Length, 25, 100);
        foreach (var host in PrivateHosts)
            await RefusedAs((FetchFailure.PrivateAddress, host), fetcher.Fetch($"https://{host}/a.gif", 1 << 20, Cancel));
        await Refused(FetchFailure.PrivateAddress, fetcher.Fetch(Site.Origin, 1 << 20, Cancel));
        Assert.Empty(Site.Asked);
    }

    [Fact]
    public async Task Names_of_this_machine_are_judged_by_the_system_s_resolver_too()
    {
        var services = Services([("Fetch:AllowNetworks", "")], more => more.Replace(ServiceDescriptor.Singleton<IHostResolver, SystemResolver>()));
        var fetcher = services.GetRequiredService<AddressFetcher>();
        foreach (var host in (string[])["localhost", "LocalHost.", "127.1", "0x7f.1", "[::1]"])
            await RefusedAs((FetchFailure.PrivateAddress, host), fetcher.Fetch($"https://{host}/", 1 << 20, Cancel));
    }

    /// <summary>Full-width digits, ideographic full stops, circled digits: addresses to who folds them, names to this platform.</summary>
    [Theory]
    [InlineData("\uFF11\uFF12\uFF17.0.0.1")]
    [InlineData("127\u30020\u30020\u30021")]
    [InlineData("\u2460\u2461\u2466.0.0.1")]
    public async Task Digits_of_other_scripts_lead_nowhere(string host) =>
        Assert.Contains((await Fetcher().Fetch($"https://{host}/", 1 << 20, Cancel)).Failure!.Code, (string[])[FetchFailure.PrivateAddress, FetchFailure.HostNotFound]);

    [Fact]
    public async Task Nor_where_a_redirect_or_a_page_leads_there()
    {
        var fetcher = Fetcher();
        Task<FetchOutcome> Get(string path) => fetcher.Fetch(Site.Origin + path, 1 << 20, Cancel);
        Site.Page("/photo", "<link rel=alternate type='application/json+oembed' href='/o.json'>");
        foreach (var host in PrivateHosts)
        {
            var address = $"https://{host}/latest/meta-data.gif";
            Site.Redirect("/away", address);
            Site.Page("/page", $"<meta property='og:image' content='{address}'>");
            Site.Serve("/o.json", JsonSerializer.SerializeToUtf8Bytes(new { type = "photo", url = address }), "application/json");
            Site.Page("/elsewhere", $"<link rel=alternate type='application/json+oembed' href='{address}'>");
            await RefusedAs((FetchFailure.PrivateAddress, host), Get("/away"));
            await RefusedAs((FetchFailure.PrivateAddress, host), Get("/page"));
            await RefusedAs((FetchFailure.PrivateAddress, host), Get("/photo"));
            await RefusedAs((FetchFailure.PageWithoutMedia, host), Get("/elsewhere"));
        }
    }

    [Fact]
    public async Task A_name_that_changes_its_answer_gains_nothing()
    {
        Site.Serve("/a.gif", Gif);
        Site.Redirect("/again", "/a.gif");
        Resolver["rebind.example"] = $"{RemoteSite.Address} then 169.254.169.254";
        var media = await Got(Gif, Fetcher().Fetch($"http://rebind.example:{Site.Port}/a.gif", 1 << 20, Cancel));
        Assert.Equal($"http://rebind.example:{Site.Port}/a.gif", media.Address);
        Assert.Equal(["rebind.example"], Resolver.Asked);
        Assert.Equal($"rebind.example:{Site.Port}", Assert.Single(Site.Asked).Headers["Host"]);

        // At a redirect it is resolved and judged anew, although a connection to the first answer is still open.
        Resolver["rebind.example"] = $"{RemoteSite.Address} then 169.254.169.254";
        await Refused(FetchFailure.PrivateAddress, Fetcher().Fetch($"http://rebind.example:{Site.Port}/again", 1 << 20, Cancel));
        Assert.Equal(3, Resolver.Asked.Count);
        Assert.Equal("/again", Site.Asked.Last().Path);
    }

    [Fact]
    public async Task Http_and_other_ports_are_for_allowed_networks()
    {
        await Refused(FetchFailure.InvalidAddress, Fetcher().Fetch("http://public.example/a.gif", 1 << 20, Cancel));
        await Refused(FetchFailure.InvalidAddress, Fetcher().Fetch("https://public.example:8443/a.gif", 1 << 20, Cancel));
        await Refused(FetchFailure.InvalidAddress, Fetcher().Fetch("https://public.example:22/a.gif", 1 << 20, Cancel));
        Site.Redirect("/plain", "http://public.example/a.gif");
        Site.Redirect("/port", "https://public.example:6379/a.gif");
        await Refused(FetchFailure.InvalidAddress, Fetch("/plain"));
        await Refused(FetchFailure.InvalidAddress, Fetch("/port"));
    }

    /// <summary>Which of these a Location header can hold at all is decided by the framework; nothing is asked for either way.</summary>
    static readonly string[] NoAddresses =
    [
        "",
        "a.gif",
        "/a.gif",
        "//public.example/a.gif",
        "file:///etc/passwd",
        "ftp://public.example/a.gif",
        "gopher://public.example:70/1",
        "data:image/gif;base64,R0lGODlh",
        "https://",
        "https:///a.gif",
        "https://me@public.example/a.gif",
        "https://me:secret@public.example/a.gif",
        "https://public.example@127.0.0.1/a.gif",
        "https://public.example:99999/a.gif",
        "https://%31%32%37.0.0.1/a.gif",
        "https://loc%61lhost/a.gif",
    ];

    [Fact]
    public async Task What_is_no_address_is_refused_as_given_and_at_redirects()
    {
        var fetcher = Fetcher();
        foreach (var address in NoAddresses)
        {
            await RefusedAs((FetchFailure.InvalidAddress, address), fetcher.Fetch(address, 1 << 20, Cancel));
            if (!address.Contains(':', StringComparison.Ordinal))
                continue;
            Site.Redirect("/away", address);
            Assert.Contains((await fetcher.Fetch(Site.Origin + "/away", 1 << 20, Cancel)).Failure!.Code, (string[])[FetchFailure.InvalidAddress, FetchFailure.Status]);
        }

        Assert.All(Site.Asked, asked => Assert.Equal("/away", asked.Path));
    }

    [Fact]
    public async Task Long_addresses_are_refused()
    {
        await Refused(FetchFailure.InvalidAddress, Fetch("/" + new string('a', 2048)));
        Site.Redirect("/away", "/" + new string('a', 8192));
        await Refused(FetchFailure.InvalidAddress, Fetch("/away"));
    }

    /// <summary>The second lock: what the handlers of the package refuse by themselves, were the first check wrong.</summary>
    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:0:127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    public async Task The_handlers_check_the_connection_again(string address)
    {
        var http = Services([]).GetRequiredService<OutgoingHttp>();
        var target = Target.Given("https://public.example/");
        foreach (var allowed in (bool[])[false, true])
        {
            var failed = await Assert.ThrowsAsync<FetchFailedException>(async () => (await http.Send(target, new(IPAddress.Parse(address), allowed), "*/*", Cancel)).Dispose());
            Assert.Equal(FetchFailure.PrivateAddress, failed.Failure.Code);
        }
    }

    /// <summary>Its handler cannot be asked for these, so an update of the package has to pass here.</summary>
    [Fact]
    public void The_package_uses_no_proxy_decompresses_nothing_and_redirects_nowhere()
    {
        using var handler = new AntiSSRFPolicy(PolicyConfigOptions.ExternalOnlyLatest).GetHandler();
        var inner = (SocketsHttpHandler)typeof(AntiSSRFHandler).GetField("_innerHandler", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(handler)!;
        Assert.Equal((false, DecompressionMethods.None, false), (inner.UseProxy, inner.AutomaticDecompression, inner.AllowAutoRedirect));
        Assert.NotNull(inner.ConnectCallback);
    }

    static async Task RefusedAs((string Code, string Host) expected, Task<FetchOutcome> fetching) =>
        Assert.Equal(expected, ((await fetching).Failure?.Code, expected.Host));
}
