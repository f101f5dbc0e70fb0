using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Errors;

/// <summary>Maps the results of grains to HTTP, the same way for every endpoint.</summary>
public static class ResultMapping
{
    public static Results<Ok<T>, ProblemHttpResult> ToOk<T>(this Result<T> result, HttpContext context) =>
        result.Succeeded(out var value, out var error) ? TypedResults.Ok(value) : error.ToProblem(context);

    public static Results<NoContent, ProblemHttpResult> ToNoContent(this Result result, HttpContext context) =>
        result.Error is { } error ? error.ToProblem(context) : TypedResults.NoContent();

    /// <summary>
    /// What a finished page says, for pages that show its items. They are read back from the bytes, because the grain has items in no other form: as
    /// records they would be a second copy of each in the page cache, or a statement per view, and in a cluster the silo would serialize them for every view
    /// where now it copies bytes. The collection alone comes as a record: <c>ICollectionGrain.Get</c>.
    /// </summary>
    public static T Read<T>(this FinishedPage page, JsonTypeInfo<T> type)
    {
        var whole = new ArrayBufferWriter<byte>(Math.Max(1, page.Length));
        page.WriteTo(whole);
        return JsonSerializer.Deserialize(whole.WrittenSpan, type)!;
    }

    /// <summary>Finished bytes with their entity tag: 304 where the client has them, no serialization otherwise.</summary>
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
        // What is written before the headers would wait for them elsewhere and be copied twice.
        await context.Response.StartAsync(context.RequestAborted);
        var body = context.Response.BodyWriter;
        page.WriteTo(body);
        await body.FlushAsync(context.RequestAborted);
    }
}
