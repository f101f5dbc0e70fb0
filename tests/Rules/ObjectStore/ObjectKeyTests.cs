using GifShare.ObjectStore;

namespace GifShare.Rules.Tests.ObjectStore;

public sealed class ObjectKeyTests
{
    const string Hash = "00ffab0000000001deadbeef00000000deadbeef00000000deadbeef00000000";

    [Theory]
    [InlineData("gif", "image/gif")]
    [InlineData("png", "image/png")]
    [InlineData("jpg", "image/jpeg")]
    [InlineData("webp", "image/webp")]
    [InlineData("mp4", "video/mp4")]
    [InlineData("webm", "video/webm")]
    public void The_type_follows_from_the_extension(string extension, string type)
    {
        Assert.True(ObjectKey.TryParse($"{Hash}.{extension}", out var key));
        Assert.Equal((Hash, extension, type, $"{Hash}.{extension}"), (key.Sha256, key.Extension, key.ContentType, key.ToString()));
        Assert.Equal(0x00ffab0000000001, key.LockId);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(Hash)]
    [InlineData(Hash + ".")]
    [InlineData(Hash + ".svg")]
    [InlineData(Hash + ".html")]
    [InlineData(Hash + ".GIF")]
    [InlineData(Hash + ".gif ")]
    [InlineData(Hash + ".gif\0")]
    [InlineData(Hash + "/gif")]
    [InlineData("../" + Hash + ".gif")]
    [InlineData("00FFAB0000000001deadbeef00000000deadbeef00000000deadbeef00000000.gif")]
    [InlineData("../../../../../../../../../../../../../../../../../../etc/passwd.gif")]
    [InlineData("00ffab0000000001deadbeef00000000deadbeef00000000deadbeef0000000/.gif")]
    public void Anything_else_is_no_key(string? text) => Assert.False(ObjectKey.TryParse(text, out _));

    [Fact]
    public void A_key_made_of_parts_is_checked_too()
    {
        Assert.Equal($"{Hash}.gif", ObjectKey.Of(Hash, "gif").ToString());
        Assert.Throws<ArgumentException>(() => ObjectKey.Of(Hash, "exe"));
        Assert.Throws<ArgumentException>(() => ObjectKey.Of("../" + Hash[3..], "gif"));
    }
}
