using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using GifShare.Accounts;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Auth;

/// <summary>
/// The session cookie of the pages: HttpOnly, SameSite=Lax, with the encrypted access and refresh tokens. <c>/v1</c>, <c>/files</c> and <c>/uppy</c> accept it
/// only together with the antiforgery header, which prevents cross-site request forgery.
/// </summary>
public sealed class SessionCookies
{
    /// <summary>What scripts call: there the cookie counts only with the antiforgery header.</summary>
    private static readonly PathString[] Apis = ["/v1", "/files", "/uppy"];

    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    private readonly IDataProtectionProvider protection;
    private readonly IAccessTokens tokens;
    private readonly IGrainFactory grains;
    private readonly IAntiforgery antiforgery;
    private readonly bool isHttps;
    private readonly string name;
    private IDataProtector? protector;

    public SessionCookies(
        IDataProtectionProvider protection, IAccessTokens tokens, IGrainFactory grains, IAntiforgery antiforgery, PublicAddress address)
    {
        (this.protection, this.tokens, this.grains, this.antiforgery) = (protection, tokens, grains, antiforgery);
        isHttps = address.IsHttps;
        name = isHttps ? "__Host-gifshare" : "gifshare";
    }

    // Lazy: creating the protector reads the key ring from a grain, which must be running.
    private IDataProtector Protector => protector ??= protection.CreateProtector("gifshare/session-cookie/v1");

    /// <summary>Authenticates by cookie. IsRefused: the antiforgery header is missing or wrong.</summary>
    public async ValueTask<(AccessTokenClaims? Claims, bool IsRefused)> Authenticate(HttpContext context)
    {
        if (context.Request.Cookies[name] is not { } sealedText)
            return (null, false);
        var isApi = Apis.Any(path => context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase));
        if (isApi && !context.Request.Headers.ContainsKey(Antiforgery.Header))
            return (null, false);

        var claims = Open(sealedText) is { } ticket ? await tokens.Verify(ticket.Access) ?? await Refresh(context, ticket) : null;
        if (claims is null)
        {
            Forget(context);
            return (null, false);
        }

        // Antiforgery tokens are bound to the user.
        context.User = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, claims.User.ToString())], "cookie"));
        return (claims, isApi && !await IsFromOurPage(context));
    }

    public void Set(HttpContext context, SignedIn signedIn) => Set(context, new CookieTicket(signedIn.User.Id, signedIn.AccessToken, signedIn.RefreshToken));

    public void Forget(HttpContext context) => context.Response.Cookies.Delete(name, Options());

    /// <summary>Deletes the session cookie. False when the request was not authenticated by cookie.</summary>
    public bool TryForget(HttpContext context)
    {
        if (context.User.Identity?.AuthenticationType != "cookie")
            return false;
        context.User = new ClaimsPrincipal();
        Forget(context);
        return true;
    }

    private void Set(HttpContext context, CookieTicket ticket)
    {
        var options = Options();
        options.MaxAge = Life;
        context.Response.Cookies.Append(name, Protector.Protect($"{ticket.User}|{ticket.Access}|{ticket.Refresh}"), options);
    }

    private CookieOptions Options() => new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = isHttps, Path = "/", IsEssential = true };

    private CookieTicket? Open(string sealedText)
    {
        try
        {
            return Protector.Unprotect(sealedText).Split('|') is [var user, var access, var refresh] && UserId.TryParse(user, out var id)
                ? new(id, access, refresh)
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Refreshes the tokens. Concurrent tabs with the same expired access token all get the same successor of their refresh token.</summary>
    private async Task<AccessTokenClaims?> Refresh(HttpContext context, CookieTicket ticket)
    {
        if (!(await grains.User(ticket.User).Refresh(ticket.Refresh, context.Client())).Succeeded(out var signedIn, out _))
            return null;
        Set(context, signedIn);
        return await tokens.Verify(signedIn.AccessToken);
    }

    private async Task<bool> IsFromOurPage(HttpContext context)
    {
        try
        {
            await antiforgery.ValidateRequestAsync(context);
            return true;
        }
        catch (AntiforgeryValidationException)
        {
            return false;
        }
    }

    private sealed record CookieTicket(UserId User, string Access, string Refresh);
}

public static class Antiforgery
{
    public const string Header = "X-Antiforgery";
    public const string Field = "_antiforgery";
}

/// <summary>Setting <c>PublicUrl</c>: the public URL of this installation. Never derived from a request's Host header.</summary>
public sealed class PublicAddress
{
    /// <exception cref="OptionsValidationException">The setting is missing or not an http(s) URL without a path.</exception>
    public PublicAddress(string? publicUrl)
    {
        if (!Uri.TryCreate(publicUrl, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0)
            throw new OptionsValidationException(
                nameof(PublicAddress), typeof(PublicAddress),
                ["PublicUrl must be the http or https address under which people reach GifShare, without a path, such as https://gifs.example.org."]);
        Uri = uri;
        Origin = string.Create(CultureInfo.InvariantCulture, $"{uri.Scheme}://{uri.Authority}");
    }

    public Uri Uri { get; }

    /// <summary>Without a trailing slash.</summary>
    public string Origin { get; }

    public bool IsHttps => Uri.Scheme == "https";
}
