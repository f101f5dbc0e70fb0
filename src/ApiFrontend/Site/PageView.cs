using GifShare.ObjectStore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Site;

/// <summary>Metadata of an HTML route: errors are pages, and a missing sign-in redirects to the log-in page.</summary>
public sealed record PageRoute;

/// <summary>Request data for every page.</summary>
/// <param name="FormToken">
/// The antiforgery token for the page's forms. Empty where the caller was not authenticated: the page then offers neither log-in nor log-out.
/// </param>
public sealed record PageView(bool IsSignedIn, string FormToken)
{
    public bool IsAdmin { get; init; }

    /// <summary>Null: a guest.</summary>
    public UserId? Viewer { get; init; }

    public Look Look { get; init; } = Look.Default;

    /// <summary>Path and query of this page without the notice, as a return URL for forms.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The notice to show at the top.</summary>
    public Notice? Notice { get; init; }
}

/// <summary>Link preview data (Open Graph, oEmbed) of an open link.</summary>
public sealed record Preview(string Title, string Url, string Description, string? ImageUrl, int? ImageWidth, int? ImageHeight, string OEmbedUrl);

/// <summary>The text fields of a submitted form; missing and empty ones are null.</summary>
public sealed class TypedForm(IFormCollection? form)
{
    public static TypedForm Empty { get; } = new(null);

    public string? this[string name] => form is not null && form.TryGetValue(name, out var value) && value is [{ Length: > 0 } text] ? text : null;

    /// <summary>All values of a repeated field, such as ticked boxes.</summary>
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
    // blob: allows previews of images before their upload.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: blob:; media-src 'self' https:; "
        + "form-action 'self'; base-uri 'none'; connect-src 'self'";

    private static readonly Error NoForm = new(ErrorCode.UnsupportedMedia, "The form of one of our pages is expected.");

    public static PageView NewView(this HttpContext context) =>
        context.ViewWithoutForms(context.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(context).RequestToken!);

    // Without a token the view needs neither grains nor the key ring.
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
        // A path with two leading slashes would be a URL of another host.
        var path = request.Path.ToUriComponent();
        return path.StartsWith("//", StringComparison.Ordinal) ? "/" : path + QueryString.Create(rest).ToString();
    }

    /// <summary>Reads a form and verifies the antiforgery token.</summary>
    /// <exception cref="AntiforgeryValidationException">The token is missing or invalid.</exception>
    /// <exception cref="RefusedException">The body is not a form.</exception>
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
        // Neutralise what Blazor reads of a request: it parses Host, which may be invalid on an error page, and adds a header for its own script (unused
        // here) by Accept. It adds blazor-enhanced-nav to every page, and would fail to add it again for an error page.
        context.Request.Host = new(context.RequestServices.GetRequiredService<PublicAddress>().Uri.Authority);
        context.Request.Headers.Accept = "text/html";
        var headers = context.Response.Headers;
        headers.Remove("blazor-enhanced-nav");
        // Parts of uploads go to the store itself, where it takes them.
        var store = isFramed ? null : context.RequestServices.GetService<IObjectStore>()?.ClientOrigin;
        headers.ContentSecurityPolicy = $"{Policy}{(store is null ? "" : " " + store)}; frame-ancestors {(isFramed ? "*" : "'none'")}";
        // A framed page is the same for everybody, but must be revalidated, since its link may be revoked.
        headers.CacheControl = isFramed ? "no-cache" : "no-cache, no-store";
        // An error page brings its own view, which needs no antiforgery token, since the key ring may be unavailable.
        if (!parameters.ContainsKey("View"))
            parameters.Add("View", isFramed ? new PageView(false, "") { Look = Look.Read(context.Request) } : context.NewView());
        return new RazorComponentResult<TView>(parameters) { StatusCode = status, PreventStreamingRendering = true };
    }

    /// <summary>Excludes the response from search engines: shared pages, and pages that link to them.</summary>
    public static void Hide(this HttpContext context) => context.Response.Headers["X-Robots-Tag"] = "noindex";

    public static IResult SeeOther(string path) => new SeeOtherResult(path);

    /// <summary>Renders an error as a page. Depends on no grain, so that it works when nothing else does.</summary>
    public static IResult ErrorPage(this HttpContext context, Error error)
    {
        // Same status and headers as the problem details.
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

    /// <summary>Whether the request is for an HTML page, so that errors are pages.</summary>
    public static bool IsPage(this HttpContext context)
    {
        if (context.GetEndpoint() is RouteEndpoint endpoint)
            return endpoint.Metadata.GetMetadata<PageRoute>() is not null;
        var request = context.Request;
        return !request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase)
            && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Validates a return URL: a local path, or null. Prevents open redirects.</summary>
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
