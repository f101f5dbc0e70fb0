using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Errors;

/// <summary>Maps grain results to HTTP responses, uniformly for all endpoints.</summary>
public static class ResultMapping
{
    public static Results<Ok<T>, ProblemHttpResult> ToOk<T>(this Result<T> result, HttpContext context) =>
        result.Succeeded(out var value, out var error) ? TypedResults.Ok(value) : error.ToProblem(context);

    public static Results<NoContent, ProblemHttpResult> ToNoContent(this Result result, HttpContext context) =>
        result.Error is { } error ? error.ToProblem(context) : TypedResults.NoContent();

    /// <summary>
    /// Deserializes a rendered JSON page, for HTML pages that show its items. The grain has items only as these bytes: records would be a second copy of
    /// each in the page cache, or a statement per view, and in a cluster the silo would serialize them for every view instead of copying bytes.
    /// The collection alone is available as a record: <c>ICollectionGrain.Get</c>.
    /// </summary>
    public static T Read<T>(this FinishedPage page, JsonTypeInfo<T> type)
    {
        var whole = new ArrayBufferWriter<byte>(Math.Max(1, page.Length));
        page.WriteTo(whole);
        return JsonSerializer.Deserialize(whole.WrittenSpan, type)!;
    }

    /// <summary>Writes rendered bytes with their entity tag; 304 when If-None-Match matches.</summary>
    public static async Task WritePage(this HttpContext context, FinishedPage page)
    {
        var headers = context.Response.Headers;
        headers.ETag = page.ETag;
        headers.CacheControl = page.IsPublic ? "public, no-cache" : "private, no-cache";
        if (page.NotModified)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = page.Length;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        // Bytes written before the headers would be buffered and copied twice.
        await context.Response.StartAsync(context.RequestAborted);
        var body = context.Response.BodyWriter;
        page.WriteTo(body);
        await body.FlushAsync(context.RequestAborted);
    }
}
