using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace GifShare.EmbeddedSilo;

static partial class EngineLog
{
    [LoggerMessage(LogLevel.Information, "The embedded silo runs {Classes} grain classes.")]
    public static partial void Started(ILogger log, int classes);

    [LoggerMessage(LogLevel.Information, "The embedded silo stops: running requests finish, {Activations} activations deactivate.")]
    public static partial void Stopping(ILogger log, int activations);

    [LoggerMessage(LogLevel.Warning, "The silo was told to stop before {Activations} activations had ended.")]
    public static partial void StoppedEarly(ILogger log, int activations);

    [LoggerMessage(LogLevel.Warning, "Grain {Grain} could not be activated.")]
    public static partial void ActivationFailed(ILogger log, Exception error, GrainId grain);

    [LoggerMessage(LogLevel.Warning, "Grain {Grain} threw while it was deactivated.")]
    public static partial void DeactivationFailed(ILogger log, Exception error, GrainId grain);

    [LoggerMessage(LogLevel.Error, "A timer of grain {Grain} threw; it goes on.")]
    public static partial void TimerFailed(ILogger log, Exception error, GrainId grain);

    [LoggerMessage(LogLevel.Error, "The silo's own housekeeping threw; it goes on.")]
    public static partial void HousekeepingFailed(ILogger log, Exception error);
}
