using System.Globalization;
using GifShare.Accounts;
using Microsoft.AspNetCore.Authorization;

namespace GifShare.ApiFrontend.Auth;

/// <summary>The claims of a verified access token.</summary>
public sealed record AccessTokenClaims(UserId User, SessionId Session, DateTimeOffset ExpiresAt)
{
    private IUserGrain? grain;

    /// <summary>The user's grain reference; cached with the claims, because creating a reference costs more than the call.</summary>
    public IUserGrain Grain(IGrainFactory grains) => grain ??= grains.User(User);
}

/// <summary>Verifies signature, form and expiry of access tokens; verified tokens are cached.</summary>
public interface IAccessTokens
{
    /// <summary>Null when the token is malformed, forged or expired.</summary>
    ValueTask<AccessTokenClaims?> Verify(string token);
}

/// <summary>
/// Endpoint metadata: the endpoint requires a signed-in caller. All of <c>/v1</c> has it unless the endpoint says <c>.AllowAnonymous()</c>.
/// </summary>
public sealed record SignInRequired(bool AdministratorsOnly = false);

/// <summary>Endpoint metadata: who calls is no user, and shows credentials that the endpoint verifies itself.</summary>
public sealed record VerifiesCallers;

/// <summary>
/// Authentication middleware: verifies the credentials, then lets the user's grain check the session and the rate limit. One grain call per
/// authenticated request, none for anonymous ones. Not ASP.NET's schemes, because api.md fixes what those leave open: credentials that are present
/// must be valid also on anonymous endpoints, and 401 comes before all other errors.
/// </summary>
public sealed class Authentication(RequestDelegate next, IAccessTokens tokens, SessionCookies cookies, IGrainFactory grains)
{
    private static readonly Error NoCredentials = new(ErrorCode.Unauthenticated, "Send Authorization: Bearer <accessToken>.");
    internal static readonly Error BadCredentials = new(ErrorCode.Unauthenticated, "The credentials are malformed, expired or revoked; sign in again.");

    public Task Invoke(HttpContext context)
    {
        var headers = context.Request.Headers;
        return (headers.Authorization.Count == 0 && headers.Cookie.Count == 0) || context.GetEndpoint()?.Metadata.GetMetadata<VerifiesCallers>() is not null
            ? Anonymous(context)
            : WithCredentials(context);
    }

    private Task Anonymous(HttpContext context)
    {
        if (RuleOf(context) is null)
            return next(context);
        if (!context.IsPage())
            return context.WriteProblem(NoCredentials);
        // Return to the requested page after the log-in, but not to a form submission, whose body is lost.
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
        var metadata = context.GetEndpoint()?.Metadata;
        // Uppy announces uploads by GET.
        if (metadata?.GetMetadata<CountsAsUpload>() is not null)
            return RequestKind.Upload;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
            return RequestKind.Read;
        if (metadata?.GetMetadata<CountsAsChunk>() is not null)
            return RequestKind.Read;
        var upload = metadata?.GetMetadata<UploadMetadata>();
        // Our pages send the cookie along; for others it is anonymous.
        if (upload is { BySignature: true })
            return RequestKind.Read;
        return upload is { OwnBudget: true } && upload.Matches(request)
            ? RequestKind.Upload
            : RequestKind.Write;
    }
}
