using GifShare.Accounts;
using GifShare.ObjectStore;

namespace GifShare.Grains.Accounts;

/// <summary>What of a user is shown to whom.</summary>
internal sealed class UserProfiles(AddressSigner signer, AccountsOptions options, TimeProvider time)
{
    private static readonly Relation Strangers = new(false, false, false, false, false, false);

    public UserProfile ForSelf(User user, long storageUsed) => Public(user) with
    {
        Email = user.Email,
        BirthYear = user.BirthYear,
        Role = user.Role,
        LastActiveAt = user.LastActiveAt,
        StorageUsed = storageUsed,
        StorageQuota = options.QuotaPerUser,
    };

    /// <summary>For another user, or for nobody in particular. The graph does not exist yet: everybody is a stranger.</summary>
    public UserProfile ForOther(User user, UserId? caller)
    {
        var profile = Public(user) with { Relation = caller is null ? null : Strangers };
        return user.IsPrivate && caller != user.Id
            ? profile with { FirstName = null, LastName = null, Bio = null, Website = null, Location = null }
            : profile;
    }

    private UserProfile Public(User user) => new(
        user.Id, user.Username, user.DisplayName, user.FirstName, user.LastName, user.Bio, user.Website, user.Location,
        user.AvatarKey is null ? null : signer.Sign(user.AvatarKey, "avatar", time.GetUtcNow()),
        user.IsPrivate, user.IsVerified, user.PostCount, user.FollowerCount, user.FollowingCount, user.CreatedAt);
}
