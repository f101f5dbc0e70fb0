namespace GifShare.Standalone.Host;

/// <summary>
/// The start failed for a reason that the operator can fix. The message is a sentence that says what to do; it is printed without a stack trace.
/// </summary>
public sealed class StartFailedException(string sentence, int exitCode = ExitCodes.Failure, Exception? inner = null)
    : Exception(sentence, inner)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>Exit codes of the program.</summary>
public static class ExitCodes
{
    public const int Success = 0;
    public const int Failure = 1;

    /// <summary>Invalid arguments, or a missing prerequisite.</summary>
    public const int Usage = 2;
}
