namespace GifShare.Standalone;

/// <summary>
/// Something the person who started the program can mend. The message is a whole sentence that says what to do;
/// it is printed as it is, without a stack trace.
/// </summary>
public sealed class StartFailedException(string sentence, int exitCode = ExitCodes.Failure, Exception? inner = null)
    : Exception(sentence, inner)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>What the process ends with.</summary>
public static class ExitCodes
{
    public const int Success = 0;
    public const int Failure = 1;

    /// <summary>Wrong arguments, or something that must be installed or chosen first.</summary>
    public const int Usage = 2;
}
