using GifShare.ObjectStore.Images;

namespace GifShare.Rules.Tests.Media;

/// <summary>Seeded mutations of real files: each is refused, or read as an image whose clean copy is clean.</summary>
public sealed class ImageFuzzTests
{
    const int Rounds = 3_000;
    static readonly byte[][] Interesting = [[0], [0xFF], [0x7F], [0x80], [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0]];

    public static TheoryData<string> Samples => [.. Sample.Names()];

    [Theory]
    [MemberData(nameof(Samples))]
    public void No_mutation_gets_through_or_throws(string name)
    {
        var original = Sample.Bytes(name);
        var random = new Random(20261120);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = Mutate(original, random);
            if (ImageReader.Read(bytes) is not { } image)
                continue;
            var clean = image.Clean.ToArray();
            var again = ImageReader.Read(clean);
            Assert.True(again is not null, $"{name} round {round}: the clean copy is refused");
            Assert.Equal((image.Format, image.Width, image.Height, image.Animated), (again.Format, again.Width, again.Height, again.Animated));
            Assert.True(clean.AsSpan().SequenceEqual(again.Clean.ToArray()), $"{name} round {round}: cleaning twice differs");
            Assert.InRange(image.Width, 1, 20_000);
            Assert.InRange(image.Height, 1, 20_000);
        }
    }

    static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            // Half of them near the beginning, where the structure is.
            var at = random.Next(random.Next(2) == 0 ? Math.Min(64, bytes.Count) : bytes.Count);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at - 1));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 400), bytes.Count - at)));
                    break;
                case 4:
                    var junk = new byte[random.Next(1, 20)];
                    random.NextBytes(junk);
                    bytes.InsertRange(at, junk);
                    break;
                case 5:
                    foreach (var b in Interesting[random.Next(Interesting.Length)])
                    {
                        if (at < bytes.Count)
                            bytes[at++] = b;
                    }
                    break;
                default:
                    bytes.RemoveRange(at + 1, bytes.Count - at - 1);
                    break;
            }
        }
        return [.. bytes];
    }

    [Fact]
    public void Large_hostile_files_are_read_in_linear_time()
    {
        // Each asks for as many steps as its length allows; a quadratic reader would not come back.
        const int Length = 8 << 20;
        byte[][] hostile =
        [
            [.. Sample.Bytes("still.gif")[..^1], .. Repeat([0x21, 0xFE, 0], Length)],
            [.. "GIF89a"u8, 1, 0, 1, 0, 0, 0, 0, .. Repeat([0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 0], Length)],
            [0xFF, 0xD8, .. Repeat([0xFF, 0xFE, 0, 2], Length)],
            [0xFF, 0xD8, .. Repeat([0xFF], Length)],
            [.. Sample.Bytes("plain.jpg")[..^2], .. Repeat([0xFF], Length)],
            [.. Sample.Bytes("plain.png")[..33], .. Repeat([0, 0, 0, 0, .. "teXt"u8, 0, 0, 0, 0], Length)],
            [.. "RIFF"u8, 0, 0, 0x40, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 9, 0, 0, .. Repeat([.. "JUNK"u8, 0, 0, 0, 0], Length)],
        ];
        Assert.All(hostile, bytes => Assert.Null(ImageReader.Read(bytes)));
    }

    static byte[] Repeat(byte[] unit, int length)
    {
        var all = new byte[length / unit.Length * unit.Length];
        for (var i = 0; i < all.Length; i++)
            all[i] = unit[i % unit.Length];
        return all;
    }
}
