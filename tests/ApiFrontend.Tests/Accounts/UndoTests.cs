using System.Net;
using System.Text.Json.Nodes;

namespace GifShare.ApiFrontend.Tests.Accounts;

/// <summary>What deleting an account does to what others see of it, and that all of it comes back as it was.</summary>
public sealed class UndoTests(AccountsProduct product) : IClassFixture<AccountsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task Gifs_collections_links_and_favourites_go_and_come_back_with_their_account()
    {
        using var first = await Person.Register(address);
        using var ada = await Person.Register(address);
        using var eve = await Person.Register(address);
        var gif = await Id(ada, "/v1/gifs", new JsonObject { ["url"] = "https://media.example.org/" + ada.Username, ["width"] = 100, ["height"] = 50, ["provider"] = "example" });
        var mine = await Id(ada, "/v1/collections", new JsonObject { ["name"] = "Mine", ["visibility"] = "public" });
        Assert.Equal(HttpStatusCode.Created, (await ada.Send("POST", $"/v1/collections/{mine}/items", new JsonObject { ["gifId"] = gif })).Status);
        var link = (string)(await ada.Send("POST", $"/v1/collections/{mine}/links", new JsonObject())).Json!["token"]!;
        var hers = await Id(eve, "/v1/collections", new JsonObject { ["name"] = "Hers", ["visibility"] = "public" });
        Assert.Equal(HttpStatusCode.Created, (await eve.Send("POST", $"/v1/collections/{hers}/items", new JsonObject { ["gifId"] = gif })).Status);
        Assert.True((await eve.Send("PUT", $"/v1/favorites/{gif}")).Status is HttpStatusCode.OK or HttpStatusCode.NoContent);
        await SeesAll(true);

        Assert.Equal(HttpStatusCode.NoContent, (await ada.Send("DELETE", "/v1/users/me", new JsonObject { ["password"] = Person.Password })).Status);
        await SeesAll(false);

        var restored = await ada.Send("POST", "/v1/users/restore", SessionsTests.Credentials(ada.Username, Person.Password), "");
        Assert.Equal(HttpStatusCode.OK, restored.Status);
        await SeesAll(true);

        async Task SeesAll(bool there)
        {
            var ok = there ? HttpStatusCode.OK : HttpStatusCode.NotFound;
            Assert.Equal(ok, (await eve.Send("GET", $"/v1/users/{ada.Username}")).Status);
            Assert.Equal(ok, (await eve.Send("GET", $"/v1/gifs/{gif}")).Status);
            Assert.Equal(ok, (await eve.Send("GET", $"/v1/collections/{mine}")).Status);
            Assert.Equal(ok, (await eve.Send("GET", $"/v1/users/{ada.Username}/collections")).Status);
            Assert.Equal(ok, (await eve.Send("GET", $"/v1/shared/{link}", token: "")).Status);
            Assert.Equal(there ? 1 : 0, (await eve.Send("GET", $"/v1/collections/{hers}/items")).Json!["items"]!.AsArray().Count);
            Assert.Equal(there ? 1 : 0, (int)(await eve.Send("GET", $"/v1/collections/{hers}")).Json!["itemCount"]!);
            Assert.Equal(there ? 1 : 0, (await eve.Send("GET", "/v1/favorites")).Json!["items"]!.AsArray().Count);
        }
    }

    private static async Task<string> Id(Person person, string path, JsonObject body)
    {
        var answer = await person.Send("POST", path, body);
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return (string)answer.Json!["id"]!;
    }
}
