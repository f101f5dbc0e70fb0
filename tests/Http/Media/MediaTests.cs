using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Gifs;

namespace GifShare.Http.Tests.Media;

/// <summary>Uploads in parts (api.md, Media).</summary>
public sealed class MediaTests(MediaProduct product) : IClassFixture<MediaProduct>
{
    [Fact]
    public async Task A_file_of_several_parts_comes_back_as_it_was()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = MediaSteps.Video((2 * MediaProduct.PartBytes) + 12_345);
        var begun = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(file, sha256: MediaSteps.Sha256(file)))).Is(HttpStatusCode.Created);
        Assert.Equal($"/v1/media/{begun["media"]!["id"]}", begun.Headers.Location!.ToString());
        Assert.Equal((MediaProduct.PartBytes, "pending"), ((int)begun["partSize"]!, (string)begun["media"]!["status"]!));
        var parts = begun["parts"]!.AsArray();
        Assert.Equal([1, 2, 3], parts.Select(part => (int)part!["number"]!));

        // In any order, at the same time, and again.
        var manifest = await Task.WhenAll(new[] { 3, 1, 2, 1 }.Select(number => ada.PutPartAsync(parts[number - 1]!, file)));
        var media = await ada.CompleteAsync((string)begun["media"]!["id"]!, [manifest[1], manifest[2], manifest[0]]);
        Assert.Equal(("ready", "video", "video/mp4", file.Length), ((string)media["status"]!, (string)media["kind"]!, (string)media["contentType"]!, (int)media["size"]!));
        Assert.Equal(file, (await ada.As(null).GetAsync((string)media["renditions"]![0]!["url"]!)).Is(HttpStatusCode.OK).Bytes);
        Assert.Equal(file.Length, await ada.StorageUsedAsync());
    }

    [Fact]
    public async Task A_lost_connection_goes_on_with_what_is_missing()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = MediaSteps.Video((2 * MediaProduct.PartBytes) + 1);
        var begun = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(file))).IsDone();
        var id = (string)begun["media"]!["id"]!;
        var second = await ada.PutPartAsync(begun["parts"]![1]!, file);

        var left = (await ada.GetAsync($"/v1/media/{id}/parts")).Is(HttpStatusCode.OK);
        var received = Assert.Single(left["received"]!.AsArray());
        Assert.Equal((2, (string)second["etag"]!, MediaProduct.PartBytes), ((int)received!["number"]!, $"\"{received["etag"]}\"", (int)received["size"]!));
        Assert.Equal([1, 3], left["missing"]!.AsArray().Select(part => (int)part!["number"]!));
        var others = await Task.WhenAll(left["missing"]!.AsArray().Select(part => ada.PutPartAsync(part!, file)));
        var media = await ada.CompleteAsync(id, [others[0], second, others[1]]);
        Assert.Equal(file, (await ada.GetAsync((string)media["renditions"]![0]!["url"]!)).Bytes);
        Assert.Empty((await ada.GetAsync($"/v1/media/{id}/parts"))["missing"]!.AsArray());
    }

    [Fact]
    public async Task A_picture_is_read_and_cleaned()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var media = await ada.UploadMediaAsync(GifFiles.Animation(), "image/gif");
        Assert.Equal(("ready", "gif", "image/gif"), ((string)media["status"]!, (string)media["kind"]!, (string)media["contentType"]!));
        Assert.True((int)media["width"]! > 1 && (int)media["height"]! > 1);
        Assert.Equal((long)media["size"]!, await ada.StorageUsedAsync());
    }

    [Fact]
    public async Task Two_files_of_the_same_bytes_count_once_and_a_known_hash_needs_no_bytes()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = MediaSteps.Video(100_000);
        var first = await ada.UploadMediaAsync(file);
        await ada.UploadMediaAsync(file);
        Assert.Equal(file.Length, await ada.StorageUsedAsync());

        var known = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(file, sha256: MediaSteps.Sha256(file)))).Is(HttpStatusCode.OK);
        Assert.Equal(("ready", 0), ((string)known["media"]!["status"]!, known["parts"]!.AsArray().Count));
        using var bob = await ApiClient.RegisterAsync(product.Address);
        (await bob.PostAsync("/v1/media", MediaSteps.Announcement(file, sha256: MediaSteps.Sha256(file)))).Is(HttpStatusCode.Created);

        (await ada.DeleteAsync($"/v1/media/{first["id"]}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(file.Length, await ada.StorageUsedAsync());
        Assert.Equal(file, (await ada.GetAsync((string)known["media"]!["renditions"]![0]!["url"]!)).Is(HttpStatusCode.OK).Bytes);
    }

    [Theory]
    [InlineData("unsupported_media", false)]
    [InlineData("checksum_mismatch", true)]
    public async Task What_is_not_what_it_claims_fails_and_costs_nothing(string code, bool isOtherHash)
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = isOtherHash ? MediaSteps.Video(5_000) : "<svg onload='alert(1)'/>"u8.ToArray();
        var media = await ada.UploadMediaAsync(file, "image/gif", isOtherHash ? new string('a', 64) : null);
        Assert.Equal(("failed", code), ((string)media["status"]!, (string)media["error"]!["code"]!));
        Assert.NotEmpty((string)media["error"]!["detail"]!);
        Assert.Empty(media["renditions"]!.AsArray());
        Assert.Equal(0, await ada.StorageUsedAsync());
    }

    [Fact]
    public async Task The_address_of_a_part_fixes_what_it_takes()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var guest = ada.As(null);
        var file = MediaSteps.Video(2_000);
        var begun = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(file))).IsDone();
        var address = (string)begun["parts"]![0]!["url"]!;

        (await guest.SendAsync("PUT", address, new ByteArrayContent(file[1..]))).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await guest.SendAsync("PUT", address, new ByteArrayContent([.. file, 0]))).IsProblem(HttpStatusCode.RequestEntityTooLarge, "too_large");
        (await guest.SendAsync("PUT", address, new StringContent(new string('a', 2_000), null, "text/html"))).IsProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media");
        (await guest.SendAsync("PUT", address.Replace("/1?", "/2?"), new ByteArrayContent(file))).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await guest.SendAsync("PUT", address[..^1] + (address[^1] == 'A' ? 'B' : 'A'), new ByteArrayContent(file))).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Empty((await ada.GetAsync($"/v1/media/{begun["media"]!["id"]}/parts"))["received"]!.AsArray());
        (await guest.SendAsync("PUT", address, new ByteArrayContent(file))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_manifest_names_all_parts_as_they_arrived()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = MediaSteps.Video(MediaProduct.PartBytes + 10);
        var begun = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(file))).IsDone();
        var id = (string)begun["media"]!["id"]!;
        var first = await ada.PutPartAsync(begun["parts"]![0]!, file);
        var second = new JsonObject { ["number"] = 2, ["etag"] = "\"0123456789abcdef0123456789abcdef\"" };

        (await Complete(first)).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await Complete(second, first)).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await Complete(first, second)).IsProblem(HttpStatusCode.Conflict, "conflict");
        Assert.Equal("pending", (string)(await ada.GetAsync($"/v1/media/{id}"))["status"]!);
        second = await ada.PutPartAsync(begun["parts"]![1]!, file);
        (await Complete(first, second)).Is(HttpStatusCode.Accepted);
        (await Complete(first, second)).Is(HttpStatusCode.Accepted);
        Assert.Equal("ready", (string)(await ada.SettledAsync(id))["status"]!);

        Task<Answer> Complete(params JsonObject[] parts) =>
            ada.PostAsync($"/v1/media/{id}/complete", new JsonObject { ["parts"] = new JsonArray([.. parts.Select(part => part.DeepClone())]) });
    }

    [Fact]
    public async Task Parts_that_were_joined_before_a_crash_are_not_asked_for_again()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = MediaSteps.Video(MediaProduct.PartBytes + 10);
        var begun = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(file))).IsDone();
        var id = (string)begun["media"]!["id"]!;
        foreach (var part in begun["parts"]!.AsArray())
            await ada.PutPartAsync(part!, file);
        await product.JoinAsync(id);

        var left = (await ada.GetAsync($"/v1/media/{id}/parts")).Is(HttpStatusCode.OK);
        Assert.Null(left["partSize"]);
        Assert.Empty(left["missing"]!.AsArray());
        Assert.Equal("ready", (string)(await ada.SettledAsync(id))["status"]!);
    }

    [Theory]
    [InlineData("parts")]
    [InlineData("tus")]
    [InlineData("uppy")]
    [InlineData("form")]
    public async Task Of_fifty_uploads_at_once_only_as_many_begin_as_fit(string protocol)
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        const int size = 3 << 20;
        var begun = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Announce()));
        var fitting = begun.Where(answer => answer.IsSuccess).ToList();
        Assert.Equal((int)(MediaProduct.Quota / size), fitting.Count);
        Assert.All(begun.Except(fitting), answer => answer.IsProblem(HttpStatusCode.Conflict, "quota_exceeded"));
        Assert.Equal(fitting.Count * (long)size, await ada.StorageUsedAsync());

        (await ada.DeleteAsync($"/v1/media/{IdOf(fitting[0])}")).Is(HttpStatusCode.NoContent);
        Assert.Equal((fitting.Count - 1) * (long)size, await ada.StorageUsedAsync());
        if (protocol == "parts")
            (await ada.As(null).SendAsync("PUT", (string)fitting[0]["parts"]![0]!["url"]!, new ByteArrayContent(new byte[size]))).Is(HttpStatusCode.NotFound);

        Task<Answer> Announce() => protocol switch
        {
            "parts" => ada.PostAsync("/v1/media", MediaSteps.Announcement(new byte[size])),
            "tus" => ada.CreateAsync(size),
            "uppy" => ada.PostAsync("/uppy/s3/multipart", new JsonObject { ["filename"] = "a.mp4", ["type"] = "video/mp4", ["metadata"] = new JsonObject { ["size"] = size } }),
            _ => ada.GetAsync($"/uppy/s3/params?filename=a.mp4&type=video/mp4&metadata[size]={size}"),
        };

        string IdOf(Answer answer) => protocol switch
        {
            "parts" => (string)answer["media"]!["id"]!,
            "tus" => answer.Header("Media-Id")!,
            "uppy" => (string)answer["key"]!,
            _ => (string)answer["fields"]!["key"]!,
        };
    }

    [Fact]
    public async Task The_same_announcement_sent_twice_begins_one_upload()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var body = MediaSteps.Announcement(MediaSteps.Video(1_000));
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var first = (await ada.PostAsync("/v1/media", body.DeepClone(), key)).Is(HttpStatusCode.Created);
        var again = (await ada.PostAsync("/v1/media", body.DeepClone(), key)).Is(HttpStatusCode.Created);
        Assert.True(again.IsReplay);
        Assert.Equal((string)first["media"]!["id"]!, (string)again["media"]!["id"]!);
        Assert.Equal(1_000, await ada.StorageUsedAsync());
    }

    [Fact]
    public async Task Sending_a_file_takes_nothing_from_the_writes_of_a_minute()
    {
        await using var strict = await TestProduct.StartAsync(new Dictionary<string, string?> { ["RateLimits:WritesPerMinute"] = "1" });
        using var ada = await ApiClient.RegisterAsync(strict.BaseAddress);
        for (var i = 0; i < 2; i++)
        {
            var file = GifFiles.Animation();
            var begun = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(file, "image/gif"))).IsDone();
            // With credentials, as the pages send their cookie along.
            var part = (await ada.SendAsync("PUT", (string)begun["parts"]![0]!["url"]!, new ByteArrayContent(file))).IsDone();
            await ada.CompleteAsync((string)begun["media"]!["id"]!, [new() { ["number"] = 1, ["etag"] = part.ETag }]);
        }

        (await ada.PostAsync("/v1/collections", new JsonObject { ["name"] = "The only write" })).Is(HttpStatusCode.Created);
        (await ada.PostAsync("/v1/collections", new JsonObject { ["name"] = "One more" })).IsProblem(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task Others_do_not_see_it()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var bob = await ApiClient.RegisterAsync(product.Address);
        var media = await ada.UploadMediaAsync(GifFiles.Animation(), "image/gif");
        foreach (var path in (string[])[$"/v1/media/{media["id"]}", $"/v1/media/{media["id"]}/parts"])
            (await bob.GetAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await ada.As(null).GetAsync($"/v1/media/{media["id"]}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await bob.DeleteAsync($"/v1/media/{media["id"]}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await bob.PostAsync($"/v1/media/{media["id"]}/complete", new JsonObject { ["parts"] = new JsonArray() })).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("size", "0")]
    [InlineData("size", "2147483649")]
    [InlineData("contentType", "\"gif\"")]
    [InlineData("contentType", "\"text/html; charset=utf-8\"")]
    [InlineData("fileName", "\"\"")]
    [InlineData("sha256", "\"abc\"")]
    public async Task Announcements_are_checked(string member, string value)
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var body = MediaSteps.Announcement(new byte[10]);
        body[member] = JsonNode.Parse(value);
        Assert.Equal([member], (await ada.PostAsync("/v1/media", body)).IsProblem(HttpStatusCode.BadRequest, "invalid_request").ErrorFields);
    }
}
