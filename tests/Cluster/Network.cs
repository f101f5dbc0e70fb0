using System.Diagnostics;
using System.Globalization;

namespace GifShare.Cluster.Tests;

/// <summary>
/// Hosts as network namespaces of this machine, joined by a bridge in another, which this process can reach; a pair of them can be cut from each other: what one sends never
/// arrives at the other, and nobody is told. Takes root, iproute2 and nftables.
/// </summary>
internal sealed class Network : IDisposable
{
    private readonly string prefix = string.Create(CultureInfo.InvariantCulture, $"gs{Random.Shared.Next(0x10000):x4}");
    private readonly string net = string.Create(CultureInfo.InvariantCulture, $"10.{Random.Shared.Next(180, 250)}.{Random.Shared.Next(1, 250)}");
    private readonly int hosts;

    private Network(int hosts) => this.hosts = hosts;

    /// <summary>Null, and why, where the machine does not allow it.</summary>
    public static (Network? Network, string? Refusal) TryCreate(int hosts)
    {
        var network = new Network(hosts);
        try
        {
            network.Build();
            return (network, null);
        }
        catch (InvalidOperationException e)
        {
            network.Dispose();
            return (null, e.Message);
        }
    }

    /// <summary>Of the host, from 0.</summary>
    public string AddressOf(int host) => string.Create(CultureInfo.InvariantCulture, $"{net}.{host + 2}");

    /// <summary>What goes before a command that shall run on the host.</summary>
    public string[] On(int host) => ["ip", "netns", "exec", NameOf(host)];

    public void Cut(int one, int other)
    {
        foreach (var (here, there) in ((int, int)[])[(one, other), (other, one)])
        {
            Run([.. On(here), "nft", "add table inet cut"]);
            Run([.. On(here), "nft", "add chain inet cut in { type filter hook input priority 0; }"]);
            Run([.. On(here), "nft", $"add rule inet cut in ip saddr {AddressOf(there)} drop"]);
        }
    }

    public void Heal(int one, int other)
    {
        foreach (var host in (int[])[one, other])
            Run([.. On(host), "nft", "delete table inet cut"]);
    }

    public void Dispose()
    {
        for (var host = -1; host < hosts; host++)
            Try("ip", "netns", "delete", NameOf(host));
        Try("ip", "link", "delete", prefix);
    }

    private void Build()
    {
        // The switch, and this process's own cable to it.
        Run("ip", "netns", "add", NameOf(-1));
        Run("ip", "-n", NameOf(-1), "link", "add", "name", "br0", "type", "bridge");
        Run("ip", "-n", NameOf(-1), "link", "set", "br0", "up");
        Run("ip", "link", "add", prefix, "type", "veth", "peer", "name", "uplink", "netns", NameOf(-1));
        Plug("uplink");
        Run("ip", "address", "add", $"{net}.1/24", "dev", prefix);
        Run("ip", "link", "set", prefix, "up");
        for (var host = 0; host < hosts; host++)
        {
            var cable = string.Create(CultureInfo.InvariantCulture, $"h{host}");
            Run("ip", "netns", "add", NameOf(host));
            Run("ip", "-n", NameOf(host), "link", "add", "eth0", "type", "veth", "peer", "name", cable, "netns", NameOf(-1));
            Plug(cable);
            Run("ip", "-n", NameOf(host), "address", "add", $"{AddressOf(host)}/24", "dev", "eth0");
            Run("ip", "-n", NameOf(host), "link", "set", "eth0", "up");
            Run("ip", "-n", NameOf(host), "link", "set", "lo", "up");
        }

        // Whether packets can be dropped is found out here, not in the middle of a test.
        Cut(0, 1);
        Heal(0, 1);
    }

    private void Plug(string cable)
    {
        Run("ip", "-n", NameOf(-1), "link", "set", cable, "master", "br0");
        Run("ip", "-n", NameOf(-1), "link", "set", cable, "up");
    }

    private string NameOf(int host) => string.Create(CultureInfo.InvariantCulture, $"{prefix}n{host + 1}");

    private static void Try(params string[] command)
    {
        try
        {
            Run(command);
        }
        catch (InvalidOperationException)
        {
            // It was not made.
        }
    }

    private static void Run(params string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
            var said = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"{string.Join(' ', command)}: {said}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"{command[0]}: {e.Message}", e);
        }
    }
}
