using GifShare.ObjectStore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace GifShare.Rules.Tests.ObjectStore;

/// <summary>Which store the settings make, and what they refuse.</summary>
public sealed class ConfiguredObjectStoreTests
{
    static readonly string[] Bucket = ["ObjectStore:Kind=S3", "ObjectStore:S3:Bucket=gifs", "ObjectStore:S3:Endpoint=http://127.0.0.1:9"];

    [Theory]
    [InlineData(null)]
    [InlineData("ObjectStore:Kind=folder")]
    public async Task A_folder_unless_something_else_is_named(string? kind)
    {
        var folder = Directory.CreateTempSubdirectory("gs-configured-").FullName;
        await using (var services = Build([.. new[] { kind }.OfType<string>(), $"ObjectStore:Folder={folder}", "ObjectStore:MinimumFreeBytes=5"]))
        {
            Assert.IsType<FolderObjectStore>(services.GetRequiredService<IObjectStore>());
            Assert.Equal(5, services.GetRequiredService<FolderObjectStoreOptions>().MinimumFreeBytes);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_bucket_asks_nobody_before_it_is_used()
    {
        await using var services = Build([.. Bucket, "ObjectStore:S3:Direct=true", "PublicUrl=https://gifs.example.org", "ObjectStore:MinimumFreeBytes=5"]);
        var store = Assert.IsType<S3ObjectStore>(services.GetRequiredService<IObjectStore>());
        Assert.IsNotAssignableFrom<IStoreSpace>(store);
        Assert.Equal(5, services.GetRequiredService<S3Options>().MinimumFreeBytes);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://127.0.0.1:9", "ObjectStore:S3:Direct=true")]
    [InlineData("https://s3.example.org:9000", "ObjectStore:S3:Direct=true", "ObjectStore:S3:PublicEndpoint=https://s3.example.org:9000")]
    [InlineData("https://gifs.s3.example.org", "ObjectStore:S3:Direct=true", "ObjectStore:S3:PublicEndpoint=https://s3.example.org", "ObjectStore:S3:PathStyle=false")]
    [InlineData("https://gifs.s3.eu-west-1.amazonaws.com", "ObjectStore:S3:Direct=true", "ObjectStore:S3:Endpoint=", "ObjectStore:S3:Region=eu-west-1")]
    public async Task Where_clients_send_parts_is_known_without_asking(string? origin, params string[] settings)
    {
        await using var services = Build([.. Bucket, "PublicUrl=https://gifs.example.org", .. settings]);
        var store = services.GetRequiredService<IObjectStore>();
        Assert.Equal(origin, store.ClientOrigin);
        // Of these the credentials are known, too.
        if (origin is not null && !settings.Contains("ObjectStore:S3:Endpoint="))
        {
            await using var signing = Build([.. Bucket, "PublicUrl=https://gifs.example.org", .. settings, "ObjectStore:S3:AccessKey=me", "ObjectStore:S3:SecretKey=mine"]);
            var part = signing.GetRequiredService<IObjectStore>().AddressOfPart(new(new('a', 32), "upload"), new(1, 0, 5), "image/gif", TimeSpan.FromMinutes(1));
            Assert.Equal(origin, part!.GetLeftPart(UriPartial.Authority));
        }
    }

    [Theory]
    [InlineData("ObjectStore:Kind", "ObjectStore:Kind=Tape")]
    [InlineData("ObjectStore:Folder", "ObjectStore:Kind=Folder")]
    [InlineData("ObjectStore:MinimumFreeBytes", "ObjectStore:Folder=/tmp", "ObjectStore:MinimumFreeBytes=-1")]
    [InlineData("ObjectStore:S3:Bucket", "ObjectStore:Kind=S3", "ObjectStore:S3:Endpoint=https://s3.example.org")]
    [InlineData("ObjectStore:S3:Endpoint", "ObjectStore:Kind=S3", "ObjectStore:S3:Bucket=gifs")]
    public void What_is_missing_or_unknown_is_named(string named, params string[] settings) => Refused(named, settings);

    [Theory]
    [InlineData("ObjectStore:S3:Endpoint", "ObjectStore:S3:Endpoint=s3.example.org")]
    [InlineData("ObjectStore:S3:Endpoint", "ObjectStore:S3:Endpoint=https://me:secret@s3.example.org")]
    [InlineData("ObjectStore:S3:PublicEndpoint", "ObjectStore:S3:PublicEndpoint=https://s3.example.org/bucket")]
    [InlineData("ObjectStore:S3:SecretKey", "ObjectStore:S3:AccessKey=me")]
    [InlineData("ObjectStore:S3:ServerSideEncryption", "ObjectStore:S3:ServerSideEncryption=rot13")]
    [InlineData("ObjectStore:S3:KmsKeyId", "ObjectStore:S3:KmsKeyId=mine")]
    [InlineData("ObjectStore:S3:ColdStorageClass", "ObjectStore:S3:ColdAfterDays=30")]
    [InlineData("ObjectStore:S3:TimeoutSeconds", "ObjectStore:S3:TimeoutSeconds=0")]
    [InlineData("PublicUrl", "ObjectStore:S3:Direct=true")]
    public void What_is_wrong_with_a_bucket_is_named(string named, string setting) => Refused(named, [.. Bucket, setting]);

    [Fact]
    public void A_bucket_needs_no_folder()
    {
        Assert.Null(RequiredSettings.FirstProblem(name => name == "ObjectStore:Kind" ? "S3" : null, RequiredSettings.ObjectStoreFolder));
        Assert.NotNull(RequiredSettings.FirstProblem(_ => null, RequiredSettings.ObjectStoreFolder));
    }

    static void Refused(string named, string[] settings)
    {
        var sentence = RequiredSettings.ProblemOf(Assert.Throws<OptionsValidationException>(() => Build(settings)));
        Assert.Contains(named, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("secret@", sentence, StringComparison.Ordinal);
    }

    static ServiceProvider Build(params string[] settings) => new ServiceCollection().AddConfiguredObjectStore(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => s.Split('=', 2)).GroupBy(s => s[0]).Select(s => KeyValuePair.Create(s.Key, (string?)s.Last()[1]))).Build())
        .BuildServiceProvider();
}
