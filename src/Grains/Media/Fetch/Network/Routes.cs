using System.Net;

namespace GifShare.Grains.Media.Fetch;

/// <summary>A network address that was checked, and is connected to without asking for the name again.</summary>
/// <param name="Allowed">Within <see cref="FetchOptions.AllowNetworks"/>.</param>
public sealed record Route(IPAddress Address, bool Allowed);

/// <summary>
/// Resolves a host once, checks all of its addresses, and hands out those to connect to. A name that changes its answer (DNS rebinding) gains nothing: the
/// answer that was checked is the one that is used.
/// </summary>
public sealed class Routes(IHostResolver resolver, AddressRules rules)
{
    /// <summary>More addresses of one host are not tried when the first ones are away.</summary>
    const int Most = 4;

    /// <exception cref="FetchFailedException">No such host, one of its addresses is refused, or the scheme or port is not allowed there.</exception>
    internal async Task<IReadOnlyList<Route>> To(Target target, CancellationToken cancel)
    {
        var found = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await resolver.Resolve(target.Host, cancel);
        if (found.Count == 0)
            throw FetchFailedException.HostNotFound(target.Host, passing: false);
        Route[] routes = [.. found.Select(address => new Route(address, rules.Of(address) switch
        {
            Reach.Public => false,
            Reach.Allowed => true,
            // One refused address refuses the host: nobody honest has both, and attackers answer with both.
            _ => throw FetchFailedException.Private(),
        }))];
        if (!Array.TrueForAll(routes, route => route.Allowed))
        {
            if (!target.IsHttps)
                throw FetchFailedException.NotSecure();
            if (target.Address.Port is not (443 or 80))
                throw FetchFailedException.Port(target.Address.Port);
        }

        return routes.Length > Most ? routes[..Most] : routes;
    }
}
