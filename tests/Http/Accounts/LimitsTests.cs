using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Accounts;

public sealed class LimitsTests
{
    private static readonly Dictionary<string, string?> Narrow = new()
    {
        ["RateLimits:WritesPerMinute"] = "5",
        ["RateLimits:FailedPasswordsPer15Min"] = "3",
    };

    private static readonly Dictionary<string, string?> Forwarded = new(Narrow) { ["ForwardedHeaders:KnownProxies"] = "127.0.0.1;::1" };

    [Fact]
    public async Task Writes_are_counted_exactly_per_user_also_when_they_come_together()
    {
        await using var product = await TestProduct.StartAsync(Narrow);
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        using var eve = await ApiClient.RegisterAsync(product.BaseAddress);
        // Refused ones count as well: this is no valid patch.
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ada.PatchAsync("/v1/users/me", new JsonObject { ["nonsense"] = 1 })));
        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.BadRequest));
        var refused = answers.Where(answer => answer.Status == HttpStatusCode.TooManyRequests).ToArray();
        Assert.Equal(7, refused.Length);
        Assert.All(refused, answer =>
        {
            Assert.Equal("rate_limited", answer.Code);
            Assert.Equal("0", answer.Headers.GetValues("RateLimit-Remaining").Single());
            Assert.NotNull(answer.Headers.RetryAfter);
        });
        Assert.Equal(HttpStatusCode.OK, (await ada.GetAsync("/v1/users/me")).Status);
        Assert.Equal(HttpStatusCode.OK, (await eve.PatchAsync("/v1/users/me", new JsonObject { ["bio"] = "me" })).Status);
    }

    /// <summary>Status, headers and body: neither that there is an account, nor that two names are one's, nor from where its owner comes.</summary>
    [Fact]
    public async Task Wrong_passwords_are_answered_by_what_was_typed_and_from_where()
    {
        await using var product = await TestProduct.StartAsync(Forwarded);
        foreach (var (path, other) in new[] { ("/v1/sessions", "/v1/users/restore"), ("/v1/users/restore", "/v1/sessions") })
        {
            using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
            await Try(ada, "/v1/sessions", ada.Username, ApiClient.Password, "10.0.0.1");
            foreach (var from in new[] { "10.0.0.1", "10.0.0.2", "2001:db8::1" })
                Assert.Equal(await Guesses(ada, path, "no." + ada.Username, "no." + ada.Email, from), await Guesses(ada, path, ada.Username, ada.Email, from));
            // What failed at the one door is known at the other.
            Assert.Equal(HttpStatusCode.TooManyRequests, (await Try(ada, other, ada.Email, ApiClient.Password, "10.0.0.2")).Status);
        }

        static async Task<List<string>> Guesses(ApiClient ada, string path, string username, string email, string from)
        {
            List<string> answers = [];
            foreach (var login in Enumerable.Repeat(username, 5).Concat(Enumerable.Repeat(email, 5)))
            {
                var answer = await Try(ada, path, login, "wrong password", from);
                var headers = answer.Headers.Where(header => header.Key is not ("Date" or "Retry-After")).Select(header => $"{header.Key}: {string.Join(',', header.Value)}");
                answer.Json.AsObject().Remove("traceId");
                answers.Add($"{answer.Status} {answer.Headers.RetryAfter is not null} {string.Join(' ', headers.Order())} {answer.Json}");
            }

            return answers;
        }
    }

    [Fact]
    public async Task Strangers_are_slowed_and_the_owner_goes_on()
    {
        await using var product = await TestProduct.StartAsync(Forwarded);
        // The administrator, who stays.
        using var first = await ApiClient.RegisterAsync(product.BaseAddress);
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        Assert.Equal(HttpStatusCode.Created, (await Try(ada, "/v1/sessions", ada.Username, ApiClient.Password, "2001:db8:0:1::1")).Status);
        for (var address = 0; address < 10; address++)
            for (var i = 0; i < 3; i++)
                Assert.Equal("invalid_credentials", (await Try(ada, "/v1/sessions", ada.Username, "wrong password", $"10.0.{address}.1")).Code);
        var stranger = await Try(ada, "/v1/sessions", ada.Username, ApiClient.Password, "10.0.99.1");
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limited"), (stranger.Status, stranger.Code));
        Assert.InRange((int)stranger.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 800, 900);
        // Another address of the same /64.
        Assert.Equal(HttpStatusCode.Created, (await Try(ada, "/v1/sessions", ada.Username, ApiClient.Password, "2001:db8:0:1:ffff::2")).Status);
        var change = await ada.SendAsync("PUT", "/v1/users/me/password", new JsonObject { ["old"] = ApiClient.Password, ["new"] = "nine loud herons" });
        Assert.Equal(HttpStatusCode.NoContent, change.Status);
        Assert.Equal(HttpStatusCode.NoContent, (await ada.SendAsync("DELETE", "/v1/users/me", new JsonObject { ["password"] = "nine loud herons" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await Try(ada, "/v1/users/restore", ada.Username, "nine loud herons", "2001:db8:0:1::1")).Status);
    }

    [Fact]
    public async Task An_address_that_guesses_at_many_names_is_refused_except_where_it_is_known()
    {
        await using var product = await TestProduct.StartAsync(Narrow);
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        for (var i = 0; i < 30; i++)
            Assert.Equal("invalid_credentials", (await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials("nobody" + i, "wrong password"))).Code);
        Assert.Equal("rate_limited", (await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials("nobody", "wrong password"))).Code);
        Assert.Equal("rate_limited", (await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials(ada.Username, "wrong password"))).Code);
        Assert.Equal(HttpStatusCode.Created, (await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials(ada.Username, ApiClient.Password))).Status);
    }

    [Fact]
    public async Task Guesses_at_a_link_keep_no_friend_out_and_are_none_once_it_was_opened()
    {
        await using var product = await TestProduct.StartAsync(Forwarded);
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        var collection = (await ada.PostAsync("/v1/collections", new JsonObject { ["name"] = "Cats", ["visibility"] = "shared" })).Json;
        var link = (await ada.PostAsync($"/v1/collections/{collection["id"]}/links", new JsonObject { ["password"] = "open sesame" })).Json;
        var path = $"/v1/shared/{link["token"]}/unlock";
        Assert.Equal(HttpStatusCode.OK, (await Post(ada, path, new() { ["password"] = "open sesame" }, "10.0.0.1")).Status);
        for (var i = 0; i < 3; i++)
            Assert.Equal("link_password_wrong", (await Post(ada, path, new() { ["password"] = "guess" }, "10.0.0.2")).Code);
        // Not even the right one: it would be one more guess.
        Assert.Equal("rate_limited", (await Post(ada, path, new() { ["password"] = "open sesame" }, "10.0.0.2")).Code);
        Assert.Equal(HttpStatusCode.OK, (await Post(ada, path, new() { ["password"] = "open sesame" }, "10.0.0.3")).Status);
        for (var address = 0; address < 9; address++)
            for (var i = 0; i < 3; i++)
                Assert.Equal("link_password_wrong", (await Post(ada, path, new() { ["password"] = "guess" }, $"10.1.{address}.1")).Code);
        Assert.Equal("rate_limited", (await Post(ada, path, new() { ["password"] = "open sesame" }, "10.0.0.4")).Code);
        Assert.Equal(HttpStatusCode.OK, (await Post(ada, path, new() { ["password"] = "open sesame" }, "10.0.0.1")).Status);
    }

    [Fact]
    public async Task The_first_account_is_the_administrator_and_the_last_one_cannot_leave()
    {
        await using var product = await TestProduct.StartAsync();
        var people = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ApiClient.RegisterAsync(product.BaseAddress)));
        var admin = Assert.Single(people, person => (string?)person.User["role"] == "admin");
        var answer = await admin.SendAsync("DELETE", "/v1/users/me", new JsonObject { ["password"] = ApiClient.Password });
        Assert.Equal((HttpStatusCode.Conflict, "conflict"), (answer.Status, answer.Code));
        foreach (var person in people)
            person.Dispose();
    }

    [Fact]
    public async Task Closed_registration_takes_nobody_and_an_invitation_is_good_once()
    {
        await using var closed = await TestProduct.StartAsync(new Dictionary<string, string?> { ["Registration:Mode"] = "closed" });
        using var ada = new ApiClient(closed.BaseAddress);
        Assert.Equal("registration_closed", (await ada.PostAsync("/v1/users", ada.Registration())).Code);

        await using var byInvite = await TestProduct.StartAsync(new Dictionary<string, string?> { ["Registration:Mode"] = "invite" });
        var grains = (IGrainFactory)byInvite.Services.GetService(typeof(IGrainFactory))!;
        var code = await grains.Accounts().CreateInvite();
        using var eve = new ApiClient(byInvite.BaseAddress);
        Assert.Equal("invalid_request", (await eve.PostAsync("/v1/users", eve.Registration())).Code);
        var body = eve.Registration();
        body["inviteCode"] = code;
        Assert.Equal(HttpStatusCode.Created, (await eve.PostAsync("/v1/users", body)).Status);
        using var bob = new ApiClient(byInvite.BaseAddress);
        body = bob.Registration();
        body["inviteCode"] = code;
        Assert.NotNull((await bob.PostAsync("/v1/users", body))["errors"]!["inviteCode"]);
    }

    [Fact]
    public async Task A_bad_registration_mode_stops_the_start() =>
        Assert.Contains("Registration:Mode", (await Assert.ThrowsAnyAsync<Exception>(
            () => TestProduct.StartAsync(new Dictionary<string, string?> { ["Registration:Mode"] = "perhaps" }))).ToString());

    private static Task<Answer> Try(ApiClient person, string path, string login, string password, string from) =>
        Post(person, path, ApiClient.Credentials(login, password), from);

    private static async Task<Answer> Post(ApiClient person, string path, JsonObject body, string from)
    {
        using var content = System.Net.Http.Json.JsonContent.Create(body);
        content.Headers.Add("X-Forwarded-For", from);
        return await person.As(null).PostAsync(path, content);
    }
}
