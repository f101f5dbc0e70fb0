using GifShare.Collections;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Collections;

/// <summary>HTTP conventions of collections: entity tags, view counting and paging.</summary>
internal static class CollectionsHttp
{
    public static string? IfMatch(this HttpContext context) => Header(context.Request.Headers.IfMatch);

    public static string? IfNoneMatch(this HttpContext context) => Header(context.Request.Headers.IfNoneMatch);

    /// <summary>HEAD requests and prefetches are not counted as views (api.md, Views).</summary>
    public static bool CountsAsView(this HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method)
        && !context.Request.Headers["Sec-Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase);

    public static Results<Created<Collection>, ProblemHttpResult> ToCreated(this Result<Versioned<Collection>> result, HttpContext context) =>
        result.Succeeded(out var made, out var error)
            ? TypedResults.Created($"/v1/collections/{made.Value.Id}", made.Tagged(context))
            : error.ToProblem(context);

    public static Results<Ok<T>, ProblemHttpResult> ToOk<T>(this Result<Versioned<T>> result, HttpContext context) =>
        result.Succeeded(out var read, out var error) ? TypedResults.Ok(read.Tagged(context)) : error.ToProblem(context);

    /// <summary>Sets the ETag header and returns the value.</summary>
    public static T Tagged<T>(this Versioned<T> versioned, HttpContext context)
    {
        context.Response.Headers.ETag = versioned.ETag;
        context.Response.Headers.CacheControl = "private, no-cache";
        return versioned.Value;
    }

    public static Task Write(this HttpContext context, Result<FinishedPage> result) =>
        result.Succeeded(out var page, out var error) ? context.WritePage(page) : error.ToProblem(context).ExecuteAsync(context);

    private static string? Header(Microsoft.Extensions.Primitives.StringValues values) => values.Count == 0 ? null : values.ToString();
}
