namespace GifShare.Grains.Operations;

/// <summary>Who may read operators' figures. Implemented by Accounts, a feature to the right of Operations.</summary>
public interface IAdministrators
{
    /// <summary>Whether the user is an administrator and the session is live.</summary>
    Task<bool> Includes(UserId user, SessionId session);
}
