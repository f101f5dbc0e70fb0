using System.Collections.Concurrent;
using System.Diagnostics;
using GifShare.ApiFrontend.Tests.Accounts;
using GifShare.Fixtures;
using Microsoft.Extensions.Logging;

namespace GifShare.ApiFrontend.Tests.Conventions;

public sealed class OperationsTests
{
    [Fact]
    public async Task Logs_name_requests_by_route_and_hold_no_token_password_or_link()
    {
        using var log = new Log();
        await using var product = await TestProduct.StartAsync(
            new Dictionary<string, string?>(ConventionsProduct.NoLimits) { ["Logging:LogLevel:Default"] = "Trace", ["Logging:Console:LogLevel:Default"] = "None" },
            builder => builder.Logging.AddProvider(log));
        using var ada = await Person.Register(product.BaseAddress);
        using var wire = new Wire(product.BaseAddress, ada.Access);
        const string secret = "AbCdEfGhIjKlMnOpQrStUv";
        await wire.Send("GET", "/v1/shared/" + secret);
        await wire.Send("GET", "/s/" + secret + "?cursor=" + secret);
        await wire.Send("GET", "/embed/" + secret);
        await wire.Send("GET", "/nothing/" + secret);
        await wire.Send("POST", "/v1/shared/" + secret + "/unlock", $$"""{"password":"{{secret}}"}""");
        await ada.Send("POST", "/v1/sessions", SessionsTests.Credentials(ada.Username, "wrong " + secret), "");

        foreach (var line in log.Lines)
            foreach (var hidden in (string[])[secret, Person.Password, ada.Access, ada.RefreshToken])
                Assert.DoesNotContain(hidden, line, StringComparison.Ordinal);
        Assert.Contains(log.Lines, line => line.Contains("GET /v1/shared/{token} 404", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("GET /s/{token} 404", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("POST /v1/users 201", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Health_and_metrics_answer_this_machine()
    {
        await using var product = await TestProduct.StartAsync(ConventionsProduct.NoLimits);
        using var wire = new Wire(product.BaseAddress);
        Assert.Equal((200, "alive"), await Text("/health/live"));
        Assert.Equal((200, "connected"), await Text("/health/connected"));
        Assert.Equal((200, "ready"), await Text("/health/ready"));
        var metrics = await wire.Send("GET", "/metrics");
        Assert.Equal("text/plain", metrics.ContentHeaders.ContentType?.MediaType);
        Assert.Contains("# TYPE http_server_request_duration_seconds histogram", metrics.Text, StringComparison.Ordinal);
        Assert.Contains("http_route=\"/health/ready\"", metrics.Text, StringComparison.Ordinal);
        // A proxy in front must not make everybody local.
        (await wire.Send("GET", "/metrics", (string?)null, ("X-Forwarded-For", "192.0.2.1"))).IsProblem(404, "not_found");
        using var admin = await Person.Register(product.BaseAddress);
        using var administrator = new Wire(product.BaseAddress, admin.Access);
        Assert.Equal(200, (await administrator.Send("GET", "/metrics", (string?)null, ("X-Forwarded-For", "192.0.2.1"))).Code);

        async Task<(int, string)> Text(string path)
        {
            var reply = await wire.Send("GET", path);
            return (reply.Code, reply.Text);
        }
    }

    [Fact]
    public async Task The_dashboard_is_for_administrators_and_tells_nobody_else_that_it_is_there()
    {
        await using var product = await TestProduct.StartAsync(ConventionsProduct.NoLimits);
        using var first = await Person.Register(product.BaseAddress);
        using var other = await Person.Register(product.BaseAddress);
        using var guest = new Wire(product.BaseAddress);
        using var member = new Wire(product.BaseAddress, other.Access);
        using var administrator = new Wire(product.BaseAddress, first.Access);
        foreach (var path in (string[])["/dashboard/", "/dashboard/index.min.js", "/dashboard/DashboardCounters", "/dashboard/ClusterStats"])
        {
            (await guest.Send("GET", path)).IsProblem(404, "not_found");
            (await member.Send("GET", path)).IsProblem(404, "not_found");
            var seen = await administrator.Send("GET", path);
            Assert.Equal(200, seen.Code);
            Assert.Contains("frame-ancestors 'none'", seen.Header("Content-Security-Policy"), StringComparison.Ordinal);
        }

        await Eventually.True(
            async () => (await administrator.Send("GET", "/dashboard/DashboardCounters")).Text.Contains("GifShare.Grains.Accounts.UserGrain", StringComparison.Ordinal),
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
        using var wire = new Wire(product.BaseAddress);
        Assert.Equal(404, (await wire.Send("GET", $"/s/{secret}?cursor={secret}")).Code);
        await Eventually.True(
            () => stopped.Any(a => a.DisplayName == "GET /s/{token}" && !a.TagObjects.Any(tag => $"{tag.Value}".Contains(secret, StringComparison.Ordinal))),
            TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("PublicUrl", "gifs.example.org")]
    [InlineData("RateLimits:ReadsPerMinutePerAddress", "-1")]
    [InlineData("Telemetry:SampleRatio", "2")]
    [InlineData("ForwardedHeaders:KnownProxies", "my proxy")]
    [InlineData("Cors:Origins", "example.org/path")]
    public async Task A_wrong_setting_stops_the_start_with_a_sentence(string name, string value)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => TestProduct.StartAsync(new Dictionary<string, string?> { [name] = value }));
        Assert.Contains(name.Split(':')[0], error.ToString(), StringComparison.Ordinal);
    }

    private sealed class Log : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> lines = new();

        public IReadOnlyCollection<string> Lines => lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            lines.Enqueue(state.ToString() ?? "");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
