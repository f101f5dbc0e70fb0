using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace GifShare.Standalone.Host;

/// <summary>Configuration sources, lowest precedence first: defaults, appsettings.json (beside the program, then in the data folder),
/// environment, command line. Files are not watched for changes: small machines have few inotify handles.</summary>
internal static class StandaloneSettings
{
    public const string ConnectionString = "ConnectionStrings:GifShare";
    public const string MasterKey = "Secrets:MasterKey";
    public const string PublicUrl = "PublicUrl";

    public static void Apply(IConfigurationBuilder configuration, StandaloneOptions options, string dataFolder, int port)
    {
        configuration.Sources.Clear();
        configuration.AddInMemoryCollection(LogLevels.Defaults);
        configuration.AddInMemoryCollection(Defaults(options, dataFolder, port));
        if (options.ReadEnvironment)
        {
            configuration.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true, reloadOnChange: false);
            configuration.AddJsonFile(Path.Combine(dataFolder, "appsettings.json"), optional: true, reloadOnChange: false);
            configuration.AddEnvironmentVariables();
        }

        configuration.AddInMemoryCollection(options.Settings);
    }

    /// <summary>Validates settings before anything is started.</summary>
    /// <exception cref="StartFailedException">The public address or the master key is invalid.</exception>
    public static void Check(IConfiguration configuration)
    {
        ReadOnlySpan<string> names = string.IsNullOrEmpty(configuration[MasterKey]) ? [PublicUrl] : [PublicUrl, MasterKey];
        if (RequiredSettings.FirstProblem(name => configuration[name], names) is { } sentence)
            throw new StartFailedException(sentence, ExitCodes.Usage);
    }

    private static Dictionary<string, string?> Defaults(StandaloneOptions options, string dataFolder, int port)
    {
        var reachable = options.Host is "localhost" ? "localhost" : options.Host is "*" or "+" ? HomeAddress() : options.Host;
        return new()
        {
            [PublicUrl] = $"http://{Bracketed(reachable)}:{port}",
            // All names of this machine; requests with other Host headers are refused.
            ["AllowedHosts"] = string.Join(';', OwnNames(options.Host).Append(reachable).Select(Bracketed).Distinct()),
            ["ObjectStore:Folder"] = Path.Combine(dataFolder, "files"),
        };
    }

    private static string[] OwnNames(string host) =>
        host is "localhost"
            ? ["localhost", "127.0.0.1", "::1"]
            : ["localhost", "127.0.0.1", "::1", Environment.MachineName, Environment.MachineName + ".local", .. Addresses()];

    /// <summary>The address by which other machines in the network reach this one, on a best-effort basis.</summary>
    private static string HomeAddress() =>
        Addresses().FirstOrDefault(a => a.Contains('.', StringComparison.Ordinal)) ?? "localhost";

    private static IEnumerable<string> Addresses() =>
        from network in NetworkInterface.GetAllNetworkInterfaces()
        where network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
        from unicast in network.GetIPProperties().UnicastAddresses
        let address = unicast.Address
        where address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 && !address.IsIPv6LinkLocal
        select address.ToString();

    private static string Bracketed(string host) =>
        IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{host}]" : host;
}
