using System.Net;
using System.Net.Http.Headers;
using System.Text;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Errors;

public sealed class ErrorTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private const string Unknown = "0199a0f0-0000-7000-8000-000000000000";

    [Fact]
    public async Task Errors_outside_of_endpoints_are_problems_too()
    {
        using var guest = new ApiClient(product.Address);
        (await guest.GetAsync("/v1/no/such/thing")).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await guest.GetAsync("/nothing")).IsProblem(HttpStatusCode.NotFound, "not_found");
        var wrongMethod = (await guest.PutAsync("/v1/sessions")).IsProblem(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        Assert.Contains("POST", wrongMethod.Header("Allow"), StringComparison.Ordinal);
        (await guest.GetAsync("/v1/users/nobody", ("Host", "evil.example"))).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
    }

    [Theory, InlineData("/health/live"), InlineData("/health/connected"), InlineData("/health/ready")]
    public async Task Health_answers_under_any_name(string path)
    {
        using var guest = new ApiClient(product.Address);
        Assert.Equal(200, (await guest.GetAsync(path, ("Host", "10.2.3.4:8080"))).StatusCode);
        (await guest.GetAsync("/metrics", ("Host", "10.2.3.4:8080"))).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task A_browser_gets_errors_as_pages()
    {
        using var guest = new ApiClient(product.Address);
        var page = await guest.GetAsync("/nothing", ("Accept", "text/html"));
        Assert.Equal((404, "text/html"), (page.StatusCode, page.ContentHeaders.ContentType?.MediaType));
        (await guest.GetAsync("/v1/nothing", ("Accept", "text/html"))).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("Bearer x")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Basic YTpi")]
    [InlineData("Bearer")]
    public async Task Malformed_credentials_are_401_also_where_none_are_needed(string authorization)
    {
        using var guest = new ApiClient(product.Address);
        foreach (var path in (string[])["/health/live", "/v1/gifs/" + Unknown, "/v1/users/nobody", "/v1/users/me", "/v1/nothing"])
        {
            var reply = (await guest.GetAsync(path, ("Authorization", authorization))).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
            Assert.Equal("Bearer", reply.Header("WWW-Authenticate"));
        }
    }

    [Fact]
    public async Task Without_credentials_401_comes_before_path_and_body_are_looked_at()
    {
        using var guest = new ApiClient(product.Address);
        (await guest.PatchAsync("/v1/gifs/not-an-id", "{")).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await guest.PostAsync("/v1/gifs", new StringContent("x", Encoding.UTF8, "text/plain"))).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await guest.PostAsync("/v1/gifs", new string(' ', 70_000))).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Size_is_checked_before_type_and_type_before_content()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var large = new string(' ', 64 * 1024 + 1);
        (await ada.PatchAsync("/v1/users/me", new StringContent(large, Encoding.UTF8, "text/plain"))).IsProblem(HttpStatusCode.RequestEntityTooLarge, "too_large");
        (await ada.PatchAsync("/v1/users/me", new ChunkedContent(large))).IsProblem(HttpStatusCode.RequestEntityTooLarge, "too_large");
        (await ada.PatchAsync("/v1/users/me", new StringContent("{", Encoding.UTF8, "text/plain"))).IsProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media");
        (await ada.PatchAsync("/v1/users/me", new StringContent("{}", Encoding.Unicode, "application/json"))).IsProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media");
        (await ada.PatchAsync("/v1/users/me", new ByteArrayContent("{}"u8.ToArray()))).IsProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media");
        (await ada.PatchAsync("/v1/users/me", "{")).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await ada.PatchAsync("/v1/gifs/not-an-id", "{")).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await ada.PatchAsync("/v1/gifs/not-an-id", "{}")).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("""{"bio":1}""", "bio")]
    [InlineData("""{"bio":"\ud800"}""", "bio")]
    [InlineData("""{"birthYear":"1990"}""", "birthYear")]
    [InlineData("""{"birthYear":1990.5}""", "birthYear")]
    [InlineData("""{"isPrivate":{}}""", "isPrivate")]
    [InlineData("""{"shoeSize":1}""", "shoeSize")]
    [InlineData("""{"Bio":"wrong case"}""", "Bio")]
    [InlineData("""{"bio":"a","bio":"b"}""", "bio")]
    public async Task A_problem_names_the_member_and_repeats_no_value(string body, string member)
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        Assert.Equal([member], (await ada.PatchAsync("/v1/users/me", body)).IsProblem(HttpStatusCode.BadRequest, "invalid_request").ErrorFields);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"bio":"x"} x""")]
    [InlineData("""{"bio":"x",}""")]
    [InlineData("""{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}""")]
    public async Task What_is_not_the_expected_JSON_is_400(string body)
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        (await ada.PatchAsync("/v1/users/me", body)).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task Invalid_UTF8_is_400()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var content = new ByteArrayContent([.. "{\"bio\":\""u8, 0xff, 0xfe, .. "\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        (await ada.PatchAsync("/v1/users/me", content)).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task HEAD_answers_as_GET_without_a_body()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var get = await ada.GetAsync("/v1/users/me");
        var head = await ada.SendAsync("HEAD", "/v1/users/me");
        Assert.Equal((200, ""), (head.StatusCode, head.Text));
        Assert.Equal(get.ContentHeaders.ContentType, head.ContentHeaders.ContentType);
        Assert.Equal(404, (await ada.SendAsync("HEAD", "/v1/gifs/" + Unknown)).StatusCode);
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers()
    {
        using var guest = new ApiClient(product.Address);
        foreach (var path in (string[])["/health/live", "/v1/nothing", "/", "/v1/users/me"])
        {
            var reply = await guest.GetAsync(path);
            Assert.Equal("nosniff", reply.Header("X-Content-Type-Options"));
            Assert.Equal("no-referrer", reply.Header("Referrer-Policy"));
            Assert.StartsWith("default-src 'none'", reply.Header("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.Null(reply.Header("Access-Control-Allow-Origin"));
            Assert.Null(reply.Header("Server"));
        }
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=101")]
    [InlineData("limit=-1")]
    [InlineData("limit=1e1")]
    [InlineData("limit=")]
    [InlineData("limit=ten")]
    [InlineData("limit=1&limit=2")]
    [InlineData("cursor=nonsense")]
    [InlineData("cursor=AAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Bad_paging_is_400_and_names_the_parameter(string query)
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var reply = (await ada.GetAsync("/v1/favorites?" + query)).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal([query[..query.IndexOf('=', StringComparison.Ordinal)]], reply.ErrorFields);
    }

    [Fact]
    public async Task Unknown_query_parameters_are_ignored()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        Assert.Equal(200, (await ada.GetAsync("/v1/favorites?limit=100&colour=red")).StatusCode);
    }

    private sealed class ChunkedContent : StringContent
    {
        public ChunkedContent(string text) : base(text, Encoding.UTF8, "text/plain") => Headers.ContentLength = null;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
