namespace GifShare.Operations;

/// <summary>
/// How the installation is doing. The key is 0. Silos report to it every few seconds; it keeps the last report of each in memory and
/// nothing else, so a new activation knows everything again after one interval.
/// </summary>
[Alias("IOperationsGrain")]
public interface IOperationsGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Replaces what this silo said before. A silo that is silent for four of its intervals drops out; at most 256 silos are kept.
    /// </summary>
    [Alias("Report")]
    Task Report(SiloReport report);

    /// <summary>
    /// All reports and what they add up to. For administrators; everybody else, and a session that has ended, gets <c>not_found</c>.
    /// </summary>
    [Alias("Read")]
    Task<Result<OperationsView>> Read(UserId caller, SessionId session);
}
