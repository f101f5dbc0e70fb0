namespace GifShare;

/// <summary>The default log levels of each program: Information for its own lines, Warning or more for libraries.</summary>
public static class LogLevels
{
    public static IReadOnlyDictionary<string, string?> Defaults { get; } = new Dictionary<string, string?>
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        // The program itself reports a failed start.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None",
        ["Logging:LogLevel:Orleans"] = "Warning",
        // Its warning recommends ServerGC, which is for machines that run nothing else.
        ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Error",
        // Its first check may run before the first time stamp is taken, and then warns of a delay as long as the machine has been up.
        ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",
        // A frontend that starts before the silos would warn four times a second; /health/connected tells the same.
        ["Logging:LogLevel:Orleans.Messaging.GatewayManager"] = "Error",
        // Orleans 10 uses it to place grains, and it logs several lines for each activation.
        ["Logging:LogLevel:Polly"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        // A slow terminal, or one stopped by Ctrl-S, must not stop the product: lines that do not fit are dropped and counted.
        ["Logging:Console:QueueFullMode"] = "DropWrite",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "HH:mm:ss ",
    };
}
