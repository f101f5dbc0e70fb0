using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace GifShare.ApiFrontend.Errors;

/// <summary>Maps the stable codes of api.md to RFC 9457 problem details. Every error of this frontend passes through here.</summary>
public static class Problems
{
    private static readonly Meter Meter = new("GifShare.Frontend");

    private static readonly Counter<long> Given =
        Meter.CreateCounter<long>("gifshare.problems", description: "Requests that were refused or failed, by the code that they were told.");

    /// <summary>405. Produced by the frontend only, never by a grain.</summary>
    public const string MethodNotAllowed = "method_not_allowed";

    /// <summary>408: the body arrived too slowly.</summary>
    public const string RequestTimeout = "request_timeout";

    /// <summary>460, as tus says: the chunk does not have the announced checksum.</summary>
    public const string ChecksumMismatch = "checksum_mismatch";

    public static int StatusOf(string code) => code switch
    {
        ChecksumMismatch => 460,
        ErrorCode.InvalidRequest => StatusCodes.Status400BadRequest,
        ErrorCode.Unauthenticated or ErrorCode.InvalidCredentials or ErrorCode.LinkPasswordRequired or ErrorCode.LinkPasswordWrong => StatusCodes.Status401Unauthorized,
        ErrorCode.Forbidden or ErrorCode.RegistrationClosed or ErrorCode.CopiesOff => StatusCodes.Status403Forbidden,
        ErrorCode.NotFound => StatusCodes.Status404NotFound,
        MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
        RequestTimeout => StatusCodes.Status408RequestTimeout,
        ErrorCode.Conflict or ErrorCode.UsernameTaken or ErrorCode.EmailTaken or ErrorCode.CollectionPrivate or ErrorCode.CollectionFull or ErrorCode.QuotaExceeded => StatusCodes.Status409Conflict,
        ErrorCode.VersionMismatch => StatusCodes.Status412PreconditionFailed,
        ErrorCode.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorCode.UnsupportedMedia => StatusCodes.Status415UnsupportedMediaType,
        ErrorCode.RateLimited => StatusCodes.Status429TooManyRequests,
        ErrorCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    public static ProblemHttpResult ToProblem(this Error error, HttpContext? context = null)
    {
        if (error.Code == ErrorCode.NotFound && context is not null && IsAboutCallerAlone(context))
            error = Authentication.BadCredentials;
        var status = StatusOf(error.Code);
        var details = new ProblemDetails
        {
            Type = $"urn:gifshare:problem:{error.Code}",
            Title = TitleOf(error.Code),
            Status = status,
            Detail = error.Detail,
            Extensions = { ["code"] = error.Code },
        };
        if (error.Fields is not null)
            details.Extensions["errors"] = error.Fields.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());
        if (context is not null)
        {
            Given.Add(1, new KeyValuePair<string, object?>("code", error.Code));
            SetHeaders(error, status, context.Response);
        }

        return TypedResults.Problem(details);
    }

    /// <summary>Writes an error where no endpoint runs: middleware, authentication, unknown routes. A browser gets a page, our scripts get JSON.</summary>
    public static Task WriteProblem(this HttpContext context, Error error) =>
        context.IsPage() && !context.WantsJson() ? context.ErrorPage(error).ExecuteAsync(context) : error.ToProblem(context).ExecuteAsync(context);

    /// <summary>Whether the route contains no id, so that a 404 can only mean the caller's own account, deleted during the request.</summary>
    private static bool IsAboutCallerAlone(HttpContext context) =>
        context.GetEndpoint() is RouteEndpoint { RoutePattern: { Parameters.Count: 0, RawText: { } route } }
        && route.StartsWith("/v1/", StringComparison.Ordinal) && context.Features.Get<CurrentUser>() is not null;

    private static void SetHeaders(Error error, int status, HttpResponse response)
    {
        if (error.RetryAfterSeconds is { } seconds || status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
            response.Headers.RetryAfter = (error.RetryAfterSeconds ?? 1).ToString(CultureInfo.InvariantCulture);
        if (error.Code == ErrorCode.Unauthenticated)
            response.Headers.WWWAuthenticate = "Bearer";
        response.Headers.CacheControl = "no-store";
    }

    private static string TitleOf(string code) => code switch
    {
        ErrorCode.InvalidRequest => "The request is not valid",
        ErrorCode.Unauthenticated => "Sign in first",
        ErrorCode.InvalidCredentials => "These credentials are wrong",
        ErrorCode.Forbidden => "Not allowed",
        ErrorCode.NotFound => "Not found",
        ErrorCode.Conflict => "This conflicts with what is there",
        ErrorCode.VersionMismatch => "It has changed meanwhile",
        ErrorCode.TooLarge => "Too large",
        ErrorCode.UnsupportedMedia => "This kind of content is not supported",
        ErrorCode.RateLimited => "Too many requests",
        ErrorCode.Unavailable => "Not available right now",
        ErrorCode.UsernameTaken => "This username is taken",
        ErrorCode.EmailTaken => "This email is in use",
        ErrorCode.RegistrationClosed => "Registration is closed",
        ErrorCode.CollectionPrivate => "The collection is private",
        ErrorCode.CollectionFull => "The collection is full",
        ErrorCode.LinkPasswordRequired => "This link needs a password",
        ErrorCode.LinkPasswordWrong => "The password is wrong",
        ErrorCode.CopiesOff => "Its owner allows no copies",
        ErrorCode.QuotaExceeded => "Your quota is used up",
        RequestTimeout => "Too slow",
        ChecksumMismatch => "The checksum does not match",
        MethodNotAllowed => "This method is not allowed here",
        _ => "Something went wrong",
    };
}
