namespace GifShare.Standalone.Host;

/// <summary>
/// The start failed for a reason that the person who started the program can remove. The message is a sentence that says what to do; it is printed
/// without a stack trace.
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

    /// <summary>Wrong arguments, or something that must be installed or chosen first.</summary>
    public const int Usage = 2;
}
