using GifShare.Accounts;
using GifShare.ObjectStore;

namespace GifShare.Grains.Accounts;

/// <summary>Decides which members of a profile each caller sees.</summary>
internal sealed class UserProfiles(ProfileStore store, AddressSigner signer, AccountsOptions options, TimeProvider time)
{
    private static readonly Relation Strangers = new(false, false, false, false, false, false);

    /// <summary>The profile as its user sees it; the user must exist.</summary>
    public async Task<UserProfile> ForSelf(UserMemory memory)
    {
        var (user, storageUsed) = (memory.User!, await ReadStorageUsed(memory));
        return Public(user) with
        {
            Email = user.Email,
            BirthYear = user.BirthYear,
            Role = user.Role,
            LastActiveAt = user.LastActiveAt,
            StorageUsed = storageUsed,
            StorageQuota = options.QuotaPerUser,
        };
    }

    /// <summary>The profile as others see it. There is no following yet, so every caller is a stranger.</summary>
    public UserProfile ForOther(User user, UserId? caller)
    {
        var profile = Public(user) with { Relation = caller is null ? null : Strangers };
        return user.IsPrivate && caller != user.Id
            ? profile with { FirstName = null, LastName = null, Bio = null, Website = null, Location = null }
            : profile;
    }

    /// <summary>Read each time, because gif grains change it; the last value while the database is down.</summary>
    private async Task<long> ReadStorageUsed(UserMemory memory)
    {
        try
        {
            return memory.StorageUsed = await store.StorageUsed(memory.Id);
        }
        catch (StoreUnavailableException)
        {
            return memory.StorageUsed;
        }
    }

    private UserProfile Public(User user) => new(
        user.Id, user.Username, user.DisplayName, user.FirstName, user.LastName, user.Bio, user.Website, user.Location,
        user.AvatarKey is null ? null : signer.Sign(user.AvatarKey, "avatar", time.GetUtcNow()),
        user.IsPrivate, user.IsVerified, user.PostCount, user.FollowerCount, user.FollowingCount, user.CreatedAt);
}
