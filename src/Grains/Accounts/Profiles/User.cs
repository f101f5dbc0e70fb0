using System.Buffers;
using System.Text.RegularExpressions;
using GifShare.Accounts;

namespace GifShare.Grains.Accounts;

/// <summary>A row of <c>users</c>, and the validation of its fields.</summary>
internal sealed record User(
    UserId Id,
    string Username,
    string Email,
    string PasswordHash,
    string DisplayName,
    string FirstName,
    string LastName,
    string? Bio,
    string? Website,
    string? Location,
    int? BirthYear,
    string? AvatarKey,
    string Role,
    bool IsPrivate,
    bool IsVerified,
    long PostCount,
    long FollowerCount,
    long FollowingCount,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastActiveAt,
    DateTimeOffset? DeletedAt = null,
    bool FanOutDue = false)
{
    public const string AdminRole = "admin", UserRole = "user";

    public bool IsAdmin => Role == AdminRole;

    public static string EmailKeyOf(string email) => email.Trim().ToLowerInvariant();

    /// <summary>The account of a registration, without password hash and role; errors go to <paramref name="fields"/>.</summary>
    public static User Register(UserId id, RegisterUser command, RequestValidator fields, DateTimeOffset now)
    {
        var username = Usernames.Normalize(command.Username);
        if (Usernames.Refusal(username) is { } refusal)
            fields.Refuse("username", refusal);
        var email = EmailOf(fields, command.Email);
        var firstName = fields.Text("firstName", command.FirstName, 1, 50);
        var lastName = fields.Text("lastName", command.LastName, 1, 50);
        var location = fields.OptionalText("location", command.Location, 100);
        RefuseBirthYear(fields, command.BirthYear, now);
        if (Passwords.Refusal(command.Password, username, email, firstName, lastName) is { } weak)
            fields.Refuse("password", weak);
        return new(
            id, username, email, "", FullName(firstName, lastName), firstName, lastName, null, null, location, command.BirthYear, null,
            UserRole, false, false, 0, 0, 0, now, now);
    }

    /// <summary>The account after a patch; errors go to <paramref name="fields"/>. The caller checks the password.</summary>
    public User Patched(ProfilePatch patch, RequestValidator fields, DateTimeOffset now)
    {
        var firstName = patch.FirstName.IsSet ? fields.Text("firstName", patch.FirstName.Value, 1, 50) : FirstName;
        var lastName = patch.LastName.IsSet ? fields.Text("lastName", patch.LastName.Value, 1, 50) : LastName;
        if (patch.BirthYear.IsSet)
            RefuseBirthYear(fields, patch.BirthYear.Value, now);
        if (patch.IsPrivate is { IsSet: true, Value: null })
            fields.Refuse("isPrivate", "It must be true or false.");
        if (patch.Email.IsSet && string.IsNullOrEmpty(patch.Password))
            fields.Refuse("password", "Changing the email needs the password.");
        return this with
        {
            FirstName = firstName,
            LastName = lastName,
            DisplayName = patch.DisplayName.IsSet
                ? fields.OptionalText("displayName", patch.DisplayName.Value, 60) ?? FullName(firstName, lastName)
                : DisplayName,
            Bio = patch.Bio.IsSet ? fields.OptionalText("bio", patch.Bio.Value, 500, multiline: true) : Bio,
            Website = patch.Website.IsSet ? WebsiteOf(fields, patch.Website.Value) : Website,
            Location = patch.Location.IsSet ? fields.OptionalText("location", patch.Location.Value, 100) : Location,
            BirthYear = patch.BirthYear.IsSet ? patch.BirthYear.Value : BirthYear,
            IsPrivate = patch.IsPrivate.IsSet ? patch.IsPrivate.Value ?? false : IsPrivate,
            Email = patch.Email.IsSet ? EmailOf(fields, patch.Email.Value) : Email,
        };
    }

    /// <summary>Compare-and-set: whether the fields equal those that the patch sets. Holds until the write, which compares the revision.</summary>
    public bool Holds(ProfilePatch expected) =>
        expected.DisplayName.Or(DisplayName) == DisplayName && expected.FirstName.Or(FirstName) == FirstName && expected.LastName.Or(LastName) == LastName
        && expected.Bio.Or(Bio) == Bio && expected.Website.Or(Website) == Website && expected.Location.Or(Location) == Location
        && expected.BirthYear.Or(BirthYear) == BirthYear && expected.IsPrivate.Or(IsPrivate) == IsPrivate && expected.Email.Or(Email) == Email;

    /// <summary>First and last name, truncated to the length of a display name.</summary>
    private static string FullName(string first, string last)
    {
        var name = $"{first} {last}";
        var end = 0;
        for (var count = 0; count < 60 && end < name.Length; count++)
            end += char.IsHighSurrogate(name[end]) ? 2 : 1;
        return name[..end].TrimEnd();
    }

    private static string EmailOf(RequestValidator fields, string? value)
    {
        var email = fields.Text("email", value, 1, 254);
        if (email.Length is > 0 and <= 254 && !EmailForm.IsMatch(email))
            fields.Refuse("email", "It must be an email address, such as ada@example.org.");
        return email;
    }

    private static string? WebsiteOf(RequestValidator fields, string? value)
    {
        var website = fields.OptionalText("website", value, 200);
        if (website is not null && !(Uri.TryCreate(website, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https" && uri.Host.Length > 0 && uri.UserInfo.Length == 0
            && !website.AsSpan().ContainsAny(NotInAddresses)))
            fields.Refuse("website", "It must be an address that begins with http:// or https://.");
        return website;
    }

    private static void RefuseBirthYear(RequestValidator fields, int? year, DateTimeOffset now)
    {
        var latest = now.Year - 13;
        if (year is { } given && (given < 1900 || given > latest))
            fields.Refuse("birthYear", $"It must be a year from 1900 to {latest}.");
    }

    private static readonly SearchValues<char> NotInAddresses = SearchValues.Create(" \"<>\\^`{|}");

    private static readonly Regex EmailForm = new(
        """^[^\s@"(),:;<>\[\\\]]{1,64}@(localhost|([\p{L}\p{N}]([\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?\.)+[\p{L}\p{N}]([\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?)$""",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
}

/// <summary>A row of <c>sessions</c>.</summary>
internal sealed record UserSession(
    SessionId Id,
    RefreshFamily Family,
    string? UserAgent,
    string? Address,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastUsedAt,
    DateTimeOffset ExpiresAt);
