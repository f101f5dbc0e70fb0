using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Collections;

/// <summary>
/// What somebody has kept of another shows while that one has it open, and nobody sees anything of it otherwise: every way to close, with
/// every way to keep and every way to look.
/// </summary>
public sealed class OpenGifsTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    public static TheoryData<string> WaysToClose =>
        ["link revoked", "link expired", "link used up", "made private", "public made private", "collection deleted", "item removed", "one of two ways in closed"];

    [Theory, MemberData(nameof(WaysToClose))]
    public async Task What_was_kept_is_hidden_while_it_is_closed_and_returns(string way)
    {
        using var owner = await ApiClient.RegisterAsync(address);
        using var keeper = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var scene = await KeptScene.Of(owner, keeper, guest, way);

        await EachLook(scene, isOpen: true);
        if (way == "one of two ways in closed")
        {
            await scene.Close();
            await EachLook(scene, isOpen: true);
            return;
        }

        await scene.Close();
        foreach (var gif in scene.Gifs)
        {
            // What its owner says about it now is nobody's business.
            (await owner.PatchAsync($"/v1/gifs/{gif.Id}", new JsonObject { ["altText"] = gif.Title + " later" })).Is(HttpStatusCode.OK);
            (await owner.GetAsync($"/v1/gifs/{gif.Id}")).Is(HttpStatusCode.OK);
        }

        await EachLook(scene, isOpen: false);
        await scene.Open();
        await EachLook(scene, isOpen: true);
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_remembered_answer_tells_nothing_that_is_closed()
    {
        using var owner = await ApiClient.RegisterAsync(address);
        using var keeper = await ApiClient.RegisterAsync(address);
        var shelf = await owner.NewCollectionAsync("public");
        var gif = await owner.AddNewGifAsync(shelf, "A secret of mine");
        var kept = await keeper.NewCollectionAsync();
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var restoreKey = ("Idempotency-Key", Guid.NewGuid().ToString());
        var add = new JsonObject { ["gifId"] = gif };
        var first = await keeper.PostAsync($"/v1/collections/{kept}/items", add.DeepClone(), key);
        Assert.Equal("A secret of mine", (string?)first.Is(HttpStatusCode.Created)["gif"]!["title"]);
        (await keeper.DeleteAsync($"/v1/collections/{kept}/items/{gif}")).Is(HttpStatusCode.NoContent);
        (await keeper.PostAsync($"/v1/collections/{kept}/items/{gif}/restore", null, restoreKey)).Is(HttpStatusCode.OK);
        var again = await keeper.PostAsync($"/v1/collections/{kept}/items", add.DeepClone(), key);
        Assert.Equal(first.Bytes, again.Bytes);
        Assert.Equal("true", again.Header("Idempotency-Replayed"));

        (await owner.PatchAsync($"/v1/collections/{shelf}", new JsonObject { ["visibility"] = "private" })).Is(HttpStatusCode.OK);
        foreach (var reply in (Answer[])[
            await keeper.PostAsync($"/v1/collections/{kept}/items", add.DeepClone(), key), await keeper.PostAsync($"/v1/collections/{kept}/items/{gif}/restore", null, restoreKey)])
        {
            Assert.Equal("true", reply.Header("Idempotency-Replayed"));
            Assert.Equal($$"""{"id":"{{gif}}","hidden":true}""", reply["gif"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task What_is_added_again_comes_back_from_the_trash_into_its_collections()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var collection = await me.NewCollectionAsync();
        var bytes = Steps.Pixel();
        var uploaded = await me.NewUploadAsync(bytes, "A cat");
        var body = Steps.LinkedGif();
        var linked = (string)(await me.PostAsync("/v1/gifs", body.DeepClone())).Is(HttpStatusCode.Created)["id"]!;
        foreach (var gif in (string[])[uploaded, linked])
        {
            await me.AddAsync(collection, gif);
            (await me.DeleteAsync($"/v1/gifs/{gif}")).Is(HttpStatusCode.NoContent);
        }

        Assert.Empty(await me.ItemsAsync(collection));
        Assert.Equal(0, await me.StorageUsedAsync());

        Assert.Equal(uploaded, (string)(await me.UploadAsync("/v1/gifs", bytes, "other.gif", ("title", "Other"))).Is(HttpStatusCode.OK)["id"]!);
        Assert.Equal(linked, (string)(await me.PostAsync("/v1/gifs", body.DeepClone())).Is(HttpStatusCode.OK)["id"]!);
        Assert.Equal([uploaded, linked], await me.ItemsAsync(collection));
        Assert.Equal(bytes.Length, await me.StorageUsedAsync());
        Assert.Empty((await me.GetAsync("/v1/trash?type=gif")).Is(HttpStatusCode.OK)["items"]!.AsArray());
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_copy_of_somebody_elses_takes_ones_own_out_of_the_trash()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var other = await ApiClient.RegisterAsync(address);
        var bytes = Steps.Pixel();
        var collection = await me.NewCollectionAsync();
        var mine = await me.NewUploadAsync(bytes, "A cat");
        await me.AddAsync(collection, mine);
        (await me.DeleteAsync($"/v1/gifs/{mine}")).Is(HttpStatusCode.NoContent);
        var source = await other.NewCollectionAsync("public");
        await other.AddAsync(source, await other.NewUploadAsync(bytes, "Theirs"));

        var copy = (string)(await me.PostAsync($"/v1/collections/{source}/copy", new JsonObject())).Is(HttpStatusCode.Created)["id"]!;
        Assert.Equal([mine], await me.ItemsAsync(copy));
        Assert.Equal([mine], await me.ItemsAsync(collection));
        Assert.Equal(bytes.Length, await me.StorageUsedAsync());
        await product.CountsAgree();
    }

    private static async Task EachLook(KeptScene scene, bool isOpen)
    {
        foreach (var look in scene.Looks)
        {
            var seen = "";
            var isRight = look.IsDelayed
                ? Eventually.True(async () => Holds(seen = await look.Look(), look, isOpen), TestContext.Current.CancellationToken)
                : Task.FromResult(Holds(seen = await look.Look(), look, isOpen));
            if (isRight is Task<bool> { IsCompleted: true, Result: false })
                Assert.Fail($"{look.Name}, {(isOpen ? "open" : "closed")}: {seen}");
            try
            {
                await isRight;
            }
            catch (TimeoutException)
            {
                Assert.Fail($"{look.Name}, {(isOpen ? "open" : "closed")}, also after a while: {seen}");
            }
        }
    }

    /// <summary>Nothing that its owner has said of it, nor its address, stands anywhere while it is closed.</summary>
    private static bool Holds(string seen, WayToLook look, bool isOpen) => look.Gif is { } gif
        ? isOpen
            ? seen.Contains(look.ShowsTitle ? gif.Title : gif.Url, StringComparison.Ordinal)
            : !seen.Contains(gif.Title, StringComparison.Ordinal) && !seen.Contains(gif.Url, StringComparison.Ordinal)
                && (!look.SaysHidden || seen.Contains($"\"{gif.Id}\",\"hidden\":true", StringComparison.Ordinal))
        : isOpen == seen.Contains("200", StringComparison.Ordinal);
}
