using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Antiforgery;

namespace GifShare.ApiFrontend;

/// <summary>Ends a request with an expected failure from where no result can be returned, such as parameter binding.</summary>
public sealed class RefusedException(Error error) : Exception(error.Code)
{
    public Error Error { get; } = error;
}

/// <summary>Makes a problem of whatever an endpoint throws. What the caller sent is never repeated, what went wrong inside never told.</summary>
public sealed partial class Faults(RequestDelegate next, ILogger<Faults> log)
{
    /// <summary>How long a client is asked to wait when a store or silo is away, in seconds.</summary>
    private const int UnavailableRetrySeconds = 2;

    private static readonly Error Unavailable = new(ErrorCode.Unavailable, "Something this needs is away for a moment; try again.", null, UnavailableRetrySeconds);
    private static readonly Error Internal = new(ErrorCode.Internal, "Something went wrong on our side; it has been logged.");

    public async Task Invoke(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client has gone; there is nobody to answer.
            if (!context.Response.HasStarted)
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var error = ErrorOf(e);
            if (error == Internal && e is not GrainFaultedException)
                LogFault(e, RequestLog.RouteOf(context));
            Forget(context.Response);
            await context.WriteProblem(error);
        }
    }

    /// <summary>Takes back what described the answer that did not come; security and rate headers stay.</summary>
    internal static void Forget(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        var headers = response.Headers;
        headers.ContentLength = null;
        headers.ETag = default;
        headers.Location = default;
        headers.ContentDisposition = default;
        headers.ContentEncoding = default;
    }

    /// <summary>What the caller is told about an exception. <c>internal</c> when it is a bug.</summary>
    public static Error ErrorOf(Exception exception) => exception switch
    {
        RefusedException refused => refused.Error,
        BadHttpRequestException bad => OfBadRequest(bad),
        AntiforgeryValidationException => new(ErrorCode.InvalidRequest, "The form has expired; open the page again."),
        // What ASP.NET's form reader throws for broken or too large multipart bodies.
        InvalidDataException => new(ErrorCode.InvalidRequest, "The form could not be read."),
        ObjectStore.ObjectStoreUnavailableException => Unavailable,
        _ when GrainFaultedException.IsUnavailable(exception) => Unavailable,
        _ => Internal,
    };

    private static Error OfBadRequest(BadHttpRequestException bad) => bad.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => Bodies.TooLarge,
        StatusCodes.Status415UnsupportedMediaType => Bodies.NotJson,
        StatusCodes.Status408RequestTimeout => new(Problems.RequestTimeout, "The body came too slowly; send it again."),
        _ when bad.InnerException is JsonException json => OfJson(json),
        _ when ParameterName().Match(bad.Message) is { Success: true } match => Error.Invalid(match.Groups[1].Value, "This is missing or has the wrong form."),
        _ => new(ErrorCode.InvalidRequest, "The request could not be read."),
    };

    private static Error OfJson(JsonException json)
    {
        var missing = MissingMembers().Match(json.Message);
        if (missing.Success)
        {
            var names = MemberName().Matches(missing.Groups[1].Value).Select(m => m.Groups[1].Value);
            return new(ErrorCode.InvalidRequest, "The request lacks members.", names.ToImmutableDictionary(n => n, _ => ImmutableArray.Create("This is required.")));
        }

        var path = json.Path is { Length: > 2 and <= 120 } p && p.StartsWith("$.", StringComparison.Ordinal) ? p[2..] : null;
        if (path is null)
            return new(ErrorCode.InvalidRequest, "The body is not the JSON that is expected here.");
        if (json.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal))
            return Error.Invalid(path, "There is no such member.");
        return json.Message.Contains("uplicate propert", StringComparison.Ordinal)
            ? Error.Invalid(path, "This member is there twice.")
            : Error.Invalid(path, "The value has the wrong type or form.");
    }

    [GeneratedRegex("^(?:Failed to bind|Required) parameter \"\\S+ (\\w+)\"")]
    private static partial Regex ParameterName();

    [GeneratedRegex("missing required properties including: (.*)$", RegexOptions.Singleline)]
    private static partial Regex MissingMembers();

    [GeneratedRegex("'(\\w+)'")]
    private static partial Regex MemberName();

    [LoggerMessage(Level = LogLevel.Error, Message = "{Route} failed; this is a bug")]
    private partial void LogFault(Exception exception, string route);
}
