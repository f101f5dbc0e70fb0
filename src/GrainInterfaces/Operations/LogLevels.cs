namespace GifShare;

/// <summary>The default log levels of every program: Information for GifShare, Warning for libraries.</summary>
public static class LogLevels
{
    public static IReadOnlyDictionary<string, string?> Defaults { get; } = new Dictionary<string, string?>
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        // The program itself reports a failed start.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None",
        ["Logging:LogLevel:Orleans"] = "Warning",
        // The silo's warning recommends ServerGC, which suits only dedicated machines.
        ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Error",
        // The watchdog's first check may precede the first time stamp, and then warns of a delay as long as the machine's uptime.
        ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",
        // A frontend that starts before the silos would warn four times a second; /health/connected reports the same.
        ["Logging:LogLevel:Orleans.Messaging.GatewayManager"] = "Error",
        // Orleans 10 places grains with Polly, which logs several lines per activation.
        ["Logging:LogLevel:Polly"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        // A slow or stopped terminal (Ctrl-S) must not block the product: lines that do not fit are dropped and counted.
        ["Logging:Console:QueueFullMode"] = "DropWrite",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "HH:mm:ss ",
    };
}
