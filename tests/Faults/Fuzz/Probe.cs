
using GifShare.Fixtures;

namespace GifShare.Faults.Tests.Fuzz;

/// <summary>Who a request says it is.</summary>
internal enum Pass
{
    /// <summary>An actor's, in order.</summary>
    Valid,

    /// <summary>A vault's owner, who only reads.</summary>
    Vault,

    None,

    /// <summary>Revoked, expired, forged, or no token at all: 401 on every route.</summary>
    Refused,
}

/// <summary>A request and what must be true of its answer.</summary>
/// <param name="Operation">Null for a page.</param>
/// <param name="Pass">Its credentials.</param>
/// <param name="Caller">Whose credentials they are, if they hold.</param>
internal sealed record Probe(ApiOperation? Operation, Request Request, Pass Pass, Actor? Caller)
{
    /// <summary>The path may mean another route, or none.</summary>
    public bool IsElsewhere { get; set; }

    /// <summary>The server may refuse it before it is a request of ours: without a body.</summary>
    public bool IsMalformed { get; set; }

    /// <summary>Its body cannot be accepted.</summary>
    public bool MustBeRefused { get; set; }

    /// <summary>Of a vault, and in the request; in place of it an id that never was must change nothing.</summary>
    public string? Hidden { get; set; }

    /// <summary>It may differ from one time to the next: an idempotency key.</summary>
    public bool IsOnce { get; set; }
}
