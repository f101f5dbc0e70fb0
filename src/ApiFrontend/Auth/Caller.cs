using System.Reflection;
using GifShare.Accounts;

namespace GifShare.ApiFrontend.Auth;

/// <summary>The signed-in user of a request, set by the authentication middleware; endpoints take it as a parameter.</summary>
public sealed record CurrentUser(UserId Id, SessionId Session, bool IsAdmin)
{
    public static ValueTask<CurrentUser?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult(context.Features.Get<CurrentUser>());
}

/// <summary>The caller of an endpoint that allows anonymous requests; <see cref="Id"/> is null for a guest.</summary>
public sealed record Viewer(UserId? Id)
{
    public static ValueTask<Viewer?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult<Viewer?>(new(context.Features.Get<CurrentUser>()?.Id));
}

public static class Clients
{
    /// <summary>The client's address and user agent, for session lists and counting failures. IPv6 addresses are truncated to their /64 (api.md, Rates).</summary>
    public static ClientInfo Client(this HttpContext context)
    {
        var agent = context.Request.Headers.UserAgent.ToString();
        return new(agent.Length == 0 ? null : agent[..Math.Min(agent.Length, 200)], context.AddressKey());
    }

    public static string AddressKey(this HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new System.Net.IPAddress(bytes) + "/64";
    }
}
