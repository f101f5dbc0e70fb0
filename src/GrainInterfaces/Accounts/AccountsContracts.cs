using System.Text.Json.Serialization;

namespace GifShare.Accounts;

/// <summary>Body of <c>POST /v1/users</c>; the rules of its members are in api.md, Text and Users.</summary>
/// <param name="InviteCode">Required when <c>Registration:Mode</c> is <c>invite</c>; created by <c>./gifshare user invite</c>.</param>
[GenerateSerializer, Immutable, Alias("RegisterUser")]
public sealed record RegisterUser(
    [property: Id(0)] string FirstName,
    [property: Id(1)] string LastName,
    [property: Id(2)] string Email,
    [property: Id(3)] string Username,
    [property: Id(4)] string Password,
    [property: Id(5)] string? Location = null,
    [property: Id(6)] int? BirthYear = null,
    [property: Id(7)] string? InviteCode = null);

/// <summary>Body of <c>PATCH /v1/users/me</c>. A change of <c>email</c> requires <c>password</c>.</summary>
[GenerateSerializer, Immutable, Alias("ProfilePatch")]
public sealed record ProfilePatch(
    [property: Id(0)] Patch<string> DisplayName = default,
    [property: Id(1)] Patch<string> FirstName = default,
    [property: Id(2)] Patch<string> LastName = default,
    [property: Id(3)] Patch<string> Bio = default,
    [property: Id(4)] Patch<string> Website = default,
    [property: Id(5)] Patch<string> Location = default,
    [property: Id(6)] Patch<int?> BirthYear = default,
    [property: Id(7)] Patch<bool?> IsPrivate = default,
    [property: Id(8)] Patch<string> Email = default,
    [property: Id(9)] string? Password = null);

/// <summary>
/// The client that opened a session, as shown in the list of sessions. <see cref="Address"/> is normalized and also identifies the client for
/// limits of wrong passwords.
/// </summary>
[GenerateSerializer, Immutable, Alias("ClientInfo")]
public sealed record ClientInfo([property: Id(0)] string? UserAgent, [property: Id(1)] string? Address);

/// <summary>A user as shown with their gifs and collections; public.</summary>
[GenerateSerializer, Immutable, Alias("UserCard")]
public sealed record UserCard(
    [property: Id(0)] UserId Id,
    [property: Id(1)] string Username,
    [property: Id(2)] string DisplayName,
    [property: Id(3)] string? AvatarUrl);

[GenerateSerializer, Immutable, Alias("Relation")]
public sealed record Relation(
    [property: Id(0)] bool Following,
    [property: Id(1)] bool FollowedBy,
    [property: Id(2)] bool Requested,
    [property: Id(3)] bool Blocking,
    [property: Id(4)] bool Muting,
    [property: Id(5)] bool CloseFriend);

/// <summary>
/// <c>user</c> of api.md. Members that the caller may not see are null and omitted from the JSON: the last six are for the user
/// alone, and of a private account strangers get only name, avatar and counts.
/// </summary>
[GenerateSerializer, Immutable, Alias("UserProfile")]
public sealed record UserProfile(
    [property: Id(0)] UserId Id,
    [property: Id(1)] string Username,
    [property: Id(2)] string DisplayName,
    [property: Id(3)] string? FirstName,
    [property: Id(4)] string? LastName,
    [property: Id(5)] string? Bio,
    [property: Id(6)] string? Website,
    [property: Id(7)] string? Location,
    [property: Id(8)] string? AvatarUrl,
    [property: Id(9)] bool IsPrivate,
    [property: Id(10)] bool IsVerified,
    [property: Id(11)] long PostCount,
    [property: Id(12)] long FollowerCount,
    [property: Id(13)] long FollowingCount,
    [property: Id(14)] DateTimeOffset CreatedAt,
    [property: Id(15), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Relation? Relation = null,
    [property: Id(16), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Email = null,
    [property: Id(17), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? BirthYear = null,
    [property: Id(18), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role = null,
    [property: Id(19), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? LastActiveAt = null,
    [property: Id(20), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? StorageUsed = null,
    [property: Id(21), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? StorageQuota = null);

/// <summary>Answer of registration, sign-in, refresh and restore. <c>ExpiresIn</c> is the access token's lifetime in seconds.</summary>
[GenerateSerializer, Immutable, Alias("SignedIn")]
public sealed record SignedIn(
    [property: Id(0)] UserProfile User,
    [property: Id(1)] string AccessToken,
    [property: Id(2)] string RefreshToken,
    [property: Id(3)] int ExpiresIn,
    [property: Id(4), JsonIgnore] SessionId Session);

[GenerateSerializer, Immutable, Alias("Session")]
public sealed record Session(
    [property: Id(0)] SessionId Id,
    [property: Id(1)] DateTimeOffset CreatedAt,
    [property: Id(2)] DateTimeOffset LastUsedAt,
    [property: Id(3)] DateTimeOffset ExpiresAt,
    [property: Id(4)] string? UserAgent,
    [property: Id(5)] string? Address,
    [property: Id(6)] bool Current);

/// <summary>The kind of an authenticated request; each has its own rate limit (api.md, Rates).</summary>
[GenerateSerializer, Alias("RequestKind")]
public enum RequestKind
{
    Read,
    Write,
    Upload,
}

/// <summary>Whether the session is live and the user's rate limit allows the request. A limit of 0 means unlimited.</summary>
[GenerateSerializer, Immutable, Alias("Admission")]
public sealed record Admission(
    [property: Id(0)] bool SessionAlive,
    [property: Id(1)] bool Allowed,
    [property: Id(2)] bool IsAdmin,
    [property: Id(3)] int Limit,
    [property: Id(4)] int Remaining,
    [property: Id(5)] int ResetSeconds);

/// <summary>Row counts: of an account, or of what a request adds.</summary>
[GenerateSerializer, Immutable, Alias("RowCounts")]
public sealed record RowCounts(
    [property: Id(0)] long Collections = 0, [property: Id(1)] long Items = 0, [property: Id(2)] long Gifs = 0, [property: Id(3)] long Links = 0);

/// <summary>An account's row counts and their limits; a limit of 0 means unlimited.</summary>
[GenerateSerializer, Immutable, Alias("RowQuota")]
public sealed record RowQuota([property: Id(0)] RowCounts Used, [property: Id(1)] RowCounts Limits);

/// <summary>A public key that verifies access tokens: ES256, uncompressed P-256 point (65 bytes, base64url).</summary>
[GenerateSerializer, Immutable, Alias("SigningKey")]
public sealed record SigningKey(
    [property: Id(0)] string KeyId,
    [property: Id(1)] string PublicPoint,
    [property: Id(2)] DateTimeOffset NotAfter);

/// <summary>One element of the Data Protection key ring, encrypted with the master key by the frontend that created it.</summary>
[GenerateSerializer, Immutable, Alias("ProtectionKey")]
public sealed record ProtectionKey([property: Id(0)] string Name, [property: Id(1)] string Xml);

/// <summary>An image staged in the object store that becomes the avatar.</summary>
[GenerateSerializer, Immutable, Alias("AvatarImage")]
public sealed record AvatarImage([property: Id(0)] string StagedObject, [property: Id(1)] string ObjectKey, [property: Id(2)] long Size);
