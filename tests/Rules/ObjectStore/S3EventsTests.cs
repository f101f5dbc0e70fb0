using System.Text;
using System.Text.Json;
using GifShare.ObjectStore;

namespace GifShare.Rules.Tests.ObjectStore;

public sealed class S3EventsTests
{
    private const string Token = "0123456789abcdef0123456789abcdef", Secret = "a-secret-of-more-than-thirty-two-characters";

    private static readonly S3Events Events = new(new() { Bucket = "gifs", Prefix = "our files", EventSecret = Secret });

    [Theory]
    [InlineData("ObjectCreated:CompleteMultipartUpload", "gifs", "our+files/staging/" + Token, true)]
    [InlineData("ObjectCreated:Put", "gifs", "our files/staging/" + Token, true)]
    [InlineData("s3:ObjectCreated:Put", "gifs", "our%20files/staging/" + Token, true)]
    [InlineData("ObjectRemoved:Delete", "gifs", "our+files/staging/" + Token, false)]
    [InlineData("ObjectCreated:Put", "others", "our+files/staging/" + Token, false)]
    [InlineData("ObjectCreated:Put", "gifs", "staging/" + Token, false)]
    [InlineData("ObjectCreated:Put", "gifs", "our+files/staging/../objects/00", false)]
    [InlineData("ObjectCreated:Put", "gifs", "our+files/objects/01/" + Token, false)]
    public void Records_of_new_staged_bytes_name_their_tokens(string name, string bucket, string key, bool isOurs)
    {
        var body = """{"Records":[{"eventName":"NAME","s3":{"bucket":{"name":"BUCKET"},"object":{"key":"KEY","size":5}}},{"eventName":7},null,[]]}"""
            .Replace("NAME", name, StringComparison.Ordinal).Replace("BUCKET", bucket, StringComparison.Ordinal).Replace("KEY", key, StringComparison.Ordinal);
        Assert.Equal(isOurs ? [Token] : [], Read(body)!);
    }

    [Fact]
    public void EventBridge_names_them_as_they_are() => Assert.Equal([Token], Read(
        """{"detail-type":"Object Created","detail":{"bucket":{"name":"gifs"},"object":{"key":"our files/staging/TOKEN"}}}""".Replace("TOKEN", Token, StringComparison.Ordinal))!);

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("7")]
    [InlineData("""{"Records":{}}""")]
    public void Anything_else_is_no_event(string body) => Assert.Null(Read(body));

    [Fact]
    public void The_secret_comes_in_three_shapes()
    {
        Assert.True(Events.IsFromStore($"Bearer {Secret}"));
        Assert.True(Events.IsFromStore(Secret));
        Assert.True(Events.IsFromStore("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"ceph:{Secret}"))));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer wrong")]
    [InlineData("Basic !!!")]
    [InlineData("Basic YQ==")]
    public void Without_it_nobody_is_believed(string? header)
    {
        Assert.False(Events.IsFromStore(header));
        Assert.False(new S3Events(new() { Bucket = "gifs" }).IsFromStore(header));
        Assert.False(new S3Events(new() { Bucket = "gifs", EventSecret = "" }).IsFromStore(header));
    }

    private static IReadOnlyList<string>? Read(string body)
    {
        using var json = JsonDocument.Parse(body);
        return Events.NewTokens(json.RootElement);
    }
}
