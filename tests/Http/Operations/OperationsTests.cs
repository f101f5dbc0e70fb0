using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using GifShare.ApiFrontend.Auth;
using GifShare.ApiFrontend.Errors;
using GifShare.ApiFrontend.Site;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;
using GifShare.Standalone.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace GifShare.Http.Tests.Operations;

public sealed class OperationsTests
{
    [Fact]
    public async Task Logs_name_requests_by_route_and_hold_no_token_password_or_link()
    {
        using var log = new Log();
        await using var product = await TestProduct.StartAsync(
            new Dictionary<string, string?>(ConventionsProduct.NoLimits) { ["Logging:LogLevel:Default"] = "Trace", ["Logging:Console:LogLevel:Default"] = "None" },
            builder => builder.Logging.AddProvider(log));
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        const string secret = "AbCdEfGhIjKlMnOpQrStUv";
        await ada.GetAsync("/v1/shared/" + secret);
        await ada.GetAsync("/s/" + secret + "?cursor=" + secret);
        await ada.GetAsync("/embed/" + secret);
        await ada.GetAsync("/nothing/" + secret);
        await ada.PostAsync("/v1/shared/" + secret + "/unlock", $$"""{"password":"{{secret}}"}""");
        await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials(ada.Username, "wrong " + secret));

        foreach (var line in log.Lines)
            foreach (var hidden in (string[])[secret, ApiClient.Password, ada.Token!, ada.RefreshToken])
                Assert.DoesNotContain(hidden, line, StringComparison.Ordinal);
        Assert.Contains(log.Lines, line => line.Contains("GET /v1/shared/{token} 404", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("GET /s/{token} 404", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("POST /v1/users 201", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Health_and_metrics_answer_this_machine()
    {
        await using var product = await TestProduct.StartAsync(ConventionsProduct.NoLimits);
        using var guest = new ApiClient(product.BaseAddress);
        Assert.Equal((200, "alive"), await Text("/health/live"));
        Assert.Equal((200, "connected"), await Text("/health/connected"));
        Assert.Equal((200, "ready"), await Text("/health/ready"));
        var metrics = await guest.GetAsync("/metrics");
        Assert.Equal("text/plain", metrics.ContentHeaders.ContentType?.MediaType);
        Assert.Contains("# TYPE http_server_request_duration_seconds histogram", metrics.Text, StringComparison.Ordinal);
        Assert.Contains("http_route=\"/health/ready\"", metrics.Text, StringComparison.Ordinal);
        // A proxy in front must not make everybody local.
        (await guest.GetAsync("/metrics", ("X-Forwarded-For", "192.0.2.1"))).IsProblem(HttpStatusCode.NotFound, "not_found");
        using var admin = await ApiClient.RegisterAsync(product.BaseAddress);
        using var administrator = new ApiClient(product.BaseAddress, admin.Token);
        Assert.Equal(200, (await administrator.GetAsync("/metrics", ("X-Forwarded-For", "192.0.2.1"))).StatusCode);

        async Task<(int, string)> Text(string path)
        {
            var reply = await guest.GetAsync(path);
            return (reply.StatusCode, reply.Text);
        }
    }

    [Fact]
    public async Task The_dashboard_is_for_administrators_and_tells_nobody_else_that_it_is_there()
    {
        await using var product = await TestProduct.StartAsync(ConventionsProduct.NoLimits);
        using var first = await ApiClient.RegisterAsync(product.BaseAddress);
        using var other = await ApiClient.RegisterAsync(product.BaseAddress);
        using var guest = new ApiClient(product.BaseAddress);
        using var member = new ApiClient(product.BaseAddress, other.Token);
        using var administrator = new ApiClient(product.BaseAddress, first.Token);
        foreach (var path in (string[])["/dashboard/", "/dashboard/index.min.js", "/dashboard/DashboardCounters", "/dashboard/ClusterStats"])
        {
            (await guest.GetAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");
            (await member.GetAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");
            var seen = await administrator.GetAsync(path);
            Assert.Equal(200, seen.StatusCode);
            Assert.Contains("frame-ancestors 'none'", seen.Header("Content-Security-Policy"), StringComparison.Ordinal);
        }

        await Eventually.True(
            async () => (await administrator.GetAsync("/dashboard/DashboardCounters")).Text.Contains("GifShare.Grains.Accounts.UserGrain", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Traces_name_the_route_and_never_the_address()
    {
        const string secret = "AbCdEfGhIjKlMnOpQrStUv";
        var stopped = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Microsoft.AspNetCore",
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        // Nobody listens there: a collector that is away disturbs nothing.
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?>(ConventionsProduct.NoLimits)
        {
            ["Telemetry:OtlpEndpoint"] = "http://127.0.0.1:9",
            ["Telemetry:SampleRatio"] = "1",
        });
        using var guest = new ApiClient(product.BaseAddress);
        Assert.Equal(404, (await guest.GetAsync($"/s/{secret}?cursor={secret}")).StatusCode);
        await Eventually.True(
            () => stopped.Any(a => a.DisplayName == "GET /s/{token}" && !a.TagObjects.Any(tag => $"{tag.Value}".Contains(secret, StringComparison.Ordinal))),
            TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("PublicUrl", "gifs.example.org")]
    [InlineData("PublicUrl", "https://example.org/gifs")]
    [InlineData("PublicUrl", "ftp://example.org")]
    [InlineData("Secrets:MasterKey", "c2hvcnQ=")]
    [InlineData("Registration:Mode", "maybe")]
    [InlineData("RateLimits:WritesPerMinute", "many")]
    [InlineData("RateLimits:ReadsPerMinutePerAddress", "-1")]
    [InlineData("RateLimits:ReadsPerMinutePerAddress", "many")]
    [InlineData("Telemetry:MetricsPort", "many")]
    [InlineData("Telemetry:SampleRatio", "2")]
    [InlineData("ForwardedHeaders:KnownProxies", "my proxy")]
    [InlineData("Cors:Origins", "example.org/path")]
    public async Task A_wrong_setting_stops_the_start_with_a_sentence(string name, string value)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => TestProduct.StartAsync(new Dictionary<string, string?> { [name] = value }));
        var sentence = error is StartFailedException { ExitCode: ExitCodes.Usage } told ? told.Message : RequiredSettings.ProblemOf(error);
        Assert.Contains(name.Split(':')[0], sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence!);
    }

    [Fact]
    public async Task What_strangers_are_refused_is_counted_and_leaves_no_line()
    {
        using var log = new Log();
        await using var product = await TestProduct.StartAsync(
            new Dictionary<string, string?>(ConventionsProduct.NoLimits)
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Orleans"] = "None",
                ["Logging:Console:LogLevel:Default"] = "None",
            },
            builder => builder.Logging.AddProvider(log));
        using var guest = new ApiClient(product.BaseAddress);
        var before = log.Messages.Count;
        (string, string) html = ("Accept", "text/html"), cookie = ("Cookie", "gifshare=CfDJ8AAAA; gifshare-form=CfDJ8BBBB; gifshare-look=%%");
        foreach (var (status, reply) in new (int, Task<Answer>)[]
        {
            (401, guest.GetAsync("/v1/users/me", ("Authorization", "Bearer a.b.c"))), (404, guest.GetAsync("/nothing", html)), (404, guest.GetAsync("/v1/nothing")),
            (404, guest.GetAsync("/s/nothing", html)), (405, guest.PutAsync("/v1/sessions")), (400, guest.PostAsync("/v1/sessions", "{")), (415, guest.PostAsync("/v1/sessions", new StringContent("x"))),
            (401, guest.PostAsync("/v1/sessions", """{"login":"nobody","password":"wrong horse battery"}""")), (400, guest.GetAsync("/login", html, ("Host", "evil.example"))),
            (303, guest.GetAsync("/collections", html, cookie)), (200, guest.GetAsync("/login", html, cookie)),
            (400, guest.PostAsync("/login", new FormUrlEncodedContent([new("_antiforgery", "CfDJ8CCCC")]), html, cookie)), (400, guest.PostAsync("/login", new MultipartFormDataContent("x"), html, cookie)),
        })
            Assert.Equal(status, (await reply).StatusCode);
        Assert.Empty(log.Messages.Skip(before));
        var metrics = (await guest.GetAsync("/metrics")).Text;
        foreach (var code in (string[])["unauthenticated", "invalid_credentials", "not_found", "method_not_allowed", "invalid_request", "unsupported_media"])
            Assert.Matches($"gifshare_problems_total{{[^}}]*code=\"{code}\"[^}}]*}} [1-9]", metrics);
    }

    [Fact]
    public void Of_one_event_the_console_gets_twenty_lines_at_once_and_then_one_a_second()
    {
        using var console = new Log();
        var clock = new FakeTimeProvider();
        using var bounded = new BoundedLog(console, clock);
        var one = bounded.CreateLogger("One");
        Flood(one, LogLevel.Error, 1);
        Assert.Equal(BoundedLog.Burst, console.Lines.Count);
        // Others are not less for it.
        Flood(one, LogLevel.Error, 2, 1);
        Flood(one, LogLevel.Warning, 1, 1);
        Flood(bounded.CreateLogger("Two"), LogLevel.Error, 1, 1);
        Assert.Equal(BoundedLog.Burst + 3, console.Lines.Count);
        clock.Advance(TimeSpan.FromSeconds(1));
        Flood(one, LogLevel.Error, 1);
        Assert.Equal(BoundedLog.Burst + 4, console.Lines.Count);
        Assert.Equal($"Line 0 ({1000 - BoundedLog.Burst} lines like this one were left out)", console.Lines.Last());
        clock.Advance(TimeSpan.FromSeconds(3600));
        Flood(one, LogLevel.Error, 1);
        Assert.Equal((BoundedLog.Burst * 2) + 4, console.Lines.Count);
        // Who asks for all gets all.
        Flood(one, LogLevel.Debug, 1);
        Assert.Equal((BoundedLog.Burst * 2) + 1004, console.Lines.Count);

        static void Flood(ILogger log, LogLevel level, int id, int times = 1000)
        {
            for (var i = 0; i < times; i++)
                log.Log(level, new EventId(id), i, null, static (n, _) => $"Line {n}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_that_fails_while_it_is_rendered_is_a_calm_page_with_a_number_and_one_line(bool alsoItsError)
    {
        using var log = new Log();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log).AddFilter("Microsoft", LogLevel.Error);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddAntiforgery().AddRazorComponents();
        var asked = 0;
        builder.Services.AddTransient(_ => alsoItsError && asked++ > 0 ? throw new TimeZoneNotFoundException() : new PublicAddress("http://localhost"));
        await using var app = builder.Build();
        app.UseMiddleware<ExceptionMiddleware>();
        app.MapGet("/broken", static (HttpContext context) => context.Page<BrokenPage>([])).WithMetadata(new PageRoute());
        app.MapGet("/late", static async context =>
        {
            await context.Response.WriteAsync("Half of it");
            await context.Response.Body.FlushAsync();
            throw new TimeZoneNotFoundException();
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new ApiClient(new Uri(app.Urls.First()));
        var page = await client.GetAsync("/broken", ("Accept", "text/html; blazor-enhanced-nav=on"));
        Assert.True((500, alsoItsError ? "text/plain" : "text/html") == (page.StatusCode, page.ContentHeaders.ContentType?.MediaType), string.Join('\n', log.Messages));
        var number = Regex.Match(page.Text, "Something went wrong on our side.* finds it by ([0-9A-Za-z:]+)\\.").Groups[1].Value;
        Assert.NotEmpty(number);
        var bugs = log.Lines.Where(static line => line.Contains("this is a bug", StringComparison.Ordinal)).ToList();
        Assert.Equal(alsoItsError ? 2 : 1, bugs.Count);
        Assert.All(bugs, line => Assert.Contains(number, line, StringComparison.Ordinal));

        // What has begun ends as what is not whole.
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetAsync("/late"));
        Assert.Equal(bugs.Count + 1, log.Lines.Count(static line => line.Contains("this is a bug", StringComparison.Ordinal)));
        Assert.DoesNotContain(log.Lines, static line => line.Contains("unhandled", StringComparison.OrdinalIgnoreCase));
    }

    private sealed class BrokenPage : ComponentBase
    {
        [Parameter]
        public PageView? View { get; set; }

        protected override void BuildRenderTree(RenderTreeBuilder builder) => throw new TimeZoneNotFoundException();
    }

    private sealed class Log : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        /// <summary>Without what is around them.</summary>
        public ConcurrentQueue<string> Messages { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            Lines.Enqueue(state.ToString() ?? "");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = formatter(state, exception) + exception;
            Lines.Enqueue(line);
            Messages.Enqueue(line);
        }

        public void Dispose()
        {
        }
    }
}
