using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Accounts;

public sealed class ProfileTests(AccountsProduct product) : IClassFixture<AccountsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Theory]
    [InlineData("firstName", "")]
    [InlineData("lastName", "\u202eevil")]
    [InlineData("email", "not an email")]
    [InlineData("email", "a@b")]
    [InlineData("username", "ab")]
    [InlineData("username", ".dot")]
    [InlineData("username", "two..dots")]
    [InlineData("username", "admin")]
    [InlineData("username", "Ünicode")]
    [InlineData("password", "short")]
    [InlineData("password", "Password123!")]
    [InlineData("password", "1234567890")]
    [InlineData("birthYear", 1899)]
    [InlineData("birthYear", 2020)]
    public async Task A_registration_with_a_bad_member_names_it(string field, object value)
    {
        using var ada = new ApiClient(address);
        var body = ada.Registration();
        body[field] = JsonValue.Create(value);
        var answer = await ada.PostAsync("/v1/users", body);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
        Assert.NotNull(answer["errors"]![field]);
    }

    [Fact]
    public async Task Names_and_emails_are_unique_whatever_their_case()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        using var eve = new ApiClient(address);
        var body = eve.Registration();
        body["username"] = ada.Username.ToUpperInvariant();
        Assert.Equal("username_taken", (await eve.PostAsync("/v1/users", body)).Code);
        body = eve.Registration();
        body["email"] = ada.Email.ToUpperInvariant();
        Assert.Equal("email_taken", (await eve.PostAsync("/v1/users", body)).Code);
    }

    [Fact]
    public async Task A_patch_changes_what_it_names_and_null_clears()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        var patched = await ada.PatchAsync("/v1/users/me", new JsonObject { ["bio"] = " line\nline ", ["website"] = "https://example.org/a", ["birthYear"] = 1990 });
        Assert.Equal("line\nline", (string?)patched["bio"]);
        Assert.Equal(1990, (int)patched["birthYear"]!);
        var cleared = await ada.PatchAsync("/v1/users/me", new JsonObject { ["bio"] = null, ["birthYear"] = null, ["displayName"] = null });
        Assert.Null(cleared["bio"]);
        Assert.Null(cleared["birthYear"]);
        Assert.Equal("https://example.org/a", (string?)cleared["website"]);
        Assert.Equal("Ada Lovelace", (string?)cleared["displayName"]);
        foreach (var bad in new[] { """{"firstName":null}""", """{"website":"javascript:alert(1)"}""", """{"isPrivate":null}""", """{"unknown":1}""", """{"bio":5}""" })
            Assert.Equal("invalid_request", (await ada.PatchAsync("/v1/users/me", JsonNode.Parse(bad))).Code);
    }

    [Fact]
    public async Task A_new_email_needs_the_password()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        var email = "new." + ada.Email;
        Assert.Equal("invalid_request", (await ada.PatchAsync("/v1/users/me", new JsonObject { ["email"] = email })).Code);
        Assert.Equal("invalid_credentials", (await ada.PatchAsync("/v1/users/me", new JsonObject { ["email"] = email, ["password"] = "wrong password" })).Code);
        var changed = await ada.PatchAsync("/v1/users/me", new JsonObject { ["email"] = email, ["password"] = ApiClient.Password });
        Assert.Equal(email, (string?)changed["email"]);
        Assert.Equal(HttpStatusCode.Created, (await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials(email, ApiClient.Password))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials(ada.Email, ApiClient.Password))).Status);
    }

    [Fact]
    public async Task Of_a_private_account_others_see_name_avatar_and_counts()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        using var eve = await ApiClient.RegisterAsync(address);
        await ada.PatchAsync("/v1/users/me", new JsonObject { ["bio"] = "secret", ["location"] = "secret", ["website"] = "https://secret.example" });
        var open = await eve.GetAsync($"/v1/users/{ada.Username}");
        Assert.Equal("secret", (string?)open["bio"]);
        Assert.False((bool)open["relation"]!["following"]!);
        Assert.Null(open["email"]);

        await ada.PatchAsync("/v1/users/me", new JsonObject { ["isPrivate"] = true });
        foreach (var token in new[] { eve.Token, null })
        {
            var seen = (await eve.As(token).GetAsync($"/v1/users/{ada.Username}")).Json;
            Assert.Equal("Ada Lovelace", (string?)seen["displayName"]);
            Assert.Equal(0, (long)seen["postCount"]!);
            Assert.DoesNotContain("secret", seen.ToJsonString());
            Assert.Null(seen["firstName"]);
        }

        Assert.Equal("not_found", (await eve.GetAsync("/v1/users/nobody-here")).Code);
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sessions_only()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        var phone = (string)(await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials(ada.Username, ApiClient.Password)))["accessToken"]!;
        Assert.Equal("invalid_credentials", (await Change("wrong password", "nine loud herons")).Code);
        Assert.Equal("invalid_request", (await Change(ApiClient.Password, "1234567890")).Code);
        Assert.Equal(HttpStatusCode.NoContent, (await Change(ApiClient.Password, "nine loud herons")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ada.As(phone).GetAsync("/v1/users/me")).Status);
        Assert.Equal(HttpStatusCode.OK, (await ada.GetAsync("/v1/users/me")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials(ada.Username, ApiClient.Password))).Status);
        Assert.Equal(HttpStatusCode.Created, (await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials(ada.Username, "nine loud herons"))).Status);

        Task<Answer> Change(string old, string now) => ada.SendAsync("PUT", "/v1/users/me/password", new JsonObject { ["old"] = old, ["new"] = now });
    }

    [Fact]
    public async Task A_deleted_account_is_gone_and_comes_back_whole()
    {
        using var first = await ApiClient.RegisterAsync(address);
        using var ada = await ApiClient.RegisterAsync(address);
        await ada.PatchAsync("/v1/users/me", new JsonObject { ["bio"] = "here" });
        Assert.Equal("invalid_credentials", (await ada.SendAsync("DELETE", "/v1/users/me", new JsonObject { ["password"] = "wrong password" })).Code);
        Assert.Equal(HttpStatusCode.NoContent, (await ada.SendAsync("DELETE", "/v1/users/me", new JsonObject { ["password"] = ApiClient.Password })).Status);
        Assert.Equal("unauthenticated", (await ada.GetAsync("/v1/users/me")).Code);
        Assert.Equal("not_found", (await first.GetAsync($"/v1/users/{ada.Username}")).Code);
        Assert.Equal("invalid_credentials", (await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials(ada.Username, ApiClient.Password))).Code);
        Assert.Equal("unauthenticated", (await SessionsTests.Refresh(ada, ada.RefreshToken)).Code);

        Assert.Equal("invalid_credentials", (await ada.As(null).PostAsync("/v1/users/restore", ApiClient.Credentials(ada.Username, "wrong password"))).Code);
        var restored = await ada.As(null).PostAsync("/v1/users/restore", ApiClient.Credentials(ada.Username, ApiClient.Password));
        Assert.Equal(HttpStatusCode.OK, restored.Status);
        ada.Take(restored);
        Assert.Equal("here", (string?)(await ada.GetAsync("/v1/users/me"))["bio"]);
    }

    [Fact]
    public async Task An_avatar_is_a_real_image_and_is_served()
    {
        using var ada = await ApiClient.RegisterAsync(address);
        var gif = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");
        var set = await ada.SendAsync("PUT", "/v1/users/me/avatar", Bytes(gif));
        Assert.Equal(HttpStatusCode.OK, set.Status);
        using var guest = new ApiClient(address);
        Assert.Equal(gif, await guest.GetBytesAsync((string)set["avatarUrl"]!));
        Assert.Equal("unsupported_media", (await ada.SendAsync("PUT", "/v1/users/me/avatar", Bytes([1, 2, 3]))).Code);
        Assert.Equal("too_large", (await ada.SendAsync("PUT", "/v1/users/me/avatar", Bytes(new byte[(5 << 20) + 1]))).Code);
        Assert.NotNull((await ada.GetAsync("/v1/users/me"))["avatarUrl"]);
        Assert.Null((await ada.DeleteAsync("/v1/users/me/avatar"))["avatarUrl"]);
        Assert.Equal(HttpStatusCode.NotFound, (await guest.GetAsync((string)set["avatarUrl"]!)).Status);

        static ByteArrayContent Bytes(byte[] bytes) => new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
    }
}
