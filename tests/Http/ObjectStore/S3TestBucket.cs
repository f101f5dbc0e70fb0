using Amazon.S3;
using Amazon.S3.Model;
using GifShare.Fixtures;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging.Abstractions;

namespace GifShare.Http.Tests.ObjectStore;

/// <summary>A new bucket for a test class, and a look into it past the store.</summary>
public sealed class S3TestBucket : IAsyncLifetime
{
    S3Server? server;
    AmazonS3Client? client;
    string problem = "";

    public string Name { get; } = "tests-" + Guid.NewGuid().ToString("N");

    internal AmazonS3Client Client => client!;

    public async ValueTask InitializeAsync()
    {
        (server, problem) = await S3Server.TryGetAsync();
        if (server is null)
            return;
        client = S3Connection.ClientOf(server.In(Name), server.Endpoint);
        await client.PutBucketAsync(Name);
    }

    public ValueTask DisposeAsync()
    {
        client?.Dispose();
        return default;
    }

    public void SkipWithoutServer() => Assert.SkipWhen(server is null, problem);

    public S3Options Options(Action<S3Options>? change = null)
    {
        var options = server!.In(Name);
        change?.Invoke(options);
        return options;
    }

    public S3ObjectStore Open(Action<S3Options>? change = null) => new(Options(change), TimeProvider.System);

    /// <summary>Prepares a bucket as the program does when it starts.</summary>
    public static async Task PrepareAsync(S3Options options, string publicUrl, CancellationToken cancel)
    {
        using var store = new S3ObjectStore(options, TimeProvider.System);
        using var preparing = new BucketPreparation(store, options, new S3Origin(publicUrl), NullLogger<BucketPreparation>.Instance);
        await preparing.PrepareAsync(cancel);
    }

    public async Task<int> LeftoversAsync(string prefix)
    {
        var staged = await Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Name, Prefix = $"{prefix}/staging/" });
        var uploads = await Client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = Name, Prefix = $"{prefix}/" });
        return (staged.S3Objects?.Count ?? 0) + (uploads.MultipartUploads?.Count ?? 0);
    }

    public Task PutForeignAsync(string name, CancellationToken cancel) =>
        Client.PutObjectAsync(new PutObjectRequest { BucketName = Name, Key = name, ContentBody = "x" }, cancel);

    public async Task<string?> EncryptionAsync(string name, CancellationToken cancel) =>
        (await Client.GetObjectMetadataAsync(Name, name, cancel)).ServerSideEncryptionMethod?.Value;
}
