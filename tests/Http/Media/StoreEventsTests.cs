using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using GifShare.Fixtures.Clients;
using GifShare.ObjectStore;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Http.Tests.Media;

/// <summary>What a real S3 server tells of new objects completes uploads that nobody has reported.</summary>
public sealed class StoreEventsTests(S3MediaProduct product) : IClassFixture<S3MediaProduct>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upload_whose_completion_was_lost_is_completed_by_the_stores_event()
    {
        product.SkipWithoutServer();
        await TellAsync(new Uri(product.Address, $"/hooks/s3?secret={S3MediaProduct.EventSecret}"));
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = MediaSteps.Video(MediaProduct.PartBytes + 100);
        var begun = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(file))).IsDone();
        foreach (var part in begun["parts"]!.AsArray())
            await ada.PutPartAsync(part!, file);
        var id = (string)begun["media"]!["id"]!;

        // As a frontend that died between the store's answer and its own.
        var upload = (await product.Services.GetRequiredService<IGrainFactory>().Media(new(Guid.Parse(id))).GetUpload(await OwnerAsync(ada))).Value!.Upload!;
        var store = product.Services.GetRequiredService<IObjectStore>();
        var joined = new MultipartUpload(upload.Token, upload.StoreId);
        await store.CompleteUploadAsync(joined, (await store.ListPartsAsync(joined, Cancel))!, Cancel);

        var media = await ada.SettledAsync(id);
        Assert.Equal("ready", (string?)media["status"]);
        Assert.Equal(file, (await ada.GetAsync((string)media["renditions"]![0]!["url"]!)).IsDone().Bytes);
    }

    [Theory]
    [InlineData("/hooks/s3", null)]
    [InlineData("/hooks/s3", "Bearer wrong")]
    [InlineData("/hooks/s3?secret=wrong", null)]
    [InlineData($"/hooks/s3?secret={S3MediaProduct.EventSecret}", "Bearer wrong")]
    public async Task Nobody_else_is_heard(string path, string? authorization)
    {
        product.SkipWithoutServer();
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(path, authorization, """{"Records":[]}"""));
    }

    [Theory]
    [InlineData("""{"Records":[]}""", HttpStatusCode.NoContent)]
    [InlineData("""{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"x"},"object":{"key":"y"}}}]}""", HttpStatusCode.NoContent)]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData("{}", HttpStatusCode.BadRequest)]
    public async Task What_means_nothing_changes_nothing(string body, HttpStatusCode expected)
    {
        product.SkipWithoutServer();
        Assert.Equal(expected, await PostAsync("/hooks/s3", $"Bearer {S3MediaProduct.EventSecret}", body));
    }

    private static async Task<UserId> OwnerAsync(ApiClient client) => new(Guid.Parse((string)(await client.GetAsync("/v1/users/me"))["id"]!));

    private async Task<HttpStatusCode> PostAsync(string path, string? authorization, string body)
    {
        using var client = new HttpClient { BaseAddress = product.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var answer = await client.SendAsync(request, Cancel);
        return answer.StatusCode;
    }

    /// <summary>Has the server tell of new objects, by its SNS-like call (for which there is no package here) and a notification of the bucket.</summary>
    private async Task TellAsync(Uri hook)
    {
        var options = product.Server!;
        var topic = "t" + Guid.NewGuid().ToString("N");
        await CallAsync(HttpMethod.Post, "/", new FormUrlEncodedContent([
            new("Action", "CreateTopic"), new("Name", topic), new("Attributes.entry.1.key", "push-endpoint"), new("Attributes.entry.1.value", hook.AbsoluteUri)]));
        using var client = S3Connection.ClientOf(options, options.Endpoint!);
        await client.PutBucketNotificationAsync(
            new()
            {
                BucketName = options.Bucket,
                TopicConfigurations = [new() { Id = "new", Topic = $"arn:aws:sns:default::{topic}", Events = [Amazon.S3.EventType.ObjectCreatedAll] }],
            },
            Cancel);
    }

    /// <summary>A request with a signature of version 2 (docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html).</summary>
    private async Task CallAsync(HttpMethod method, string path, HttpContent content)
    {
        var options = product.Server!;
        using var client = new HttpClient { BaseAddress = new(options.Endpoint!) };
        using var request = new HttpRequestMessage(method, path) { Content = content };
        var now = DateTimeOffset.UtcNow;
        request.Headers.Date = now;
        var signed = $"{method}\n\n{content.Headers.ContentType}\n{now.ToString("r", CultureInfo.InvariantCulture)}\n{path}";
#pragma warning disable CA5350 // The protocol's hash; it protects nothing here.
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "AWS", $"{options.AccessKey}:{Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(options.SecretKey!), Encoding.UTF8.GetBytes(signed)))}");
#pragma warning restore CA5350
        using var answer = await client.SendAsync(request, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }
}
