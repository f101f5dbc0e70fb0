using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.ApiFrontend.Tests.Accounts;

public sealed class LimitsTests
{
    private static readonly Dictionary<string, string?> Narrow = new()
    {
        ["RateLimits:WritesPerMinute"] = "5",
        ["RateLimits:FailedPasswordsPer15Min"] = "3",
    };

    [Fact]
    public async Task Writes_are_counted_exactly_per_user_also_when_they_come_together()
    {
        await using var product = await TestProduct.StartAsync(Narrow);
        using var ada = await Person.Register(product.BaseAddress);
        using var eve = await Person.Register(product.BaseAddress);
        // Refused ones count as well: this is no valid patch.
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ada.Send("PATCH", "/v1/users/me", new JsonObject { ["nonsense"] = 1 })));
        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.BadRequest));
        var refused = answers.Where(answer => answer.Status == HttpStatusCode.TooManyRequests).ToArray();
        Assert.Equal(7, refused.Length);
        Assert.All(refused, answer =>
        {
            Assert.Equal("rate_limited", answer.Code);
            Assert.Equal("0", answer.Headers.GetValues("RateLimit-Remaining").Single());
            Assert.NotNull(answer.Headers.RetryAfter);
        });
        Assert.Equal(HttpStatusCode.OK, (await ada.Send("GET", "/v1/users/me")).Status);
        Assert.Equal(HttpStatusCode.OK, (await eve.Send("PATCH", "/v1/users/me", new JsonObject { ["bio"] = "me" })).Status);
    }

    [Fact]
    public async Task Wrong_passwords_lock_the_account_for_the_right_one_too_and_unknown_names_alike()
    {
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?>(Narrow) { ["ForwardedHeaders:KnownProxies"] = "127.0.0.1;::1" });
        using var ada = await Person.Register(product.BaseAddress);
        foreach (var login in new[] { ada.Username, "nobody." + ada.Username })
        {
            for (var i = 0; i < 3; i++)
                Assert.Equal("invalid_credentials", (await Try(login, "wrong password", $"10.{login.Length}.0.{i}")).Code);
            var locked = await Try(login, Person.Password, $"10.{login.Length}.0.9");
            Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limited"), (locked.Status, locked.Code));
            Assert.InRange((int)locked.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 800, 900);
        }

        async Task<Answer> Try(string login, string password, string from)
        {
            using var content = System.Net.Http.Json.JsonContent.Create(SessionsTests.Credentials(login, password));
            content.Headers.Add("X-Forwarded-For", from);
            return await ada.Send("POST", "/v1/sessions", content, "");
        }
    }

    [Fact]
    public async Task Wrong_passwords_lock_the_address_for_other_accounts()
    {
        await using var product = await TestProduct.StartAsync(Narrow);
        using var ada = await Person.Register(product.BaseAddress);
        for (var i = 0; i < 3; i++)
            Assert.Equal("invalid_credentials", (await ada.Send("POST", "/v1/sessions", SessionsTests.Credentials("nobody" + i, "wrong password"), "")).Code);
        Assert.Equal("rate_limited", (await ada.Send("POST", "/v1/sessions", SessionsTests.Credentials(ada.Username, Person.Password), "")).Code);
    }

    [Fact]
    public async Task The_first_account_is_the_administrator_and_the_last_one_cannot_leave()
    {
        await using var product = await TestProduct.StartAsync();
        var people = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Person.Register(product.BaseAddress)));
        var admin = Assert.Single(people, person => (string?)person.User["role"] == "admin");
        var answer = await admin.Send("DELETE", "/v1/users/me", new JsonObject { ["password"] = Person.Password });
        Assert.Equal((HttpStatusCode.Conflict, "conflict"), (answer.Status, answer.Code));
        foreach (var person in people)
            person.Dispose();
    }

    [Fact]
    public async Task Closed_registration_takes_nobody_and_an_invitation_is_good_once()
    {
        await using var closed = await TestProduct.StartAsync(new Dictionary<string, string?> { ["Registration:Mode"] = "closed" });
        using var ada = new Person(closed.BaseAddress);
        Assert.Equal("registration_closed", (await ada.Send("POST", "/v1/users", ada.Registration())).Code);

        await using var byInvite = await TestProduct.StartAsync(new Dictionary<string, string?> { ["Registration:Mode"] = "invite" });
        var grains = (IGrainFactory)byInvite.Services.GetService(typeof(IGrainFactory))!;
        var code = await grains.Accounts().CreateInvite();
        using var eve = new Person(byInvite.BaseAddress);
        Assert.Equal("invalid_request", (await eve.Send("POST", "/v1/users", eve.Registration())).Code);
        var body = eve.Registration();
        body["inviteCode"] = code;
        Assert.Equal(HttpStatusCode.Created, (await eve.Send("POST", "/v1/users", body)).Status);
        using var bob = new Person(byInvite.BaseAddress);
        body = bob.Registration();
        body["inviteCode"] = code;
        Assert.NotNull((await bob.Send("POST", "/v1/users", body)).Json!["errors"]!["inviteCode"]);
    }

    [Fact]
    public async Task A_bad_registration_mode_stops_the_start() =>
        Assert.Contains("Registration:Mode", (await Assert.ThrowsAnyAsync<Exception>(
            () => TestProduct.StartAsync(new Dictionary<string, string?> { ["Registration:Mode"] = "perhaps" }))).ToString());
}
