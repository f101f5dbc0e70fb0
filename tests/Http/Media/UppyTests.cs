using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Gifs;

namespace GifShare.Http.Tests.Media;

/// <summary>What <c>@uppy/aws-s3</c> asks a companion (api.md, Uppy).</summary>
public sealed class UppyTests(MediaProduct product) : UppyContract(product), IClassFixture<MediaProduct>;

/// <summary>The same with parts that go straight to a real S3 server.</summary>
public sealed class UppyS3Tests : UppyContract, IClassFixture<S3MediaProduct>
{
    public UppyS3Tests(S3MediaProduct product)
        : base(product) => product.SkipWithoutServer();
}

public abstract class UppyContract(MediaProduct product)
{
    [Fact]
    public async Task A_file_in_parts()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var bob = await ApiClient.RegisterAsync(product.Address);
        using var guest = ada.As(null);
        var file = MediaSteps.Video(MediaProduct.PartBytes + 10);
        var begun = (await ada.PostAsync("/uppy/s3/multipart", Announced(file.Length))).Is(HttpStatusCode.OK);
        var upload = $"/uppy/s3/multipart/{begun["uploadId"]}";
        var key = $"?key={begun["key"]}";
        var parts = new JsonArray();
        for (var number = 1; number <= 2; number++)
        {
            (await bob.GetAsync($"{upload}/{number}{key}")).IsProblem(HttpStatusCode.NotFound, "not_found");
            var url = (string)(await ada.GetAsync($"{upload}/{number}{key}")).Is(HttpStatusCode.OK)["url"]!;
            var answer = (await guest.SendAsync("PUT", url, new ByteArrayContent(MediaSteps.PartOf(file, number)))).Is(HttpStatusCode.OK);
            parts.Add(new JsonObject { ["PartNumber"] = number, ["ETag"] = answer.ETag });
            var list = JsonNode.Parse((await ada.GetAsync(upload + key)).Is(HttpStatusCode.OK).Bytes)!.AsArray();
            Assert.Equal((number, number), (list.Count, (int)list[^1]!["PartNumber"]!));
        }

        (await ada.GetAsync($"{upload}/3{key}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        var done = (await ada.PostAsync($"{upload}/complete{key}", new JsonObject { ["parts"] = parts })).Is(HttpStatusCode.OK);
        Assert.EndsWith($"/v1/media/{begun["key"]}", (string)done["location"]!, StringComparison.Ordinal);
        var media = await ada.SettledAsync((string)begun["key"]!);
        Assert.Equal(file, (await ada.GetAsync((string)media["renditions"]![0]!["url"]!)).Is(HttpStatusCode.OK).Bytes);
        (await ada.DeleteAsync(upload + key)).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_file_in_a_form()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var guest = ada.As(null);
        var file = GifFiles.Animation();
        var begun = (await ada.GetAsync($"/uppy/s3/params?filename=a.gif&type=image/gif&metadata[size]={file.Length}")).Is(HttpStatusCode.OK);
        Assert.Equal(file.Length, await ada.StorageUsedAsync());
        var url = (string)begun["url"]!;
        (await Post([.. file, 1])).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await Post(file[1..])).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await Post(file, url.Replace("a=", "a=x", StringComparison.Ordinal))).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await Post(file)).Is(HttpStatusCode.NoContent);
        Assert.Equal("ready", (string)(await ada.SettledAsync((string)begun["fields"]!["key"]!))["status"]!);

        async Task<Answer> Post(byte[] bytes, string? to = null)
        {
            using var form = new MultipartFormDataContent { { new StringContent((string)begun["fields"]!["key"]!), "key" }, { new ByteArrayContent(bytes), "file", "blob" } };
            return await guest.SendAsync("POST", to ?? url, form);
        }
    }

    [Fact]
    public async Task What_is_cancelled_costs_nothing_and_a_size_has_to_be_told()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var begun = (await ada.PostAsync("/uppy/s3/multipart", Announced(1_000))).Is(HttpStatusCode.OK);
        (await ada.DeleteAsync($"/uppy/s3/multipart/{begun["uploadId"]}?key=x")).Is(HttpStatusCode.NoContent);
        Assert.Equal(0, await ada.StorageUsedAsync());

        Assert.Equal(["metadata.size"], (await ada.PostAsync("/uppy/s3/multipart", """{"filename":"a.mp4","metadata":{"name":"a"},"type":"video/mp4"}""")).IsProblem(HttpStatusCode.BadRequest, "invalid_request").ErrorFields);
        (await ada.GetAsync("/uppy/s3/params?filename=a&type=b")).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await ada.As(null).PostAsync("/uppy/s3/multipart", Announced(1))).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await ada.As(null).GetAsync("/uppy/s3/params?filename=a&type=b&metadata[size]=1")).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private static JsonObject Announced(int size) => new()
    {
        ["filename"] = "a film.mp4",
        ["metadata"] = new JsonObject { ["name"] = "a film.mp4", ["type"] = "video/mp4", ["size"] = size, ["relativePath"] = null },
        ["type"] = "video/mp4",
    };
}
