using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Gifs;

namespace GifShare.Http.Tests.Media;

/// <summary>Gifs made of media.</summary>
public sealed class MediaGifTests(MediaProduct product) : IClassFixture<MediaProduct>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_ready_media_becomes_a_gif_once_and_counts_once()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var media = await ada.UploadMediaAsync(GifFiles.Animation(), "image/gif");
        var body = new JsonObject { ["mediaId"] = (string)media["id"]!, ["title"] = "Sailing", ["tags"] = new JsonArray("sea") };
        var gif = (await ada.PostAsync("/v1/gifs", body.DeepClone())).Is(HttpStatusCode.Created);
        Assert.Equal(("ready", "Sailing", "image/gif"), ((string)gif["status"]!, (string)gif["title"]!, (string)gif["contentType"]!));
        Assert.Equal((int)media["width"]!, (int)gif["width"]!);
        Assert.Equal((await ada.GetAsync((string)media["renditions"]![0]!["url"]!)).Bytes, (await ada.GetAsync((string)gif["url"]!)).Is(HttpStatusCode.OK).Bytes);
        Assert.Equal((string)gif["id"]!, (string)(await ada.PostAsync("/v1/gifs", body)).Is(HttpStatusCode.OK)["id"]!);
        Assert.Equal((long)media["size"]!, await ada.StorageUsedAsync());

        // The gif holds the bytes from now on.
        (await ada.DeleteAsync($"/v1/gifs/{gif["id"]}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(0, await ada.StorageUsedAsync());
        (await ada.PostAsync($"/v1/gifs/{gif["id"]}/restore")).Is(HttpStatusCode.OK);
        (await ada.DeleteAsync($"/v1/media/{media["id"]}")).Is(HttpStatusCode.NoContent);
        Assert.Equal((long)media["size"]!, await ada.StorageUsedAsync());
        (await ada.GetAsync((string)gif["url"]!)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_gif_of_an_upload_that_is_under_way_shows_a_placeholder_until_it_is_there()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var guest = ada.As(null);
        var file = GifFiles.Animation();
        var begun = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(file, "image/gif"))).IsDone();
        var id = (string)begun["media"]!["id"]!;
        var collection = await ada.NewCollectionAsync("public");
        var item = (await ada.PostAsync($"/v1/collections/{collection}/items", new JsonObject { ["mediaId"] = id })).Is(HttpStatusCode.Created);
        Assert.Equal(("processing", "/media/processing.svg"), ((string)item["gif"]!["status"]!, (string)item["gif"]!["url"]!));
        Assert.Equal("image/svg+xml", (await guest.GetAsync((string)item["gif"]!["url"]!)).Is(HttpStatusCode.OK).ContentType);
        (await guest.GetAsync($"/v1/media/{id}")).IsProblem(HttpStatusCode.NotFound, "not_found");

        await ada.CompleteAsync(id, [await ada.PutPartAsync(begun["parts"]![0]!, file)]);
        await Eventually.True(async () => (string?)(await guest.GetAsync($"/v1/collections/{collection}/items"))["items"]![0]!["gif"]!["status"] == "ready", Cancel);
        var shown = (await guest.GetAsync($"/v1/collections/{collection}/items"))["items"]![0]!["gif"]!;
        Assert.Equal("image/gif", (await guest.GetAsync((string)shown["url"]!)).Is(HttpStatusCode.OK).ContentType);
        Assert.Equal("ready", (string)(await guest.GetAsync($"/v1/media/{id}")).Is(HttpStatusCode.OK)["status"]!);
    }

    [Fact]
    public async Task A_gif_of_a_refused_upload_fails()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = "not a picture at all"u8.ToArray();
        var begun = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(file, "image/gif"))).IsDone();
        var id = (string)begun["media"]!["id"]!;
        var gif = (await ada.PostAsync("/v1/gifs", new JsonObject { ["mediaId"] = id })).Is(HttpStatusCode.Created);
        await ada.CompleteAsync(id, [await ada.PutPartAsync(begun["parts"]![0]!, file)]);
        await Eventually.True(async () => (string?)(await ada.GetAsync($"/v1/gifs/{gif["id"]}"))["status"] == "failed", Cancel);
        Assert.Equal(["mediaId"], (await ada.PostAsync("/v1/gifs", new JsonObject { ["mediaId"] = id })).IsProblem(HttpStatusCode.BadRequest, "invalid_request").ErrorFields);
    }

    [Fact]
    public async Task The_same_bytes_uploaded_twice_while_both_are_processed_are_two_gifs_that_count_once()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = GifFiles.Animation();
        var gifs = await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            var begun = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(file, "image/gif"))).IsDone();
            var id = (string)begun["media"]!["id"]!;
            var gif = (await ada.PostAsync("/v1/gifs", new JsonObject { ["mediaId"] = id })).Is(HttpStatusCode.Created);
            await ada.CompleteAsync(id, [await ada.PutPartAsync(begun["parts"]![0]!, file)]);
            return (string)gif["id"]!;
        }));
        long size = 0;
        foreach (var gif in gifs)
        {
            await Eventually.True(async () => (string?)(await ada.GetAsync($"/v1/gifs/{gif}"))["status"] == "ready", Cancel);
            size = (long)(await ada.GetAsync($"/v1/gifs/{gif}"))["size"]!;
        }

        Assert.Equal(size, await ada.StorageUsedAsync());
        (await ada.DeleteAsync($"/v1/gifs/{gifs[0]}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(size, await ada.StorageUsedAsync());
        (await ada.DeleteAsync($"/v1/gifs/{gifs[1]}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(0, await ada.StorageUsedAsync());
    }

    [Theory]
    [InlineData("{}", "url")]
    [InlineData("""{"mediaId":"0199a0f0-0000-7000-8000-00000000abcd"}""", "mediaId")]
    [InlineData("""{"mediaId":"0199a0f0-0000-7000-8000-00000000abcd","url":"https://example.org/a.gif"}""", "url")]
    [InlineData("""{"url":"https://example.org/a.gif","width":10}""", "height")]
    [InlineData("""{"url":"https://example.org/a.gif","width":10,"height":10}""", "provider")]
    [InlineData("""{"url":"http://example.org/a.gif"}""", "url")]
    public async Task A_new_gif_is_one_of_three(string body, string field)
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        Assert.Equal([field], (await ada.PostAsync("/v1/gifs", body)).IsProblem(HttpStatusCode.BadRequest, "invalid_request").ErrorFields);
    }
}
