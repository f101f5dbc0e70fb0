using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Accounts;

public sealed class SessionsTests(AccountsProduct product) : IClassFixture<AccountsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task Registering_signs_in_and_shows_the_whole_profile()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        Assert.Equal(ada.Username, (string?)ada.User["username"]);
        Assert.Equal("Ada Lovelace", (string?)ada.User["displayName"]);
        Assert.Equal(ada.Email, (string?)ada.User["email"]);
        Assert.Equal(5L << 30, (long)ada.User["storageQuota"]!);
        var me = await ada.GetAsync("/v1/users/me");
        Assert.Equal(HttpStatusCode.OK, me.Status);
        Assert.Equal((string?)ada.User["id"], (string?)me["id"]);
    }

    [Fact]
    public async Task Signing_in_works_by_username_and_by_email_in_any_case()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        foreach (var login in new[] { ada.Username, ada.Username.ToUpperInvariant(), ada.Email.ToUpperInvariant() })
        {
            var answer = await ada.As(null).PostAsync("/v1/sessions", Credentials(login, ApiClient.Password));
            Assert.Equal(HttpStatusCode.Created, answer.Status);
            Assert.NotNull(answer.Headers.Location);
        }
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_are_the_same_answer()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        var wrong = await ada.As(null).PostAsync("/v1/sessions", Credentials(ada.Username, "not the password"));
        var unknown = await ada.As(null).PostAsync("/v1/sessions", Credentials("nobody" + ada.Username, "not the password"));
        var unknownEmail = await ada.As(null).PostAsync("/v1/sessions", Credentials("x" + ada.Email, "not the password"));
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_credentials"), (wrong.Status, wrong.Code));
        Assert.Equal(wrong.Json.ToJsonString(), unknown.Json.ToJsonString());
        Assert.Equal(wrong.Json.ToJsonString(), unknownEmail.Json.ToJsonString());
    }

    [Fact]
    public async Task Signing_out_ends_both_tokens_at_once()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        Assert.Equal(HttpStatusCode.NoContent, (await ada.DeleteAsync("/v1/sessions/current")).Status);
        Assert.Equal("unauthenticated", (await ada.GetAsync("/v1/users/me")).Code);
        Assert.Equal("unauthenticated", (await Refresh(ada, ada.RefreshToken)).Code);
    }

    [Fact]
    public async Task A_session_can_be_ended_from_another_one_and_only_by_its_user()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        using var eve = await ApiClient.RegisterAsync(address);
        var phone = (await ada.As(null).PostAsync("/v1/sessions", Credentials(ada.Username, ApiClient.Password))).Json;
        var list = (await ada.GetAsync("/v1/sessions"))["items"]!.AsArray();
        Assert.Equal(2, list.Count);
        var current = list.Single(session => (bool)session!["current"]!)!;
        var other = list.Single(session => !(bool)session!["current"]!)!;
        Assert.Equal((string?)list[0]!["id"], (string?)other["id"]);

        Assert.Equal(HttpStatusCode.NotFound, (await eve.DeleteAsync($"/v1/sessions/{other["id"]}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await ada.DeleteAsync($"/v1/sessions/{other["id"]}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ada.DeleteAsync($"/v1/sessions/{other["id"]}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ada.As((string)phone["accessToken"]!).GetAsync("/v1/users/me")).Status);
        Assert.Equal(HttpStatusCode.OK, (await ada.GetAsync("/v1/users/me")).Status);
        Assert.Equal((string?)current["id"], (string?)(await ada.GetAsync("/v1/sessions"))["items"]![0]!["id"]);
    }

    [Fact]
    public async Task The_session_list_is_paged()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        for (var i = 0; i < 4; i++)
            await ada.As(null).PostAsync("/v1/sessions", Credentials(ada.Username, ApiClient.Password));
        List<string> seen = [];
        string? cursor = null;
        do
        {
            var page = (await ada.GetAsync("/v1/sessions?limit=2" + (cursor is null ? "" : "&cursor=" + cursor))).Json;
            seen.AddRange(page["items"]!.AsArray().Select(session => (string)session!["id"]!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
        Assert.Equal(5, seen.Distinct().Count());
        Assert.Equal(5, seen.Count);
        Assert.Equal("invalid_request", (await ada.GetAsync("/v1/sessions?cursor=bm9uc2Vuc2U")).Code);
        Assert.Equal("invalid_request", (await ada.GetAsync("/v1/sessions?limit=101")).Code);
    }

    [Fact]
    public async Task A_refresh_rotates_and_who_repeats_it_gets_the_same_successor()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        var first = ada.RefreshToken;
        var tabs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Refresh(ada, first)));
        Assert.All(tabs, tab => Assert.Equal(HttpStatusCode.OK, tab.Status));
        var successor = Assert.Single(tabs.Select(tab => (string)tab["refreshToken"]!).Distinct());
        Assert.NotEqual(first, successor);
        foreach (var tab in tabs)
            Assert.Equal(HttpStatusCode.OK, (await ada.As((string)tab["accessToken"]!).GetAsync("/v1/users/me")).Status);
        var next = await Refresh(ada, successor);
        Assert.Equal(HttpStatusCode.OK, next.Status);
        Assert.Equal(HttpStatusCode.OK, (await ada.As((string)next["accessToken"]!).GetAsync("/v1/users/me")).Status);
    }

    [Fact]
    public async Task Using_a_token_again_after_its_successor_was_used_ends_the_family()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        var second = (await Refresh(ada, ada.RefreshToken)).Json;
        var third = (await Refresh(ada, (string)second["refreshToken"]!)).Json;
        Assert.Equal("unauthenticated", (await Refresh(ada, ada.RefreshToken)).Code);
        Assert.Equal("unauthenticated", (await Refresh(ada, (string)third["refreshToken"]!)).Code);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ada.As((string)third["accessToken"]!).GetAsync("/v1/users/me")).Status);
    }

    [Fact]
    public async Task A_forged_refresh_token_ends_nothing()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        var token = ada.RefreshToken;
        var last = token[^2] == 'A' ? 'B' : 'A';
        Assert.Equal("unauthenticated", (await Refresh(ada, token[..^2] + last + token[^1])).Code);
        Assert.Equal("unauthenticated", (await Refresh(ada, new string('A', 91))).Code);
        Assert.Equal("unauthenticated", (await Refresh(ada, "nonsense")).Code);
        Assert.Equal(HttpStatusCode.OK, (await Refresh(ada, token)).Status);
    }

    [Fact]
    public async Task Tokens_that_are_not_ours_are_refused_on_open_routes_too()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        var parts = ada.Token!.Split('.');
        var unsigned = Encode("""{"alg":"none","typ":"JWT"}""") + "." + parts[1] + ".";
        foreach (var token in new[] { "x", "a.b.c", unsigned, ada.Token[..^3] + "AAA", parts[0] + "." + parts[1], ada.Token + "." })
        {
            Assert.Equal("unauthenticated", (await ada.As(token).GetAsync("/v1/users/me")).Code);
            Assert.Equal("unauthenticated", (await ada.As(token).GetAsync($"/v1/users/{ada.Username}")).Code);
        }
    }

    internal static JsonObject Credentials(string login, string password) => new() { ["login"] = login, ["password"] = password };

    internal static Task<Answer> Refresh(ApiClient person, string token) =>
        person.As(null).PostAsync("/v1/sessions/refresh", new JsonObject { ["refreshToken"] = token });

    private static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(text));
}
