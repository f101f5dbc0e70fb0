namespace GifShare.Operations;

/// <summary>
/// The figures of the whole installation. The key is 0. Silos report every few seconds; the grain keeps only the last report of each, in memory,
/// so a new activation has all reports again after one interval.
/// </summary>
[Alias("IOperationsGrain")]
public interface IOperationsGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Replaces this silo's earlier report. A silo that does not report for four of its intervals is dropped; at most 256 silos are kept.
    /// </summary>
    [Alias("Report")]
    Task Report(SiloReport report);

    /// <summary>
    /// All reports and their sums, for administrators. Errors: not_found (everybody else, and a session that has ended).
    /// </summary>
    [Alias("Read")]
    Task<Result<OperationsView>> Read(UserId caller, SessionId session);
}
