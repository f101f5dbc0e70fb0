namespace GifShare;

/// <summary>
/// The caller's <c>Idempotency-Key</c>, hashed with user, method and path, and the hash of the request. The grain that has the
/// effect stores both with the result in the effect's own transaction (api.md, Idempotency). Null where no key was sent.
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
    /// <summary>Nothing is stored: carry the request out. When two do so at the same time, one effect is kept and the other request gets its answer.</summary>
    Fresh,
    /// <summary>The same request was carried out before: answer with the stored result.</summary>
    Done,
    /// <summary>The key was used with another request: 409.</summary>
    OtherRequest,
}

/// <summary><see cref="Answer"/> is UTF-8 JSON of the <c>Result&lt;T&gt;</c> that the effect stored, see ApiFrontend's Idempotency.</summary>
[GenerateSerializer, Immutable, Alias("IdempotencyAnswer")]
public sealed record IdempotencyAnswer([property: Id(0)] IdempotencyState State, [property: Id(1)] ReadOnlyMemory<byte> Answer = default);
