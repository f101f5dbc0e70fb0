using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Antiforgery;

namespace GifShare.ApiFrontend.Errors;

/// <summary>Ends a request with an expected error from code that cannot return a result, such as parameter binding.</summary>
public sealed class RefusedException(Error error) : Exception(error.Code)
{
    public Error Error { get; } = error;
}

/// <summary>Maps unhandled exceptions to problem details. Exposes neither request content nor internal causes.</summary>
public sealed partial class ExceptionMiddleware(RequestDelegate next, ILogger<ExceptionMiddleware> log)
{
    /// <summary>Retry-After, in seconds, when a store or silo is unavailable.</summary>
    private const int UnavailableRetrySeconds = 2;

    private static readonly Error Unavailable = new(ErrorCode.Unavailable, "A part of this service is not available at the moment; try again.", null, UnavailableRetrySeconds);
    internal static readonly Error StoreFull = new(ErrorCode.Unavailable, "This server's disk is almost full, so nothing was saved; try again later.", null, 60);
    private static readonly Error Internal = new(ErrorCode.Internal, "Something went wrong on our side; it has been logged.");
    private static readonly Error Unreadable = new(ErrorCode.InvalidRequest, "The request could not be read.");

    public async Task Invoke(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client has disconnected; nobody receives a response.
            if (!context.Response.HasStarted)
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception e)
        {
            var (error, trace) = (ErrorOf(e), RequestLog.TraceOf(context));
            if (error == Internal)
            {
                if (e is not GrainFaultedException)
                    LogFault(e, RequestLog.RouteOf(context), trace);
                error = Internal with { Detail = $"{Internal.Detail} Whoever runs this server finds it by {trace}." };
            }

            if (context.Response.HasStarted)
                // The response has started, so its status cannot change: an aborted connection shows that it is incomplete.
                context.Abort();
            else
                await Tell(context, error, trace);
        }
    }

    /// <summary>Writes the error as problem details or a page; if that fails too, as plain text.</summary>
    private async Task Tell(HttpContext context, Error error, string trace)
    {
        Forget(context.Response);
        try
        {
            await context.WriteProblem(error);
        }
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            LogResponseFailed(e, error.Code, trace);
            Forget(context.Response);
            context.Response.StatusCode = Problems.StatusOf(error.Code);
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync($"{error.Detail}\n", context.RequestAborted);
        }
    }

    /// <summary>Clears the headers of the abandoned response; security and rate limit headers stay.</summary>
    internal static void Forget(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        var headers = response.Headers;
        headers.ContentLength = null;
        headers.ETag = default;
        headers.Location = default;
        headers.ContentDisposition = default;
        headers.ContentEncoding = default;
        headers.ContentType = default;
    }

    /// <summary>Maps an exception to the error for the client: <c>internal</c> when it is a bug.</summary>
    public static Error ErrorOf(Exception exception) => exception switch
    {
        RefusedException refused => refused.Error,
        BadHttpRequestException bad => OfBadRequest(bad),
        // Antiforgery reads the form itself and wraps all errors of doing so.
        AntiforgeryValidationException { InnerException: BadHttpRequestException bad } => OfBadRequest(bad),
        AntiforgeryValidationException => new(ErrorCode.InvalidRequest, "The form has expired; open the page again."),
        // Kestrel's exceptions for a body that cannot be read on: an oversized chunk header, a reset connection.
        IOException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" } => Unreadable,
        // ASP.NET's form reader, for malformed or oversized multipart bodies.
        InvalidDataException => new(ErrorCode.InvalidRequest, "The form could not be read."),
        ObjectStore.ObjectStoreFullException => StoreFull,
        ObjectStore.ObjectStoreUnavailableException => Unavailable,
        _ when GrainFaultedException.IsUnavailable(exception) => Unavailable,
        _ => Internal,
    };

    private static Error OfBadRequest(BadHttpRequestException bad) => bad.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => BodyLimits.TooLarge,
        StatusCodes.Status415UnsupportedMediaType => BodyLimits.NotJson,
        StatusCodes.Status408RequestTimeout => new(Problems.RequestTimeout, "The body came too slowly; send it again."),
        _ when bad.InnerException is JsonException json => OfJson(json),
        _ when ParameterName().Match(bad.Message) is { Success: true } match => Error.Invalid(match.Groups[1].Value, "This is missing or has the wrong form."),
        _ => Unreadable,
    };

    private static Error OfJson(JsonException json)
    {
        var missing = MissingMembers().Match(json.Message);
        if (missing.Success)
        {
            var names = MemberName().Matches(missing.Groups[1].Value).Select(m => m.Groups[1].Value);
            return new(ErrorCode.InvalidRequest, "Members of the request are missing.", names.ToImmutableDictionary(n => n, _ => ImmutableArray.Create("This is required.")));
        }

        var path = json.Path is { Length: > 2 and <= 120 } p && p.StartsWith("$.", StringComparison.Ordinal) ? p[2..] : null;
        if (path is null)
            return new(ErrorCode.InvalidRequest, "The body is not valid JSON of the expected form.");
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

    [LoggerMessage(Level = LogLevel.Error, Message = "{Route} failed; this is a bug ({TraceId})")]
    private partial void LogFault(Exception exception, string route, string traceId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The error response {Code} could not be written; this is a bug ({TraceId})")]
    private partial void LogResponseFailed(Exception exception, string code, string traceId);
}
