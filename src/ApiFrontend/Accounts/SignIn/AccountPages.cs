using GifShare.Accounts;

namespace GifShare.ApiFrontend.Accounts;

/// <summary>Landing, registration, log-in and log-out pages.</summary>
internal static class AccountPages
{
    private const string Home = "/collections";

    public static void MapAccountPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", static (HttpContext context, Viewer viewer) =>
            viewer.Id is null ? context.Page<LandingPage>([]) : PageViews.SeeOther(Home));
        routes.MapGet("/login", static (HttpContext context, Viewer viewer) =>
            viewer.Id is null
                ? Login(context, context.Request.Query["return"], null, null)
                : PageViews.SeeOther(PageViews.LocalPath(context.Request.Query["return"]) ?? Home));
        routes.MapPost("/login", SignIn);
        routes.MapGet("/register", static (HttpContext context, Viewer viewer) =>
            viewer.Id is null ? Registration(context, TypedForm.Empty, null) : PageViews.SeeOther(Home));
        routes.MapPost("/register", Register).RequireRateLimiting(AddressLimits.Registrations);
        routes.MapPost("/logout", SignOut);
    }

    private static async Task<IResult> SignIn(HttpContext context, IGrainFactory grains, SessionCookies cookies)
    {
        var form = await context.ReadForm();
        var result = await grains.Accounts().SignIn(form["login"] ?? "", form["password"] ?? "", context.Client());
        if (!result.Succeeded(out var signedIn, out var error))
            return Login(context, form["return"], form["login"], error);
        cookies.Set(context, signedIn);
        return PageViews.SeeOther(PageViews.LocalPath(form["return"]) ?? Home);
    }

    private static async Task<IResult> Register(HttpContext context, IGrainFactory grains, SessionCookies cookies)
    {
        var form = await context.ReadForm();
        var command = new RegisterUser(
            form["firstName"] ?? "", form["lastName"] ?? "", form["email"] ?? "", form["username"] ?? "", form["password"] ?? "", InviteCode: form["inviteCode"]);
        var result = await grains.User(UserId.New()).Register(command, context.Client());
        if (!result.Succeeded(out var signedIn, out var error))
            return Registration(context, form, error);
        cookies.Set(context, signedIn);
        return PageViews.SeeOther(Home);
    }

    private static async Task<IResult> SignOut(HttpContext context, IGrainFactory grains, SessionCookies cookies)
    {
        await context.ReadForm();
        if (context.Features.Get<CurrentUser>() is { } user)
            await grains.User(user.Id).SignOut(user.Session);
        cookies.Forget(context);
        return PageViews.SeeOther("/");
    }

    private static IResult Login(HttpContext context, string? back, string? login, Error? error)
    {
        // The return URL may contain a share link's token, which must not be indexed.
        if (back is not null)
            context.Hide();
        return context.Page<LoginPage>(
            new() { ["Return"] = PageViews.LocalPath(back), ["Login"] = login, ["Error"] = error },
            error is null ? StatusCodes.Status200OK : Problems.StatusOf(error.Code));
    }

    private static IResult Registration(HttpContext context, TypedForm typed, Error? error) => context.Page<RegisterPage>(
        new() { ["Typed"] = typed, ["Error"] = error },
        error is null ? StatusCodes.Status200OK : Problems.StatusOf(error.Code));
}
