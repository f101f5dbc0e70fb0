using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Collections;

/// <summary>What collection grains share on a silo.</summary>
public sealed record CollectionTools(
    CollectionStore Store,
    CollectionWriters Writers,
    LinkTools Links,
    PageTools Pages,
    Idempotency Idempotency,
    TimeProvider Time,
    ILogger<CollectionGrain> Log);

/// <summary>What is written, and read, for many grains in one statement.</summary>
public sealed record CollectionWriters(ItemWriter Items, LikeWriter Likes, ViewWriter Views, CardReader Cards);

/// <summary>What share links need.</summary>
public sealed record LinkTools(LinkStore Store, LinkSecrets Secrets, LinkPasswords Passwords, PublicUrl PublicUrl);

/// <summary>What pages are made with.</summary>
public sealed record PageTools(PageCache Cache, CardChanges Cards, AddressSigner Signer, Cursors Cursors);

/// <summary>The address people reach this installation at (setting <c>PublicUrl</c>); never taken from a request.</summary>
public sealed record PublicUrl(string Value)
{
    public string OfLink(string token) => $"{Value}/s/{token}";
}
