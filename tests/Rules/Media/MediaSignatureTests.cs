using GifShare.ObjectStore.Images;

namespace GifShare.Rules.Tests.Media;

public sealed class MediaSignatureTests
{
    [Fact]
    public void Samples_are_recognised_by_their_first_bytes()
    {
        foreach (var name in Sample.Names())
        {
            var bytes = Sample.Bytes(name);
            var expected = Path.GetExtension(name) switch
            {
                ".gif" => MediaFormat.Gif,
                ".png" => MediaFormat.Png,
                ".jpg" => MediaFormat.Jpeg,
                _ => MediaFormat.WebP,
            };
            Assert.Equal((name, (MediaFormat?)expected), (name, MediaSignature.Of(bytes)));
            Assert.Equal(expected, MediaSignature.Of(bytes.AsSpan(0, Math.Min(bytes.Length, MediaSignature.Length))));
        }
    }

    [Theory]
    [InlineData("00000018667479706D703432", MediaFormat.Mp4)]
    [InlineData("0000001C6674797069736F6D", MediaFormat.Mp4)]
    [InlineData("00000014667479704D345620", MediaFormat.Mp4)]
    [InlineData("000000146674797071742020", MediaFormat.QuickTime)]
    [InlineData("1A45DFA39F4286810142F7810142F2810442F381084282847765626D42878104", MediaFormat.WebM)]
    [InlineData("1A45DFA3A34286810142F7810142F2810442F381084282886D6174726F736B61", null)]
    [InlineData("0000001C6674797061766966", null)]
    [InlineData("0000001C6674797068656963", null)]
    [InlineData("0000001C667479706D696631", null)]
    [InlineData("0000001C667479704D344120", null)]
    [InlineData("52494646000000005741564520202020", null)]
    [InlineData("474946383861", null)]
    [InlineData("FFD8", null)]
    [InlineData("3C7376673E", null)]
    [InlineData("", null)]
    public void Others_are_told_apart(string hex, MediaFormat? expected) => Assert.Equal(expected, MediaSignature.Of(Convert.FromHexString(hex)));
}
