using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace GifShare.Bench.Systems;

/// <summary>A captured response of GifShare.</summary>
internal sealed record Captured(Dictionary<string, string> Headers, string Body);

/// <summary>(a) The upper bound of Kestrel: the same bytes and headers from memory, without middleware.</summary>
internal static class Ceiling
{
    /// <param name="args">The port; the files with the captured responses for <c>/v1/shared</c> and for everything else.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = Web.Create(int.Parse(args[0]));
        var (shared, other) = (Load(args[1]), Load(args[2]));
        await using var app = builder.Build();
        app.Run(context => Answer(context, context.Request.Path.StartsWithSegments("/v1/shared") ? shared : other));
        await app.RunAsync();
        return 0;
    }

    private static Task Answer(HttpContext context, Prepared answer)
    {
        var headers = context.Response.Headers;
        foreach (var (name, value) in answer.Headers)
            headers[name] = value;
        if (context.Request.Headers.IfNoneMatch == answer.ETag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            headers.ContentType = default;
            return Task.CompletedTask;
        }

        context.Response.ContentLength = answer.Body.Length;
        return context.Response.Body.WriteAsync(answer.Body, 0, answer.Body.Length);
    }

    private static Prepared Load(string file)
    {
        var captured = JsonSerializer.Deserialize<Captured>(File.ReadAllText(file))!;
        var headers = captured.Headers.Select(header => KeyValuePair.Create(header.Key, new StringValues(header.Value))).ToArray();
        return new(headers, new(captured.Headers["ETag"]), Encoding.UTF8.GetBytes(captured.Body));
    }

    private sealed record Prepared(KeyValuePair<string, StringValues>[] Headers, StringValues ETag, byte[] Body);
}

/// <summary>Shared by (a), (b) and (c): Kestrel as GifShare configures it, without logging.</summary>
internal static class Web
{
    public static WebApplicationBuilder Create(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(System.Net.IPAddress.Loopback, port);
        });
        return builder;
    }

    /// <summary>Adds the security headers that GifShare sends with every response.</summary>
    public static void Secure(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
