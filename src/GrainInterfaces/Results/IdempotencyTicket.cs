namespace GifShare;

/// <summary>
/// The caller's <c>Idempotency-Key</c>, hashed with user, method and path, and the hash of the request. The grain stores both with
/// the result, in the transaction of the request's effect (api.md, Idempotency). Null when the request has no key.
/// </summary>
[GenerateSerializer, Immutable, Alias("IdempotencyTicket")]
public sealed record IdempotencyTicket(
    [property: Id(0)] UserId User,
    [property: Id(1)] string Scope,
    [property: Id(2)] string RequestHash);

/// <summary>The state of an Idempotency-Key.</summary>
[GenerateSerializer, Alias("IdempotencyState")]
public enum IdempotencyState
{
    /// <summary>Nothing is stored: run the request. Of two concurrent ones, one takes effect and the other gets its answer.</summary>
    Fresh,
    /// <summary>The same request was run before: replay the stored result.</summary>
    Done,
    /// <summary>The key was used for another request: 409.</summary>
    OtherRequest,
}

/// <summary><see cref="Answer"/> is UTF-8 JSON of the stored <c>Result&lt;T&gt;</c>; see ApiFrontend's Idempotency.</summary>
[GenerateSerializer, Immutable, Alias("IdempotencyAnswer")]
public sealed record IdempotencyAnswer([property: Id(0)] IdempotencyState State, [property: Id(1)] ReadOnlyMemory<byte> Answer = default);
