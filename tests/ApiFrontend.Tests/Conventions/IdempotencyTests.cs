using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GifShare.ApiFrontend.Tests.Accounts;
using Npgsql;

namespace GifShare.ApiFrontend.Tests.Conventions;

public sealed class IdempotencyTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private static string NewGif(int width = 10) =>
        $$"""{"url":"https://media.example.org/{{Guid.NewGuid():N}}.gif","width":{{width}},"height":10,"provider":"example"}""";

    private static (string, string) Key(string? key = null) => ("Idempotency-Key", key ?? Guid.NewGuid().ToString());

    [Fact]
    public async Task The_same_request_again_gets_the_first_answer_again()
    {
        using var ada = await Person.Register(product.Address);
        using var wire = product.NewWire(ada.Access);
        var (body, key) = (NewGif(), Key());
        var first = await wire.Send("POST", "/v1/gifs", body, key);
        var second = await wire.Send("POST", "/v1/gifs", body, key);
        Assert.Equal((201, (string?)null), (first.Code, first.Header("Idempotency-Replayed")));
        Assert.Equal((201, "true"), (second.Code, second.Header("Idempotency-Replayed")));
        Assert.Equal((first.Text, first.Header("Location")), (second.Text, second.Header("Location")));
    }

    [Fact]
    public async Task A_refusal_is_answered_again_byte_for_byte()
    {
        using var ada = await Person.Register(product.Address);
        using var wire = product.NewWire(ada.Access);
        foreach (var body in (string[])[NewGif(width: 0), """{"url":1}""", "{"])
        {
            var key = Key();
            var first = (await wire.Send("POST", "/v1/gifs", body, key)).IsProblem(400, "invalid_request");
            var second = await wire.Send("POST", "/v1/gifs", body, key);
            Assert.Equal("true", second.Header("Idempotency-Replayed"));
            Assert.Equal((first.Code, first.Text), (second.Code, second.Text));
        }
    }

    [Fact]
    public async Task Another_request_with_the_key_is_a_conflict_but_not_on_another_path_or_by_another_user()
    {
        using var ada = await Person.Register(product.Address);
        using var eve = await Person.Register(product.Address);
        using var wire = product.NewWire(ada.Access);
        using var other = product.NewWire(eve.Access);
        var (body, key) = (NewGif(), Key());
        var made = await wire.Send("POST", "/v1/gifs", body, key);
        (await wire.Send("POST", "/v1/gifs", NewGif(), key)).IsProblem(409, "conflict");
        Assert.Equal(200, (await wire.Send("POST", $"/v1/gifs/{made.Json!["id"]}/restore", (string?)null, key)).Code);
        var theirs = await other.Send("POST", "/v1/gifs", body, key);
        Assert.Equal(201, theirs.Code);
        Assert.NotEqual((string?)made.Json["id"], (string?)theirs.Json!["id"]);
    }

    [Fact]
    public async Task Requests_at_the_same_time_have_one_effect()
    {
        using var ada = await Person.Register(product.Address);
        using var wire = product.NewWire(ada.Access);
        var (body, key) = (NewGif(), Key());
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => wire.Send("POST", "/v1/gifs", body, key)));
        Assert.Single(replies.Where(r => r.Code == 201).Select(r => (string?)r.Json!["id"]).Distinct());
        Assert.Single(replies, r => r.Code == 201 && r.Header("Idempotency-Replayed") is null);
        foreach (var running in replies.Where(r => r.Code != 201))
            Assert.Equal("1", running.IsProblem(409, "conflict").Header("Retry-After"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    public async Task A_key_is_visible_ASCII(string key)
    {
        using var ada = await Person.Register(product.Address);
        using var wire = product.NewWire(ada.Access);
        (await wire.Send("POST", "/v1/gifs", NewGif(), Key(key))).IsProblem(400, "invalid_request");
        (await wire.Send("POST", "/v1/gifs", NewGif(), Key(new string('k', 129)))).IsProblem(400, "invalid_request");
        Assert.Equal(201, (await wire.Send("POST", "/v1/gifs", NewGif(), Key(new string('k', 128)))).Code);
    }

    [Fact]
    public async Task Open_routes_ignore_it()
    {
        using var wire = product.NewWire();
        var body = new JsonObject { ["login"] = "nobody", ["password"] = "nothing at all" }.ToJsonString();
        var key = Key();
        (await wire.Send("POST", "/v1/sessions", body, key)).IsProblem(401, "invalid_credentials");
        Assert.Null((await wire.Send("POST", "/v1/sessions", body, key)).Header("Idempotency-Replayed"));
    }

    [Fact]
    public async Task What_is_kept_of_a_body_is_no_hash_that_its_password_could_be_guessed_from()
    {
        using var ada = await Person.Register(product.Address);
        using var wire = product.NewWire(ada.Access);
        var collection = (await wire.Send("POST", "/v1/collections", """{"name":"Cats","visibility":"shared"}""")).Json!["id"];
        const string body = """{"password":"1234"}""";
        Assert.Equal(201, (await wire.Send("POST", $"/v1/collections/{collection}/links", body, Key())).Code);
        await using var source = NpgsqlDataSource.Create(product.Product.ConnectionString);
        await using var command = source.CreateCommand("SELECT count(*) FROM gifshare.idempotency_keys WHERE request_hash = @hash");
        command.Parameters.AddWithValue("hash", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body))));
        Assert.Equal(0L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
