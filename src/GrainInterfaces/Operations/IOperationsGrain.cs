namespace GifShare.Operations;

/// <summary>
/// The figures of the whole installation. The key is 0. Silos report every few seconds; the grain keeps the latest report of each in memory,
/// so a new activation has all reports after one interval.
/// </summary>
[Alias("IOperationsGrain")]
public interface IOperationsGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Replaces this silo's report. A silo without a report for four of its intervals is dropped; at most 256 silos are kept.
    /// </summary>
    [Alias("Report")]
    Task Report(SiloReport report);

    /// <summary>
    /// All reports and their totals, for administrators. Errors: not_found (any other caller, or an ended session).
    /// </summary>
    [Alias("Read")]
    Task<Result<OperationsView>> Read(UserId caller, SessionId session);
}
