namespace GifShare.Grains.Media.Fetch;

/// <summary>
/// An absolute http or https address without a user part and a fragment. Scheme and port are not judged here: what is allowed depends on the network that the
/// host's name leads to (<see cref="Routes"/>).
/// </summary>
/// <param name="Host">As it is resolved and named to the remote: ASCII, lower case, without the final dot.</param>
public sealed record Target(Uri Address, string Host)
{
    /// <summary>As api.md promises for an address that a user gives.</summary>
    const int LongestGiven = 2048;

    /// <summary>Redirects carry signatures of some thousand characters.</summary>
    const int LongestFollowed = 8192;

    public static Target Given(string url) => url.Length <= LongestGiven
        ? Of(url.Trim(), null)
        : throw FetchFailedException.Invalid("This address is too long: at most 2048 characters.");

    /// <summary>The address that this one names in a redirect or on its page.</summary>
    public Target Follow(string reference) => reference.Length <= LongestFollowed
        ? Of(reference.Trim(), Address)
        : throw FetchFailedException.Invalid("This address leads to one that is too long.");

    public bool IsHttps => Address.Scheme == Uri.UriSchemeHttps;

    /// <summary>The <c>Host</c> header, by which TLS also chooses and checks the certificate.</summary>
    public string Authority => Address.IsDefaultPort ? Host : $"{Host}:{Address.Port}";

    static Target Of(string text, Uri? page)
    {
        // A path such as /x alone would be an absolute file address on Unix.
        var parsed = page is null ? Uri.TryCreate(text, UriKind.Absolute, out var address) : Uri.TryCreate(page, text, out address);
        if (!parsed || address is null || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp))
            throw FetchFailedException.Invalid("An address that begins with https:// is expected.");
        if (address.UserInfo.Length > 0)
            throw FetchFailedException.Invalid("An address with a user name or password in it is not fetched.");
        var host = address.HostNameType is UriHostNameType.IPv6 or UriHostNameType.IPv4 ? address.Host : address.IdnHost.TrimEnd('.').ToLowerInvariant();
        return host.Length is > 0 and <= 255 ? new(address, host) : throw FetchFailedException.Invalid("This address names no host.");
    }
}
