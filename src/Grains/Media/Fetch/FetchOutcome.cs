using GifShare.ObjectStore;
using GifShare.ObjectStore.Images;

namespace GifShare.Grains.Media.Fetch;

/// <summary>What became of a fetch; exactly one of the two is set.</summary>
public sealed record FetchOutcome(FetchedMedia? Media, FetchFailure? Failure);

/// <summary>A downloaded file. It was recognised by its first bytes only; whoever commits it reads it first.</summary>
/// <param name="Staged">To be committed or discarded.</param>
/// <param name="Format">By the first bytes, whatever the remote said.</param>
/// <param name="Address">Where the bytes came from in the end, after redirects and, of a page, the address of the media on it. It may hold a signature, so it is not for logs.</param>
public sealed record FetchedMedia(StagedObject Staged, MediaFormat Format, string Address);

/// <summary>Why nothing was fetched.</summary>
/// <param name="Code">One of the constants here; they do not change.</param>
/// <param name="Sentence">For the person who gave the address. It names a host at most.</param>
/// <param name="Passing">The same address may work later.</param>
public sealed record FetchFailure(string Code, string Sentence, bool Passing = false)
{
    /// <summary>No https address, with a user part, too long, or a port that is not served.</summary>
    public const string InvalidAddress = "invalid_address";

    public const string HostNotFound = "host_not_found";

    /// <summary>The host has an address that is not public, or a redirect or page leads to one.</summary>
    public const string PrivateAddress = "private_address";

    /// <summary>No connection, or it was lost.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>The certificate is not valid for the host.</summary>
    public const string Insecure = "insecure";

    /// <summary>The answer has neither 200 nor a redirect.</summary>
    public const string Status = "status";

    public const string TooManyRedirects = "too_many_redirects";

    public const string TooLarge = "too_large";

    public const string TooSlow = "too_slow";

    /// <summary>By its first bytes neither an image nor a video that is taken, nor a page.</summary>
    public const string NotMedia = "not_media";

    /// <summary>A page that names no image and no video, or something else as such.</summary>
    public const string PageWithoutMedia = "page_without_media";

    /// <summary>Too many fetches at this silo, or from this host.</summary>
    public const string Busy = "busy";
}
