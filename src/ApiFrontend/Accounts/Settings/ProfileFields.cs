using GifShare.Accounts;

namespace GifShare.ApiFrontend.Accounts;

/// <summary>The editable fields of a profile, by their names in undo tickets.</summary>
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
