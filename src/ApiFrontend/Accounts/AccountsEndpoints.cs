using System.Buffers.Text;
using GifShare.Accounts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GifShare.ApiFrontend.Accounts;

/// <summary>Endpoints for users and sessions (api.md, Users and sessions).</summary>
public static class AccountsEndpoints
{
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSingleton<IAccessTokens, AccessTokenVerifier>();
    }

    public static void MapAccountsPages(this PageGroups pages)
    {
        pages.Open.MapAccountPages();
        pages.Open.MapDisplayPages();
        pages.Open.MapAccountReturn();
        pages.Mine.MapSettingsPages();
        pages.Mine.MapSessionPages();
    }

    public static void MapAccounts(this IEndpointRouteBuilder v1)
    {
        var users = v1.MapGroup("/users").WithTags("Users");
        users.MapPost("", Register).AllowAnonymous().RequireRateLimiting(AddressLimits.Registrations).WithName("Register").WithSummary("Makes an account and signs in; the first one is the administrator");
        users.MapPost("/restore", Restore).AllowAnonymous().WithName("RestoreAccount").WithSummary("Brings a deleted account back, within 30 days, and signs in");
        users.MapGet("/me", GetMe).WithName("GetMe").WithSummary("My whole profile");
        users.MapPatch("/me", UpdateMe).WithName("UpdateMe").WithSummary("Changes my profile; `email` needs `password`");
        users.MapDelete("/me", DeleteMe).WithName("DeleteMe").WithSummary("Deletes my account, for 30 days restorable");
        users.MapPut("/me/password", ChangePassword).WithName("ChangePassword").WithSummary("Changes my password and ends my other sessions");
        users.MapAvatar();
        users.MapGet("/{username}", GetUser).AllowAnonymous().WithName("GetUser").WithSummary("A public profile; of a private account only name, avatar and counts");

        var sessions = v1.MapGroup("/sessions").WithTags("Sessions");
        sessions.MapPost("", SignIn).AllowAnonymous().WithName("SignIn").WithSummary("Signs in by username or email");
        sessions.MapPost("/refresh", Refresh).AllowAnonymous().WithName("RefreshSession").WithSummary("Takes a refresh token for a new pair of tokens");
        sessions.MapGet("", ListSessions).WithName("ListSessions").WithSummary("My sessions, newest first");
        sessions.MapDelete("/current", SignOut).WithName("SignOut").WithSummary("Ends this session at once");
        sessions.MapDelete("/{id}", EndSession).WithName("EndSession").WithSummary("Ends one of my sessions at once");
    }

    private static async Task<Results<Created<SignedIn>, ProblemHttpResult>> Register(RegisterUser body, IGrainFactory grains, HttpContext context)
    {
        var result = await grains.User(UserId.New()).Register(body, context.Client());
        return result.Succeeded(out var signedIn, out var error) ? Created(context, $"/v1/users/{signedIn.User.Username}", signedIn) : error.ToProblem(context);
    }

    private static async Task<Results<Created<SignedIn>, ProblemHttpResult>> SignIn(Credentials body, IGrainFactory grains, HttpContext context)
    {
        var result = await grains.Accounts().SignIn(body.Login, body.Password, context.Client());
        return result.Succeeded(out var signedIn, out var error) ? Created(context, $"/v1/sessions/{signedIn.Session}", signedIn) : error.ToProblem(context);
    }

    private static async Task<Results<Ok<SignedIn>, ProblemHttpResult>> Refresh(RefreshRequest body, IGrainFactory grains, HttpContext context)
    {
        var result = UserOf(body.RefreshToken) is { } user
            ? await grains.User(user).Refresh(body.RefreshToken, context.Client())
            : new Error(ErrorCode.Unauthenticated, "This is no refresh token; sign in again.");
        return NotStored(context, result).ToOk(context);
    }

    private static async Task<Results<Ok<SignedIn>, ProblemHttpResult>> Restore(Credentials body, IGrainFactory grains, HttpContext context) =>
        NotStored(context, await grains.Accounts().Restore(body.Login, body.Password, context.Client())).ToOk(context);

    private static async Task<Results<Ok<PageOf<Session>>, ProblemHttpResult>> ListSessions(CurrentUser user, Paging paging, IGrainFactory grains, HttpContext context) =>
        Private(context, await grains.User(user.Id).ListSessions(user.Session, paging.Cursor, paging.Limit)).ToOk(context);

    private static async Task<Results<NoContent, ProblemHttpResult>> SignOut(
        CurrentUser user, SessionCookies cookies, IGrainFactory grains, HttpContext context)
    {
        var result = await grains.User(user.Id).SignOut(user.Session);
        if (result.Error is null)
            cookies.TryForget(context);
        return result.ToNoContent(context);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> EndSession(SessionId id, CurrentUser user, IGrainFactory grains, HttpContext context) =>
        (await grains.User(user.Id).SignOut(id)).ToNoContent(context);

    private static async Task<Results<Ok<UserProfile>, ProblemHttpResult>> GetMe(CurrentUser user, IGrainFactory grains, HttpContext context) =>
        Private(context, await grains.User(user.Id).GetMe()).ToOk(context);

    private static async Task<Results<Ok<UserProfile>, ProblemHttpResult>> UpdateMe(ProfilePatch body, CurrentUser user, IGrainFactory grains, HttpContext context) =>
        Private(context, await grains.User(user.Id).UpdateProfile(body, user.Session)).ToOk(context);

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteMe(
        [FromBody] PasswordConfirmation body, CurrentUser user, IGrainFactory grains, HttpContext context) =>
        (await grains.User(user.Id).Delete(body.Password, user.Session)).ToNoContent(context);

    private static async Task<Results<NoContent, ProblemHttpResult>> ChangePassword(
        PasswordChange body, CurrentUser user, IGrainFactory grains, HttpContext context) =>
        (await grains.User(user.Id).ChangePassword(user.Session, body.Old, body.New)).ToNoContent(context);

    private static async Task<Results<Ok<UserProfile>, ProblemHttpResult>> GetUser(string username, Viewer viewer, IGrainFactory grains, HttpContext context)
    {
        Result<UserProfile> result = await grains.Accounts().FindByUsername(username) is { } id
            ? await grains.User(id).GetProfile(viewer.Id)
            : Error.NotFound;
        if (result.Error is null)
            context.Response.Headers.CacheControl = viewer.Id is null ? "public, no-cache" : "private, no-cache";
        return result.ToOk(context);
    }

    private static Created<SignedIn> Created(HttpContext context, string location, SignedIn signedIn)
    {
        NotStored<SignedIn>(context, signedIn);
        return TypedResults.Created(location, signedIn);
    }

    /// <summary>Sets Cache-Control: no-store, since the response contains tokens.</summary>
    private static Result<T> NotStored<T>(HttpContext context, Result<T> result)
    {
        context.Response.Headers.CacheControl = "no-store";
        return result;
    }

    internal static Result<T> Private<T>(HttpContext context, Result<T> result)
    {
        context.Response.Headers.CacheControl = "private, no-cache";
        return result;
    }

    /// <summary>The user id at the beginning of a refresh token; only that user's grain can verify the token.</summary>
    private static UserId? UserOf(string refreshToken)
    {
        Span<byte> bytes = stackalloc byte[96];
        return refreshToken.Length == 91 && Base64Url.IsValid(refreshToken) && Base64Url.TryDecodeFromChars(refreshToken, bytes, out _)
            ? new UserId(new Guid(bytes[..16], bigEndian: true))
            : null;
    }
}
