using GifShare.Accounts;

namespace GifShare.ApiFrontend.Accounts;

/// <summary>What stands in a profile, by the names that an undo ticket knows its fields by.</summary>
internal static class ProfileFields
{
    public static Dictionary<string, string?> Of(UserProfile me) => new()
    {
        ["displayName"] = me.DisplayName,
        ["firstName"] = me.FirstName,
        ["lastName"] = me.LastName,
        ["bio"] = me.Bio,
        ["website"] = me.Website,
        ["location"] = me.Location,
        ["isPrivate"] = me.IsPrivate ? "1" : null,
    };
}
