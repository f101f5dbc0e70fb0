namespace GifShare.ApiFrontend.Accounts;

/// <summary>Lists the active sessions and revokes them.</summary>
internal static class SessionPages
{
    public static void MapSessionPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/settings/sessions", List);
        routes.MapPost("/settings/sessions/end-others", EndOthers);
        routes.MapPost("/settings/sessions/{id}/end", End);
    }

    private static async Task<IResult> List(HttpContext context, CurrentUser user, IGrainFactory grains) =>
        (await grains.User(user.Id).ListSessions(user.Session, context.Request.Query["cursor"], Paging.DefaultLimit)).Succeeded(out var sessions, out var error)
            ? context.Page<SessionsPage>(new() { ["Sessions"] = sessions })
            : context.ErrorPage(error);

    private static async Task<IResult> End(SessionId id, HttpContext context, CurrentUser user, IGrainFactory grains, SessionCookies cookies)
    {
        await context.ReadForm();
        // Idempotent: a session that is gone already counts as revoked.
        if ((await grains.User(user.Id).SignOut(id)).Error is { Code: not ErrorCode.NotFound } error)
            return context.ErrorPage(error);
        if (id != user.Session)
            return PageViews.SeeOther(Notices.With("/settings/sessions", "session-ended"));
        cookies.Forget(context);
        return PageViews.SeeOther("/");
    }

    private static async Task<IResult> EndOthers(HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        await context.ReadForm();
        var me = grains.User(user.Id);
        string? cursor = null;
        do
        {
            if (!(await me.ListSessions(user.Session, cursor, Paging.MaxLimit)).Succeeded(out var sessions, out var error))
                return context.ErrorPage(error);
            foreach (var session in sessions.Items)
                if (!session.Current && (await me.SignOut(session.Id)).Error is { Code: not ErrorCode.NotFound } refused)
                    return context.ErrorPage(refused);
            cursor = sessions.Next;
        }
        while (cursor is not null);
        return PageViews.SeeOther(Notices.With("/settings/sessions", "sessions-ended"));
    }
}
