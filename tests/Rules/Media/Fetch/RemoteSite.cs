using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace GifShare.Rules.Tests.Media.Fetch;

/// <summary>The other side: a Kestrel on 127.0.0.77 (so that 127.0.0.1 is somebody else) that answers as a test wants, and remembers what it was asked.</summary>
public sealed class RemoteSite : IAsyncLifetime
{
    public const string Address = "127.0.0.77";

    readonly WebApplication app;
    readonly ConcurrentDictionary<string, RequestDelegate> answers = new();

    /// <summary>Path, query and headers of each request, in order.</summary>
    public ConcurrentQueue<(string Path, Dictionary<string, string> Headers)> Asked { get; } = new();

    public int Port { get; private set; }

    /// <summary>The network address, with which no name has to be resolved.</summary>
    public string Origin => $"http://{Address}:{Port}";

    public RemoteSite()
        : this(null)
    {
    }

    internal RemoteSite(Action<ListenOptions>? listen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Parse(Address), 0, options => listen?.Invoke(options));
        });
        app = builder.Build();
        app.Run(Answer);
    }

    public async ValueTask InitializeAsync()
    {
        await app.StartAsync();
        Port = new Uri(app.Urls.First()).Port;
    }

    /// <summary>Each test begins with a site that has nothing and was asked nothing.</summary>
    public void Forget()
    {
        answers.Clear();
        Asked.Clear();
    }

    /// <summary>Paths that nobody named are 404.</summary>
    public void On(string path, RequestDelegate answer) => answers[path] = answer;

    public void Serve(string path, byte[] bytes, string type = "application/octet-stream") => On(path, async context =>
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes);
    });

    public void Page(string path, string html) => Serve(path, System.Text.Encoding.UTF8.GetBytes(html), "text/html; charset=utf-8");

    public void Redirect(string path, string location, int status = 302) => On(path, context =>
    {
        (context.Response.StatusCode, context.Response.Headers.Location) = (status, location);
        context.Response.Headers.SetCookie = "who=me; Path=/";
        return Task.CompletedTask;
    });

    Task Answer(HttpContext context)
    {
        var request = context.Request;
        Asked.Enqueue((request.Path + request.QueryString.ToString(), request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (answers.TryGetValue(request.Path, out var answer))
            return answer(context);
        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}
