using System.Globalization;
using GifShare.Accounts;
using Microsoft.AspNetCore.Authorization;

namespace GifShare.ApiFrontend.Auth;

/// <summary>What a verified access token says.</summary>
public sealed record AccessTokenClaims(UserId User, SessionId Session, DateTimeOffset ExpiresAt)
{
    private IUserGrain? grain;

    /// <summary>The user's grain; kept with the claims, which are cached, because making a reference costs more than the call.</summary>
    public IUserGrain Grain(IGrainFactory grains) => grain ??= grains.User(User);
}

/// <summary>Checks signature, form and expiry of access tokens; verified ones are cached. Implemented by the accounts feature.</summary>
public interface IAccessTokens
{
    /// <summary>Null when it is malformed, forged or expired.</summary>
    ValueTask<AccessTokenClaims?> Verify(string token);
}

/// <summary>
/// Metadata: who may call an endpoint. All of <c>/v1</c> needs a signed-in caller unless it says <c>.AllowAnonymous()</c>.
/// </summary>
public sealed record SignInRequired(bool AdministratorsOnly = false);

/// <summary>
/// Finds out who asks, and lets the user's grain admit the request: is the session alive, does the budget allow it? One grain call per
/// authenticated request, none for anonymous ones. Our own middleware and not ASP.NET's schemes, because api.md fixes what they
/// leave open: credentials that are there must be right also on open routes, and 401 comes before everything else.
/// </summary>
public sealed class Authentication(RequestDelegate next, IAccessTokens tokens, SessionCookies cookies, IGrainFactory grains)
{
    private static readonly Error NoCredentials = new(ErrorCode.Unauthenticated, "Send Authorization: Bearer <accessToken>.");
    internal static readonly Error BadCredentials = new(ErrorCode.Unauthenticated, "The credentials are malformed, expired or revoked; sign in again.");

    public Task Invoke(HttpContext context)
    {
        var headers = context.Request.Headers;
        return headers.Authorization.Count == 0 && headers.Cookie.Count == 0
            ? Anonymous(context)
            : WithCredentials(context);
    }

    private Task Anonymous(HttpContext context)
    {
        if (RuleOf(context) is null)
            return next(context);
        if (!context.IsPage())
            return context.WriteProblem(NoCredentials);
        // Back to where the visitor wanted to go, unless that was to send a form, which is lost.
        var back = HttpMethods.IsGet(context.Request.Method) ? "?return=" + Uri.EscapeDataString(context.Request.Path) : "";
        return PageViews.SeeOther("/login" + back).ExecuteAsync(context);
    }

    private async Task WithCredentials(HttpContext context)
    {
        AccessTokenClaims? claims;
        if (context.Request.Headers.Authorization.Count > 0)
        {
            claims = Bearer(context) is { } token ? await tokens.Verify(token) : null;
            if (claims is null)
            {
                await context.WriteProblem(BadCredentials);
                return;
            }
        }
        else
        {
            (claims, var isRefused) = await cookies.Authenticate(context);
            if (isRefused)
            {
                await context.WriteProblem(BadCredentials);
                return;
            }

            if (claims is null)
            {
                await Anonymous(context);
                return;
            }
        }

        await Admit(context, claims);
    }

    private async Task Admit(HttpContext context, AccessTokenClaims claims)
    {
        var admission = await claims.Grain(grains).Admit(claims.Session, KindOf(context));
        if (!admission.SessionAlive)
        {
            if (cookies.TryForget(context))
                await Anonymous(context);
            else
                await context.WriteProblem(BadCredentials);
            return;
        }

        if (admission.Limit > 0)
        {
            var headers = context.Response.Headers;
            headers["RateLimit-Limit"] = admission.Limit.ToString(CultureInfo.InvariantCulture);
            headers["RateLimit-Remaining"] = admission.Remaining.ToString(CultureInfo.InvariantCulture);
            headers["RateLimit-Reset"] = admission.ResetSeconds.ToString(CultureInfo.InvariantCulture);
        }

        if (!admission.Allowed)
        {
            var wait = Math.Max(1, admission.ResetSeconds);
            await context.WriteProblem(new(ErrorCode.RateLimited, $"Too many requests; try again in {wait} s.", null, wait));
            return;
        }

        if (RuleOf(context) is { AdministratorsOnly: true } && !admission.IsAdmin)
        {
            await context.WriteProblem(Error.Forbidden("Only administrators may do this."));
            return;
        }

        context.Features.Set(new CurrentUser(claims.User, claims.Session, admission.IsAdmin));
        await next(context);
    }

    private static SignInRequired? RuleOf(HttpContext context) =>
        context.GetEndpoint()?.Metadata is { } metadata && metadata.GetMetadata<IAllowAnonymous>() is null ? metadata.GetMetadata<SignInRequired>() : null;

    private static string? Bearer(HttpContext context)
    {
        const string scheme = "Bearer ";
        var values = context.Request.Headers.Authorization;
        return values is [{ Length: > 7 and < 4096 } value] && value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? value[scheme.Length..] : null;
    }

    private static RequestKind KindOf(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
            return RequestKind.Read;
        return context.GetEndpoint()?.Metadata.GetMetadata<UploadMetadata>() is { OwnBudget: true } upload && upload.Matches(request)
            ? RequestKind.Upload
            : RequestKind.Write;
    }
}
