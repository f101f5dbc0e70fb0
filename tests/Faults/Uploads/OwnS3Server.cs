using GifShare.Fixtures;
using GifShare.ObjectStore;

namespace GifShare.Faults.Tests.Uploads;

/// <summary>An S3 server that is these tests' alone, since they kill it. They share it one after the other: it takes a quarter of a minute to start.</summary>
public sealed class OwnS3Server : IAsyncLifetime
{
    private S3Server? server;
    private string problem = "";

    public S3Server Server => server!;

    public bool IsMissing => server is null;

    /// <summary>Settings of a product whose files are in this bucket, as <c>--set</c> takes them.</summary>
    public static string[] Settings(S3Options options) =>
    [
        "ObjectStore:Kind=S3", $"ObjectStore:S3:Endpoint={options.Endpoint}", $"ObjectStore:S3:AccessKey={options.AccessKey}", $"ObjectStore:S3:SecretKey={options.SecretKey}",
        $"ObjectStore:S3:Bucket={options.Bucket}", $"ObjectStore:S3:TimeoutSeconds={options.TimeoutSeconds}",
    ];

    public async ValueTask InitializeAsync() => (server, problem) = await S3Server.TryStartAsync();

    public void SkipWithoutServer() => Assert.SkipWhen(server is null, problem);

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
    }
}

/// <summary>Those that share it.</summary>
[CollectionDefinition]
public sealed class OwnS3ServerTests : ICollectionFixture<OwnS3Server>;
