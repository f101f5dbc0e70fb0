using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GifShare.ApiFrontend.Media;
using GifShare.ObjectStore;
using GifShare.ObjectStore.Images;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace GifShare.Rules.Tests.Media;

/// <summary>Served files through a real Kestrel.</summary>
public sealed class MediaEndpointsTests : IAsyncLifetime
{
    readonly string root = Directory.CreateTempSubdirectory("gs-media-").FullName;
    readonly byte[] gif = ImageReader.Read(Sample.Bytes("animated.gif"))!.Clean.ToArray();
    readonly FakeTimeProvider clock = new(new(2026, 11, 20, 10, 5, 0, TimeSpan.Zero));
    WebApplication app = null!;
    HttpClient http = null!;
    IObjectStore store = null!;
    AddressSigner signer = null!;
    ObjectKey key;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    string Address => signer.Sign(key.ToString(), AddressSigner.GifScope, clock.GetUtcNow());

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddAddressSigner(_ => new byte[32]).AddFolderObjectStore(new() { Path = root, MinimumFreeBytes = 0 });
        app = builder.Build();
        app.MapMediaAddresses();
        await app.StartAsync(Cancel);
        http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        store = app.Services.GetRequiredService<IObjectStore>();
        signer = app.Services.GetRequiredService<AddressSigner>();
        var upload = (await new UploadReader(store, Options.Create(new ImageOptions())).ReadAsync(new MemoryStream(gif), 1 << 20, Cancel)).Upload!;
        await store.CommitAsync(upload.Staged.Token, upload.Key, Cancel);
        key = upload.Key;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    async Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, address);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request, Cancel);
    }

    [Fact]
    public async Task A_signed_address_gives_the_bytes_and_nothing_but_a_picture()
    {
        using var answer = await SendAsync(HttpMethod.Get, Address);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(gif, await answer.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal("image/gif", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal($"inline; filename=\"gifshare-{key.Sha256[..12]}.gif\"", answer.Content.Headers.ContentDisposition!.ToString());
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("sandbox; default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("cross-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Resource-Policy")));
        Assert.Equal("private, max-age=1500, immutable", answer.Headers.NonValidated["Cache-Control"].ToString());
        Assert.Equal("bytes", Assert.Single(answer.Headers.GetValues("Accept-Ranges")));
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.NotNull(answer.Content.Headers.LastModified);
    }

    [Fact]
    public async Task Head_has_the_headers_and_no_body()
    {
        using var answer = await SendAsync(HttpMethod.Head, Address);
        Assert.Equal((HttpStatusCode.OK, (long)gif.Length), (answer.StatusCode, answer.Content.Headers.ContentLength));
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Fact]
    public async Task Ranges_and_conditions_work()
    {
        using var first = await SendAsync(HttpMethod.Get, Address);
        var etag = first.Headers.ETag!.ToString();

        using var range = await SendAsync(HttpMethod.Get, Address, ("Range", "bytes=10-19"), ("If-Range", etag));
        Assert.Equal(HttpStatusCode.PartialContent, range.StatusCode);
        Assert.Equal(gif[10..20], await range.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal(new ContentRangeHeaderValue(10, 19, gif.Length), range.Content.Headers.ContentRange);

        using var tail = await SendAsync(HttpMethod.Get, Address, ("Range", "bytes=-5"));
        Assert.Equal(gif[^5..], await tail.Content.ReadAsByteArrayAsync(Cancel));

        using var changed = await SendAsync(HttpMethod.Get, Address, ("Range", "bytes=10-19"), ("If-Range", "\"other\""));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);

        using var beyond = await SendAsync(HttpMethod.Get, Address, ("Range", "bytes=999999-"));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);

        using var same = await SendAsync(HttpMethod.Get, Address, ("If-None-Match", etag));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Equal("private, max-age=1500, immutable", same.Headers.NonValidated["Cache-Control"].ToString());
    }

    [Fact]
    public async Task A_still_has_its_own_tag_and_ranges()
    {
        using var whole = await SendAsync(HttpMethod.Get, Address);
        using var answer = await SendAsync(HttpMethod.Get, Address + "&still=1");
        var still = await answer.Content.ReadAsByteArrayAsync(Cancel);
        Assert.Equal((HttpStatusCode.OK, "image/gif", (long)still.Length), (answer.StatusCode, answer.Content.Headers.ContentType!.ToString(), answer.Content.Headers.ContentLength));
        Assert.InRange(still.Length, 20, gif.Length - 1);
        Assert.Equal("private, max-age=1500, immutable", answer.Headers.NonValidated["Cache-Control"].ToString());
        var etag = answer.Headers.ETag!.ToString();
        Assert.NotEqual(whole.Headers.ETag!.ToString(), etag);
        using var same = await SendAsync(HttpMethod.Get, Address + "&still=1", ("If-None-Match", etag));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        using var range = await SendAsync(HttpMethod.Get, Address + "&still=1", ("Range", "bytes=5-14"));
        Assert.Equal(still[5..15], await range.Content.ReadAsByteArrayAsync(Cancel));
        using var head = await SendAsync(HttpMethod.Head, Address + "&still=1");
        Assert.Equal((HttpStatusCode.OK, (long)still.Length), (head.StatusCode, head.Content.Headers.ContentLength));
        foreach (var other in new[] { "&still=0", "&still=", "&still=1&still=1", "&still=true" })
        {
            using var moving = await SendAsync(HttpMethod.Get, Address + other);
            Assert.Equal(gif, await moving.Content.ReadAsByteArrayAsync(Cancel));
        }
    }

    [Theory]
    [InlineData("gif", "GIF89a and nothing more")]
    [InlineData("gif", "")]
    [InlineData("png", "whatever")]
    public async Task What_cannot_be_cut_is_served_as_it_is(string extension, string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        var staged = (await store.StageAsync(new MemoryStream(bytes), 1000, Cancel))!;
        var key = ObjectKey.Of(staged.Sha256, extension);
        await store.CommitAsync(staged.Token, key, Cancel);
        using var answer = await SendAsync(HttpMethod.Get, signer.Sign(key.ToString(), AddressSigner.GifScope, clock.GetUtcNow()) + "&still=1");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain("still", answer.Headers.ETag!.ToString(), StringComparison.Ordinal);
        Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Fact]
    public async Task Anything_else_is_the_same_404()
    {
        var good = Address;
        string[] bad =
        [
            good.Split('?')[0],
            good[..^1],
            good + "A",
            good.Replace(".gif?", ".png?"),
            good.Replace("a=gif.", "a=gif2."),
            "/media/nothing?a=x",
            "/media/..%2f..%2fetc%2fpasswd?a=x",
            signer.Sign(ObjectKey.Of(new string('0', 64), "gif").ToString(), "gif", clock.GetUtcNow()),
        ];
        foreach (var address in bad)
            await AssertProblemAsync(address, HttpStatusCode.NotFound, "not_found");
        clock.Advance(TimeSpan.FromMinutes(30));
        await AssertProblemAsync(good, HttpStatusCode.NotFound, "not_found");
        using var fresh = await SendAsync(HttpMethod.Get, Address);
        Assert.Equal(HttpStatusCode.OK, fresh.StatusCode);
    }

    [Fact]
    public async Task A_store_that_is_away_is_503_with_a_time_to_retry()
    {
        Directory.Move(Path.Combine(root, "objects"), Path.Combine(root, "away"));
        await AssertProblemAsync(Address, HttpStatusCode.ServiceUnavailable, "unavailable");
        using var answer = await SendAsync(HttpMethod.Get, Address);
        Assert.Equal("5", answer.Headers.RetryAfter!.ToString());
    }

    async Task AssertProblemAsync(string address, HttpStatusCode status, string code)
    {
        using var answer = await SendAsync(HttpMethod.Get, address);
        Assert.True(status == answer.StatusCode, $"{address}: {answer.StatusCode}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(code, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString());
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
    }
}
