using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GifShare.Bench.Systems;

/// <summary>(c) No cache: the join and the JSON serialization for every request.</summary>
internal static class PlainSql
{
    /// <param name="args">The port and the connection string.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var store = new ClassicStore(args[1]);
        await using var app = Web.Create(int.Parse(args[0])).Build();
        app.MapGet("/v1/shared/{token}", (RequestDelegate)(async context =>
        {
            var headers = context.Response.Headers;
            Web.Secure(headers);
            if (await store.LoadShared(World.HashOf((string)context.Request.RouteValues["token"]!)) is not { } loaded)
            {
                context.Response.StatusCode = 404;
                return;
            }

            var page = Pages.Shared(loaded.Head, loaded.Items);
            headers.ETag = page.ETag;
            headers.CacheControl = "public, no-cache";
            headers.ContentType = "application/json; charset=utf-8";
            headers.ContentLength = page.Body.Length;
            await context.Response.Body.WriteAsync(page.Body);
        }));
        await app.RunAsync();
        return 0;
    }
}
