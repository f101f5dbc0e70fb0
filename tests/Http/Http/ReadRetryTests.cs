using GifShare.ApiFrontend.Errors;
using GifShare.ApiFrontend.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GifShare.Http.Tests.Http;

/// <summary>What a request sees while a silo is lost. In a whole cluster it takes a kill -9; here the loss is only what it throws.</summary>
public sealed class ReadRetryTests
{
    private int attempts;
    private Exception loss = new SiloUnavailableException("The silo was lost.");

    [Theory, InlineData("GET"), InlineData("HEAD")]
    public async Task A_read_is_tried_again_and_leaves_no_trace_of_the_first_attempt(string method)
    {
        using var host = Host();
        var context = Context(method);
        await Retry(host, losses: 2).Invoke(context);
        Assert.Equal(3, attempts);
        Assert.Equal(200, context.Response.StatusCode);
        Assert.Equal("\"3\"", context.Response.Headers.ETag);
        Assert.False(context.Response.Headers.ContainsKey("Location"));
    }

    [Theory, InlineData("POST"), InlineData("PUT"), InlineData("PATCH"), InlineData("DELETE")]
    public async Task A_write_is_not(string method)
    {
        using var host = Host();
        await Assert.ThrowsAsync<SiloUnavailableException>(() => Retry(host, losses: 2).Invoke(Context(method)));
        Assert.Equal(1, attempts);
    }

    /// <summary>As Orleans does with "message expired before placement could complete".</summary>
    [Fact]
    public async Task A_call_that_the_engine_cancelled_is_a_lost_one_to_a_client_that_still_waits()
    {
        using var host = Host();
        loss = new OperationCanceledException();
        var context = Context("GET");
        await Retry(host, losses: 2).Invoke(context);
        Assert.Equal(3, attempts);
        Assert.Equal(ErrorCode.Unavailable, ExceptionMiddleware.ErrorOf(loss).Code);

        attempts = 0;
        context.RequestAborted = new(canceled: true);
        await Assert.ThrowsAsync<OperationCanceledException>(() => Retry(host, losses: 2).Invoke(context));
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task Who_stops_does_not_wait_for_a_silo()
    {
        using var host = Host();
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await Assert.ThrowsAsync<SiloUnavailableException>(() => Retry(host, losses: int.MaxValue).Invoke(Context("GET")));
        Assert.Equal(1, attempts);
    }

    private static IHost Host() => Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null).Build();

    private static DefaultHttpContext Context(string method) =>
        new() { Request = { Method = method }, RequestAborted = TestContext.Current.CancellationToken };

    private ReadRetry Retry(IHost host, int losses) =>
        new(context => Answer(context, losses), host.Services.GetRequiredService<IHostApplicationLifetime>(), TimeProvider.System);

    private Task Answer(HttpContext context, int losses)
    {
        if (attempts++ < losses)
        {
            context.Response.StatusCode = StatusCodes.Status201Created;
            context.Response.Headers.Location = "/half-way";
            throw loss;
        }

        context.Response.Headers.ETag = $"\"{attempts}\"";
        return Task.CompletedTask;
    }
}
