namespace GifShare.Grains.Accounts;

/// <summary>
/// Keeps another feature's rows in step with an account: hidden while it is deleted, and showing its name and picture. Features to the right of
/// Accounts register one; Accounts knows none of them.
/// </summary>
public interface IAccountFollower
{
    /// <summary>Updates all dependent rows to the account's current row, before the user's request is answered. Idempotent.</summary>
    /// <exception cref="StoreUnavailableException">Some rows were not updated; the sweeper retries.</exception>
    Task Follow(UserId account);
}
