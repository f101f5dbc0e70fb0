using GifShare.Grains.Media.Fetch;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace GifShare.Rules.Tests.Media.Fetch;

public sealed class FetchSettingsTests(RemoteSite site) : FetchScene(site)
{
    [Theory]
    [InlineData("Fetch:AllowNetworks", "10.0.0.0/33")]
    [InlineData("Fetch:AllowNetworks:0", "intranet")]
    [InlineData("Fetch:AllowNetworks", "10.0.0.1")]
    [InlineData("Fetch:MaxBytes", "0")]
    [InlineData("Fetch:TimeoutSeconds", "0")]
    [InlineData("Fetch:ConnectSeconds", "-1")]
    [InlineData("Fetch:Concurrent", "0")]
    [InlineData("Fetch:ConcurrentPerAddress", "0")]
    public void Wrong_settings_stop_the_start(string name, string value)
    {
        (string, string?)[] settings = name.EndsWith(":0", StringComparison.Ordinal) ? [("Fetch:AllowNetworks", null), (name, value)] : [(name, value)];
        var validator = Services(settings).GetRequiredService<IStartupValidator>();
        Assert.Contains("Fetch:", Assert.Throws<OptionsValidationException>(validator.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_may_be_a_list()
    {
        var services = Services([("Fetch:AllowNetworks", null), ("Fetch:AllowNetworks:0", "10.0.0.0/8"), ("Fetch:AllowNetworks:1", "fd00::/8")]);
        Assert.Equal(["10.0.0.0/8", "fd00::/8"], services.GetRequiredService<IOptions<FetchOptions>>().Value.AllowNetworks);
    }
}
