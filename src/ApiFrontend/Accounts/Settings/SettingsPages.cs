using GifShare.Accounts;
using GifShare.ObjectStore;

namespace GifShare.ApiFrontend.Accounts;

/// <summary>Profile, avatar, email, password and account deletion. The same rules as in the API, through the same grains.</summary>
internal static class SettingsPages
{
    private const int MaxAvatarBytes = 5 << 20;

    public static void MapSettingsPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/settings", static (HttpContext context, CurrentUser user, IGrainFactory grains) => Profile(context, user, grains, null, null));
        routes.MapPost("/settings", SaveProfile);
        // Room for the form's other fields and multipart boundaries.
        routes.MapPost("/settings/avatar", SetAvatar).TakesUpload(MaxAvatarBytes + BodyLimits.MaxBytes, keptInTemp: true);
        routes.MapPost("/settings/avatar/remove", RemoveAvatar);
        routes.MapGet("/settings/account", static (HttpContext context, CurrentUser user, IGrainFactory grains) => Account(context, user, grains, new()));
        routes.MapPost("/settings/account/email", ChangeEmail);
        routes.MapPost("/settings/account/password", ChangePassword);
        routes.MapGet("/settings/account/delete", static (HttpContext context) => Leave(context, null));
        routes.MapPost("/settings/account/delete", DeleteAccount);
    }

    public static void MapAccountReturn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/restore-account", static (HttpContext context) => Return(context, null, null));
        routes.MapPost("/restore-account", Restore);
    }

    private static async Task<IResult> Profile(HttpContext context, CurrentUser user, IGrainFactory grains, TypedForm? typed, Error? failed) =>
        (await grains.User(user.Id).GetMe()).Succeeded(out var me, out var error)
            ? context.Page<ProfileSettingsPage>(new() { ["Me"] = me, ["Typed"] = typed, ["Error"] = failed }, StatusOf(failed))
            : context.ErrorPage(error);

    private static async Task<IResult> SaveProfile(HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var patch = new ProfilePatch(
            new(true, form["displayName"]), new(true, form["firstName"] ?? ""), new(true, form["lastName"] ?? ""), new(true, form["bio"]),
            new(true, form["website"]), new(true, form["location"]), default, form["isPrivate"] is not null);
        if (!(await grains.User(user.Id).GetMe()).Succeeded(out var before, out var error)
            || !(await grains.User(user.Id).UpdateProfile(patch)).Succeeded(out var after, out error))
            return await Profile(context, user, grains, form, error);
        var undo = EditUndo.Between(EditedThing.Profile, default, default, ProfileFields.Of(before), ProfileFields.Of(after));
        return PageViews.SeeOther(Notices.With("/settings", "profile-saved", undo: context.Undoable(user, undo)));
    }

    private static async Task<IResult> SetAvatar(HttpContext context, CurrentUser user, IGrainFactory grains, UploadReader reader, IObjectStore objects)
    {
        var form = await context.ReadForm();
        if (form.Files is not [{ Length: > 0 } file])
            return await Profile(context, user, grains, null, Error.Invalid("avatar", "Choose a picture first."));
        await using var content = file.OpenReadStream();
        var outcome = await reader.ReadAsync(content, MaxAvatarBytes, context.RequestAborted);
        if (outcome.Upload is not { } upload)
            return await Profile(context, user, grains, null, Error.Invalid("avatar", outcome.Error == UploadOutcome.TooLarge
                ? "This picture is larger than 5 MB."
                : outcome.Detail ?? "This is not a whole GIF, PNG, JPEG or WebP picture."));
        try
        {
            var image = new AvatarImage(upload.Staged.Token, upload.Key.ToString(), upload.Staged.Length);
            return (await grains.User(user.Id).SetAvatar(image)).Error is { } error
                ? await Profile(context, user, grains, null, error)
                : PageViews.SeeOther(Notices.With("/settings", "avatar-saved"));
        }
        finally
        {
            await objects.DiscardAsync(upload.Staged.Token, CancellationToken.None);
        }
    }

    private static async Task<IResult> RemoveAvatar(HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        await context.ReadForm();
        return (await grains.User(user.Id).SetAvatar(null)).Error is { } error
            ? await Profile(context, user, grains, null, error)
            : PageViews.SeeOther(Notices.With("/settings", "avatar-removed"));
    }

    private static async Task<IResult> Account(HttpContext context, CurrentUser user, IGrainFactory grains, AccountAttempt attempt) =>
        (await grains.User(user.Id).GetMe()).Succeeded(out var me, out var error)
            ? context.Page<AccountSettingsPage>(new() { ["Me"] = me, ["Quota"] = await grains.User(user.Id).GetQuota(), ["Attempt"] = attempt }, StatusOf(attempt.Error))
            : context.ErrorPage(error);

    private static async Task<IResult> ChangeEmail(HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var patch = new ProfilePatch(Email: new(true, form["email"] ?? ""), Password: form["password"]);
        return (await grains.User(user.Id).UpdateProfile(patch, user.Session)).Error is { } error
            ? await Account(context, user, grains, new("email", form, WrongPassword(error, "password")))
            : PageViews.SeeOther(Notices.With("/settings/account", "email-saved"));
    }

    private static async Task<IResult> ChangePassword(HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        return (await grains.User(user.Id).ChangePassword(user.Session, form["old"] ?? "", form["new"] ?? "")).Error is { } error
            ? await Account(context, user, grains, new("password", form, WrongPassword(error, "old")))
            : PageViews.SeeOther(Notices.With("/settings/account", "password-changed"));
    }

    private static IResult Leave(HttpContext context, Error? error) => context.Page<DeleteAccountPage>(new() { ["Error"] = error }, StatusOf(error));

    private static async Task<IResult> DeleteAccount(HttpContext context, CurrentUser user, IGrainFactory grains, SessionCookies cookies)
    {
        var form = await context.ReadForm();
        if ((await grains.User(user.Id).Delete(form["password"] ?? "", user.Session)).Error is { } error)
            return Leave(context, WrongPassword(error, "password"));
        cookies.Forget(context);
        return PageViews.SeeOther(Notices.With("/restore-account", "account-deleted"));
    }

    private static IResult Return(HttpContext context, string? login, Error? error) => context.Page<RestoreAccountPage>(
        new() { ["Login"] = login, ["Error"] = error }, error is null ? StatusCodes.Status200OK : Problems.StatusOf(error.Code));

    private static async Task<IResult> Restore(HttpContext context, IGrainFactory grains, SessionCookies cookies)
    {
        var form = await context.ReadForm();
        var result = await grains.Accounts().Restore(form["login"] ?? "", form["password"] ?? "", context.Client());
        if (!result.Succeeded(out var signedIn, out var error))
            return Return(context, form["login"], error);
        cookies.Set(context, signedIn);
        return PageViews.SeeOther(Notices.With("/collections", "account-restored"));
    }

    // 401 is for requests without a session; this user is signed in and mistyped a password.
    private static Error WrongPassword(Error error, string field) =>
        error.Code == ErrorCode.InvalidCredentials ? Error.Invalid(field, "This is not your present password.") : error;

    private static int StatusOf(Error? error) => error is null ? StatusCodes.Status200OK : Problems.StatusOf(error.Code);
}

/// <summary>A refused form of the account page: <c>email</c> or <c>password</c>.</summary>
public sealed record AccountAttempt(string? Form = null, TypedForm? Typed = null, Error? Error = null)
{
    public Error? ErrorOf(string form) => form == Form ? Error : null;
}
