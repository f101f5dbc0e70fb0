namespace GifShare;

/// <summary>What each program logs unless settings say otherwise: its own lines, and of the libraries what somebody has to look at.</summary>
public static class LogLevels
{
    public static IReadOnlyDictionary<string, string?> Defaults { get; } = new Dictionary<string, string?>
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        // What the host says about a failed start, the program says itself.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None",
        ["Logging:LogLevel:Orleans"] = "Warning",
        // It recommends ServerGC, which is for machines that do nothing else.
        ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Error",
        // Of its two threads the first may look before the second has noted its first time, and then finds it late by all the time since the machine was started.
        ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",
        // A frontend that starts before the silos says so four times a second; /health/connected says it too.
        ["Logging:LogLevel:Orleans.Messaging.GatewayManager"] = "Error",
        // Orleans 10 places grains through it: several lines for each activation.
        ["Logging:LogLevel:Polly"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        // A terminal that is slow, or stopped by Ctrl-S, must not stop the product: what does not fit is dropped, and how much is said.
        ["Logging:Console:QueueFullMode"] = "DropWrite",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "HH:mm:ss ",
    };
}
