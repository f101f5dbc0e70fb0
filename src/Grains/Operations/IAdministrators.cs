namespace GifShare.Grains.Operations;

/// <summary>Who may see what operators see. Accounts registers it; Operations stands to its left.</summary>
public interface IAdministrators
{
    /// <summary>A live session of an administrator?</summary>
    Task<bool> Includes(UserId user, SessionId session);
}
