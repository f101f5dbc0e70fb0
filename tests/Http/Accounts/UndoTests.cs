using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Accounts;

/// <summary>What deleting an account does to what others see of it, and that all of it comes back as it was.</summary>
public sealed class UndoTests(AccountsProduct product) : IClassFixture<AccountsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task Gifs_collections_links_and_favourites_go_and_come_back_with_their_account()
    {
        using var first = await ApiClient.RegisterAsync(address);
        using var ada = await ApiClient.RegisterAsync(address);
        using var eve = await ApiClient.RegisterAsync(address);
        var gif = await Id(ada, "/v1/gifs", new JsonObject { ["url"] = "https://media.example.org/" + ada.Username, ["width"] = 100, ["height"] = 50, ["provider"] = "example" });
        var mine = await Id(ada, "/v1/collections", new JsonObject { ["name"] = "Mine", ["visibility"] = "public" });
        Assert.Equal(HttpStatusCode.Created, (await ada.PostAsync($"/v1/collections/{mine}/items", new JsonObject { ["gifId"] = gif })).Status);
        var link = (string)(await ada.PostAsync($"/v1/collections/{mine}/links", new JsonObject()))["token"]!;
        var hers = await Id(eve, "/v1/collections", new JsonObject { ["name"] = "Hers", ["visibility"] = "public" });
        Assert.Equal(HttpStatusCode.Created, (await eve.PostAsync($"/v1/collections/{hers}/items", new JsonObject { ["gifId"] = gif })).Status);
        Assert.True((await eve.PutAsync($"/v1/favorites/{gif}")).Status is HttpStatusCode.OK or HttpStatusCode.NoContent);
        await SeesAll(true);

        Assert.Equal(HttpStatusCode.NoContent, (await ada.SendAsync("DELETE", "/v1/users/me", new JsonObject { ["password"] = ApiClient.Password })).Status);
        await SeesAll(false);

        var restored = await ada.As(null).PostAsync("/v1/users/restore", ApiClient.Credentials(ada.Username, ApiClient.Password));
        Assert.Equal(HttpStatusCode.OK, restored.Status);
        await SeesAll(true);

        async Task SeesAll(bool there)
        {
            var ok = there ? HttpStatusCode.OK : HttpStatusCode.NotFound;
            Assert.Equal(ok, (await eve.GetAsync($"/v1/users/{ada.Username}")).Status);
            Assert.Equal(ok, (await eve.GetAsync($"/v1/gifs/{gif}")).Status);
            Assert.Equal(ok, (await eve.GetAsync($"/v1/collections/{mine}")).Status);
            Assert.Equal(ok, (await eve.GetAsync($"/v1/users/{ada.Username}/collections")).Status);
            Assert.Equal(ok, (await eve.As(null).GetAsync($"/v1/shared/{link}")).Status);
            Assert.Equal(there ? 1 : 0, (await eve.GetAsync($"/v1/collections/{hers}/items"))["items"]!.AsArray().Count);
            Assert.Equal(there ? 1 : 0, (int)(await eve.GetAsync($"/v1/collections/{hers}"))["itemCount"]!);
            Assert.Equal(there ? 1 : 0, (await eve.GetAsync("/v1/favorites"))["items"]!.AsArray().Count);
        }
    }

    private static async Task<string> Id(ApiClient person, string path, JsonObject body)
    {
        var answer = await person.PostAsync(path, body);
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return (string)answer["id"]!;
    }
}
