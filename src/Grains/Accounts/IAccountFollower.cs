namespace GifShare.Grains.Accounts;

/// <summary>
/// Implemented by features whose rows depend on an account: hidden while it is deleted, and showing its name and picture. Such features stand to the
/// right of Accounts in the order of features and register a follower; Accounts knows none of them.
/// </summary>
public interface IAccountFollower
{
    /// <summary>Updates all dependent rows to the account's present row, before the person's request is answered. Repeatable.</summary>
    /// <exception cref="StoreUnavailableException">Not all rows were updated; the sweeper calls again later.</exception>
    Task Follow(UserId account);
}
