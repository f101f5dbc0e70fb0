using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;
using Npgsql;

namespace GifShare.Http.Tests.Idempotency;

public sealed class IdempotencyTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private static string NewGif(int width = 10) =>
        $$"""{"url":"https://media.example.org/{{Guid.NewGuid():N}}.gif","width":{{width}},"height":10,"provider":"example"}""";

    private static (string, string) Key(string? key = null) => ("Idempotency-Key", key ?? Guid.NewGuid().ToString());

    [Fact]
    public async Task The_same_request_again_gets_the_first_answer_again()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var (body, key) = (NewGif(), Key());
        var first = await ada.PostAsync("/v1/gifs", body, key);
        var second = await ada.PostAsync("/v1/gifs", body, key);
        Assert.Equal((201, null), (first.StatusCode, first.Header("Idempotency-Replayed")));
        Assert.Equal((201, "true"), (second.StatusCode, second.Header("Idempotency-Replayed")));
        Assert.Equal((first.Text, first.Header("Location")), (second.Text, second.Header("Location")));
    }

    /// <summary>Nothing was done, so nothing is remembered: the same key with a body that is right has its effect.</summary>
    [Fact]
    public async Task A_refusal_is_decided_anew()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var key = Key();
        foreach (var body in (string[])[NewGif(width: 0), """{"url":1}""", "{"])
            Assert.Null((await ada.PostAsync("/v1/gifs", body, key)).IsProblem(HttpStatusCode.BadRequest, "invalid_request").Header("Idempotency-Replayed"));
        Assert.Equal(201, (await ada.PostAsync("/v1/gifs", NewGif(), key)).StatusCode);
    }

    [Fact]
    public async Task Another_request_with_the_key_is_a_conflict_but_not_on_another_path_or_by_another_user()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var eve = await ApiClient.RegisterAsync(product.Address);
        using var other = new ApiClient(product.Address, eve.Token);
        var (body, key) = (NewGif(), Key());
        var made = await ada.PostAsync("/v1/gifs", body, key);
        (await ada.PostAsync("/v1/gifs", NewGif(), key)).IsProblem(HttpStatusCode.Conflict, "conflict");
        Assert.Equal(200, (await ada.PostAsync($"/v1/gifs/{made["id"]}/restore", null, key)).StatusCode);
        var theirs = await other.PostAsync("/v1/gifs", body, key);
        Assert.Equal(201, theirs.StatusCode);
        Assert.NotEqual((string?)made["id"], (string?)theirs["id"]);
    }

    [Fact]
    public async Task Requests_at_the_same_time_have_one_effect_and_all_get_its_answer()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var (body, key) = (NewGif(), Key());
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ada.PostAsync("/v1/gifs", body, key)));
        Assert.All(replies, reply => Assert.Equal(201, reply.StatusCode));
        Assert.Single(replies.Select(reply => reply.Text).Distinct());
        Assert.Single(replies, reply => reply.Header("Idempotency-Replayed") is null);
    }

    /// <summary>What the first does refuses the second (it is no longer at that version), which is the same request all the same.</summary>
    [Fact]
    public async Task A_repeat_that_its_own_first_time_would_refuse_gets_the_first_answer()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var collection = (await ada.PostAsync("/v1/collections", """{"name":"Cats"}"""))["id"];
        var gif = (await ada.PostAsync("/v1/gifs", NewGif()))["id"];
        var body = $$"""{"gifId":"{{gif}}"}""";
        (string, string)[] headers = [Key(), ("If-Match", "\"1\"")];
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ada.PostAsync($"/v1/collections/{collection}/items", body, headers)));
        Assert.All(replies, reply => Assert.Equal(201, reply.StatusCode));
        Assert.Single(replies.Select(reply => reply.Text).Distinct());
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    public async Task A_key_is_visible_ASCII(string key)
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        (await ada.PostAsync("/v1/gifs", NewGif(), Key(key))).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await ada.PostAsync("/v1/gifs", NewGif(), Key(new string('k', 129)))).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal(201, (await ada.PostAsync("/v1/gifs", NewGif(), Key(new string('k', 128)))).StatusCode);
    }

    [Fact]
    public async Task Open_routes_ignore_it()
    {
        using var guest = new ApiClient(product.Address);
        var body = new JsonObject { ["login"] = "nobody", ["password"] = "nothing at all" }.ToJsonString();
        var key = Key();
        (await guest.PostAsync("/v1/sessions", body, key)).IsProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.Null((await guest.PostAsync("/v1/sessions", body, key)).Header("Idempotency-Replayed"));
    }

    [Fact]
    public async Task What_is_kept_of_a_body_is_no_hash_that_its_password_could_be_guessed_from()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var collection = (await ada.PostAsync("/v1/collections", """{"name":"Cats","visibility":"shared"}"""))["id"];
        const string body = """{"password":"1234"}""";
        Assert.Equal(201, (await ada.PostAsync($"/v1/collections/{collection}/links", body, Key())).StatusCode);
        await using var source = NpgsqlDataSource.Create(product.Product.ConnectionString);
        await using var command = source.CreateCommand("SELECT count(*) FROM gifshare.idempotency_keys WHERE request_hash = @hash");
        command.Parameters.AddWithValue("hash", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body))));
        Assert.Equal(0L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
