using System.Reflection;
using GifShare.Accounts;

namespace GifShare.ApiFrontend.Auth;

/// <summary>The signed-in user of a request, put there by the authentication of this frontend; an endpoint takes it as a parameter.</summary>
public sealed record CurrentUser(UserId Id, SessionId Session, bool IsAdmin)
{
    public static ValueTask<CurrentUser?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult(context.Features.Get<CurrentUser>());
}

/// <summary>Whoever asks on a route that is open to anonymous callers; <see cref="Id"/> is null for those.</summary>
public sealed record Viewer(UserId? Id)
{
    public static ValueTask<Viewer?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult<Viewer?>(new(context.Features.Get<CurrentUser>()?.Id));
}

public static class Clients
{
    /// <summary>Who is at the other end, for session lists and failure counting. An IPv6 address counts as its /64 (api.md, Rates).</summary>
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
