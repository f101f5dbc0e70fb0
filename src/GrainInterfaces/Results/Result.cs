using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace GifShare;

/// <summary>The stable error codes of api.md, Errors. A code never changes its meaning; the frontend maps it to an HTTP status.</summary>
public static class ErrorCode
{
    public const string InvalidRequest = "invalid_request";
    public const string Unauthenticated = "unauthenticated";
    public const string InvalidCredentials = "invalid_credentials";
    public const string Forbidden = "forbidden";
    public const string NotFound = "not_found";
    public const string Conflict = "conflict";
    public const string VersionMismatch = "version_mismatch";
    public const string TooLarge = "too_large";
    public const string UnsupportedMedia = "unsupported_media";
    public const string RateLimited = "rate_limited";
    public const string Unavailable = "unavailable";
    public const string UsernameTaken = "username_taken";
    public const string EmailTaken = "email_taken";
    public const string RegistrationClosed = "registration_closed";
    public const string CollectionPrivate = "collection_private";
    public const string CollectionFull = "collection_full";
    public const string LinkPasswordRequired = "link_password_required";
    public const string LinkPasswordWrong = "link_password_wrong";
    public const string CopiesOff = "copies_off";
    public const string QuotaExceeded = "quota_exceeded";
    public const string Internal = "internal";
}

/// <summary>An expected failure: a stable code and a text that is safe to show to the user.</summary>
/// <param name="Code">One of <see cref="ErrorCode"/>.</param>
/// <param name="Detail">A sentence that says what to do; never a secret, never an internal cause.</param>
/// <param name="Fields">For <c>invalid_request</c>: the errors per member of the request (camelCase names).</param>
/// <param name="RetryAfterSeconds">For <c>rate_limited</c> and <c>unavailable</c>.</param>
[GenerateSerializer, Immutable, Alias("Error")]
public sealed record Error(
    [property: Id(0)] string Code,
    [property: Id(1)] string? Detail = null,
    [property: Id(2)] ImmutableDictionary<string, ImmutableArray<string>>? Fields = null,
    [property: Id(3)] int? RetryAfterSeconds = null)
{
    public static Error NotFound { get; } = new(ErrorCode.NotFound, "It does not exist, or you may not see it.");
    public static Error VersionMismatch { get; } = new(ErrorCode.VersionMismatch, "It has changed since you read it; read it again.");
    public static Error CopiesOff { get; } = new(ErrorCode.CopiesOff, "The owner does not allow copies of this collection; you can add its GIFs to your favourites.");
    public static Error Forbidden(string detail) => new(ErrorCode.Forbidden, detail);
    public static Error Conflict(string detail) => new(ErrorCode.Conflict, detail);
    public static Error Invalid(string field, string message) =>
        new(ErrorCode.InvalidRequest, "The request has invalid members.", ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add(field, [message]));
}

/// <summary>A result of any type, reduced to success or error.</summary>
public interface IOutcome
{
    Error? Error { get; }
}

/// <summary>The result of a call without a value.</summary>
[GenerateSerializer, Immutable, Alias("Result")]
public sealed record Result([property: Id(0)] Error? Error = null) : IOutcome
{
    public static Result Ok { get; } = new();
    public static implicit operator Result(Error error) => new(error);
}

/// <summary>A value or an error; exactly one is set.</summary>
[GenerateSerializer, Immutable, Alias("Result`1")]
public sealed record Result<T>([property: Id(0)] T? Value, [property: Id(1)] Error? Error) : IOutcome
{
    public bool Succeeded([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Error? error)
    {
        value = Value;
        error = Error;
        return error is null;
    }

    public static implicit operator Result<T>(T value) => new(value, null);
    public static implicit operator Result<T>(Error error) => new(default, error);
}

/// <summary>The result of a POST: an entity that was created (201) or existed already (200).</summary>
[GenerateSerializer, Immutable, Alias("CreatedOrExisting`1")]
public sealed record CreatedOrExisting<T>([property: Id(0)] T Value, [property: Id(1)] bool IsNew);

/// <summary>One page of a list; <c>Next</c> is the opaque cursor of the following page, null on the last.</summary>
[GenerateSerializer, Immutable, Alias("PageOf`1")]
public sealed record PageOf<T>([property: Id(0)] ImmutableArray<T> Items, [property: Id(1)] string? Next);

/// <summary>
/// The only GifShare exception that crosses grain boundaries: a failure that is not the caller's fault.
/// <see cref="Code"/> is <c>unavailable</c> (a store is down: 503, retry) or <c>internal</c> (a bug: 500, logged where it occurred).
/// </summary>
[GenerateSerializer, Alias("GrainFaultedException")]
public sealed class GrainFaultedException : Exception
{
    public GrainFaultedException(string code) : base($"A grain could not do its work: {code}.") => Code = code;

    [Id(0)]
    public string Code { get; init; }

    /// <summary>
    /// Whether a grain call failed because a store, a silo or the network is unavailable; whether the call had an effect is then unknown. Includes
    /// everything that Orleans itself throws: its exceptions, timeouts, and cancellations ("message expired before placement could complete"). A
    /// caller that cancels calls must first check whether the cancellation was its own.
    /// </summary>
    public static bool IsUnavailable(Exception failure) =>
        failure is GrainFaultedException { Code: ErrorCode.Unavailable } or OrleansException or TimeoutException or OperationCanceledException;
}
