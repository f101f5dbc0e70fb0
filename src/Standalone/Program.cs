using System.Runtime.InteropServices;
using GifShare;
using GifShare.Standalone.Cli;
using GifShare.Standalone.Host;

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("GifShare runs on Linux; on Windows use WSL, on a Mac a Linux virtual machine or container.");
    return ExitCodes.Usage;
}

// Graceful shutdown from the first moment: everything that was started is stopped in order, the database last.
using var ending = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
try
{
    return await CommandLine.RunAsync(args, Console.WriteLine, ending.Token);
}
catch (StartFailedException e)
{
    Console.Error.WriteLine(e.Message);
    return e.ExitCode;
}
catch (Exception e) when (RequiredSettings.ProblemOf(e) is { } sentences)
{
    Console.Error.WriteLine(sentences);
    return ExitCodes.Usage;
}
catch (OperationCanceledException) when (ending.IsCancellationRequested)
{
    return ExitCodes.Success;
}
catch (Exception e)
{
    // A bug: print the stack trace.
    Console.Error.WriteLine($"GifShare failed: {e.Message}");
    Console.Error.WriteLine(e.StackTrace);
    return ExitCodes.Failure;
}

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ending.Cancel();
}
