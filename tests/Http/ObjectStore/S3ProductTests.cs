using System.Net;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Gifs;

namespace GifShare.Http.Tests.ObjectStore;

/// <summary>The whole product with its files in a bucket.</summary>
public sealed class S3ProductTests(S3TestBucket bucket) : IClassFixture<S3TestBucket>
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gif_is_uploaded_shown_and_gone()
    {
        bucket.SkipWithoutServer();
        var options = bucket.Options();
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?>
        {
            ["ObjectStore:Kind"] = "S3",
            ["ObjectStore:S3:Endpoint"] = options.Endpoint,
            ["ObjectStore:S3:AccessKey"] = options.AccessKey,
            ["ObjectStore:S3:SecretKey"] = options.SecretKey,
            ["ObjectStore:S3:Bucket"] = options.Bucket + "-product",
        });
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        var gif = GifFiles.Animation();
        // The bucket is made meanwhile.
        Answer made = null!;
        await Eventually.True(async () => (made = await ada.UploadAsync(gif)).Status == HttpStatusCode.Created, Cancel);

        var address = made["url"]!.ToString();
        using var client = new HttpClient { BaseAddress = product.BaseAddress };
        using var whole = await client.GetAsync(address, Cancel);
        Assert.Equal("image/gif", whole.Content.Headers.ContentType!.MediaType);
        var bytes = await whole.Content.ReadAsByteArrayAsync(Cancel);

        using var asked = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Range = new(100, 199) } };
        using var part = await client.SendAsync(asked, Cancel);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(bytes[100..200], await part.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal(HttpStatusCode.OK, (await ada.GetAsync("/health/ready")).Status);
    }
}
