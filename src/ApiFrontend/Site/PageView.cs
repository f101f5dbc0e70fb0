using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Site;

/// <summary>Metadata: a route for browsers. Its errors are pages, and a missing sign-in leads to the log-in page.</summary>
public sealed record PageRoute;

/// <summary>What every page knows about its request.</summary>
/// <param name="FormToken">The antiforgery token for the forms on it. Empty where nobody was asked who is here: such a page offers neither log-in nor log-out.</param>
public sealed record PageView(bool IsSignedIn, string FormToken)
{
    public bool IsAdmin { get; init; }

    /// <summary>Null: a guest.</summary>
    public UserId? Viewer { get; init; }

    public Look Look { get; init; } = Look.Default;

    /// <summary>Path and query of this page, without a notice's part: where a form may lead back to.</summary>
    public string Path { get; init; } = "/";

    /// <summary>What was just done, to be said at the top.</summary>
    public Notice? Notice { get; init; }
}

/// <summary>What robots that make previews are told about an open link.</summary>
public sealed record Preview(string Title, string Url, string Description, string? ImageUrl, int? ImageWidth, int? ImageHeight, string OEmbedUrl);

/// <summary>The texts of a form that was sent; a missing or empty one is null.</summary>
public sealed class TypedForm(IFormCollection? form)
{
    public static TypedForm Empty { get; } = new(null);

    public string? this[string name] => form is not null && form.TryGetValue(name, out var value) && value is [{ Length: > 0 } text] ? text : null;

    /// <summary>All values of a field that is there several times, such as ticked boxes.</summary>
    public IEnumerable<string> All(string name) => form is not null && form.TryGetValue(name, out var values) ? values.OfType<string>() : [];

    public IReadOnlyList<IFormFile> Files => form?.Files ?? (IReadOnlyList<IFormFile>)[];
}

public static class PageText
{
    /// <summary><c>1 GIF</c>, <c>2 GIFs</c>.</summary>
    public static string Count(long count, string noun) => count == 1 ? $"1 {noun}" : $"{count:N0} {noun}s";
}

public static class PageViews
{
    // blob: is for pictures that a visitor is about to upload.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: blob:; media-src 'self' https:; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors ";

    private static readonly Error NoForm = new(ErrorCode.UnsupportedMedia, "The form of one of our pages is expected.");

    public static PageView NewView(this HttpContext context) =>
        context.ViewWithoutForms(context.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(context).RequestToken!);

    // Without a token: asks neither grains nor keys anything.
    private static PageView ViewWithoutForms(this HttpContext context, string token = "")
    {
        var user = context.Features.Get<CurrentUser>();
        return new(user is not null, token)
        {
            IsAdmin = user is { IsAdmin: true },
            Viewer = user?.Id,
            Look = Look.Read(context.Request),
            Path = PathOf(context.Request),
            Notice = token.Length > 0 ? Notices.Of(context) : null,
        };
    }

    private static string PathOf(HttpRequest request)
    {
        var rest = request.Query.Where(pair => pair.Key is not ("done" or "of" or "undo"));
        // A path that begins with two slashes would lead to another site.
        var path = request.Path.ToUriComponent();
        return path.StartsWith("//", StringComparison.Ordinal) ? "/" : path + QueryString.Create(rest).ToString();
    }

    /// <summary>Reads a form of ours.</summary>
    /// <exception cref="AntiforgeryValidationException">It does not come from a page of ours.</exception>
    /// <exception cref="RefusedException">It is no form at all.</exception>
    public static async Task<TypedForm> ReadForm(this HttpContext context)
    {
        if (!context.Request.HasFormContentType)
            throw new RefusedException(NoForm);
        await context.RequestServices.GetRequiredService<IAntiforgery>().ValidateRequestAsync(context);
        return new(await context.Request.ReadFormAsync(context.RequestAborted));
    }

    public static IResult Page<TView>(this HttpContext context, Dictionary<string, object?> parameters, int status = 200, bool isFramed = false)
        where TView : Microsoft.AspNetCore.Components.IComponent
    {
        // What Blazor reads of a request: it makes an address of Host, which may be anything where it is refused, and answers its own script, which
        // we do not use, with a header of its own. One it adds to every page, and cannot add again for the page of an error.
        context.Request.Host = new(context.RequestServices.GetRequiredService<PublicAddress>().Uri.Authority);
        context.Request.Headers.Accept = "text/html";
        var headers = context.Response.Headers;
        headers.Remove("blazor-enhanced-nav");
        headers.ContentSecurityPolicy = Policy + (isFramed ? "*" : "'none'");
        // A framed page is the same for everybody, and no cache may show it on after its link is revoked.
        headers.CacheControl = isFramed ? "no-cache" : "no-cache, no-store";
        // An error's page brings its own, so that nobody is asked for tokens when nobody may be able to answer.
        if (!parameters.ContainsKey("View"))
            parameters.Add("View", isFramed ? new PageView(false, "") { Look = Look.Read(context.Request) } : context.NewView());
        return new RazorComponentResult<TView>(parameters) { StatusCode = status, PreventStreamingRendering = true };
    }

    /// <summary>Keeps the answer out of search engines: a shared page, and what leads to one.</summary>
    public static void Hide(this HttpContext context) => context.Response.Headers["X-Robots-Tag"] = "noindex";

    public static IResult SeeOther(string path) => new SeeOtherResult(path);

    /// <summary>An error as a page. It asks nobody anything, so that it works when nothing else does.</summary>
    public static IResult ErrorPage(this HttpContext context, Error error)
    {
        // Headers and status as in the problem.
        var problem = error.ToProblem(context);
        return context.Page<ErrorPage>(
            new()
            {
                ["View"] = context.ViewWithoutForms(),
                ["Title"] = problem.ProblemDetails.Title,
                ["Error"] = error,
                ["IsReading"] = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method),
            },
            problem.StatusCode);
    }

    /// <summary>Is it a browser that asks for a page? Then errors are pages.</summary>
    public static bool IsPage(this HttpContext context)
    {
        if (context.GetEndpoint() is RouteEndpoint endpoint)
            return endpoint.Metadata.GetMetadata<PageRoute>() is not null;
        var request = context.Request;
        return !request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase)
            && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A path on this site that a form may send the browser to, or null.</summary>
    public static string? LocalPath(string? path) =>
        path is { Length: > 0 and <= 500 } && path[0] == '/' && (path.Length == 1 || path[1] is not ('/' or '\\')) && !path.Any(char.IsControl) && path.All(char.IsAscii)
            ? path
            : null;

    private sealed class SeeOtherResult(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = path;
            return Task.CompletedTask;
        }
    }
}
