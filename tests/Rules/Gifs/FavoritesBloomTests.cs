using System.Text;
using FsCheck;
using FsCheck.Fluent;
using GifShare.Gifs;
using GifShare.Grains.Gifs;

namespace GifShare.Rules.Tests.Gifs;

public sealed class FavoritesBloomTests
{
    /// <summary>Published vectors of MurmurHash3 x86_32 (SMHasher and the implementations that are checked against it).</summary>
    [Theory]
    [InlineData("", 0u, 0u)]
    [InlineData("", 1u, 0x514E28B7u)]
    [InlineData("", 0xffffffffu, 0x81F16F39u)]
    [InlineData("\0\0\0\0", 0u, 0x2362F9DEu)]
    [InlineData("\0\0\0", 0u, 0x85F0B427u)]
    [InlineData("\0\0", 0u, 0x30F4C306u)]
    [InlineData("\0", 0u, 0x514E28B7u)]
    [InlineData("test", 0u, 0xba6bd213u)]
    [InlineData("test", 0x9747b28cu, 0x704b81dcu)]
    [InlineData("Hello, world!", 0u, 0xc0363e43u)]
    [InlineData("Hello, world!", 0x9747b28cu, 0x24884CBAu)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0u, 0x2e4ff723u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x9747b28cu, 0x2FA826CDu)]
    public void Murmur3_agrees_with_the_published_vectors(string text, uint seed, uint expected) =>
        Assert.Equal(expected, FavoritesBloom.Murmur3(Encoding.UTF8.GetBytes(text), seed));

    [Fact]
    public void Whatever_is_added_and_removed_the_filter_is_that_of_what_is_left() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<(bool Add, byte Which)[]>(),
            ArbMap.Default.ArbFor<bool>(),
            (steps, readBetween) =>
            {
                var ids = Enumerable.Range(0, 256).Select(_ => GifId.New()).ToArray();
                HashSet<Guid> model = [];
                var bloom = new FavoritesBloom([]);
                foreach (var (add, which) in steps)
                {
                    if (add)
                    {
                        bloom.Add(ids[which]);
                        model.Add(ids[which].Value);
                    }
                    else
                    {
                        bloom.Remove(ids[which]);
                        model.Remove(ids[which].Value);
                    }

                    if (readBetween)
                        bloom.Finish();
                }

                var (filter, fresh) = (bloom.Finish(), new FavoritesBloom(model).Finish());
                return filter.Count == model.Count && filter.ETag == fresh.ETag && filter.Bytes.Span.SequenceEqual(fresh.Bytes.Span)
                    && model.All(id => Contains(filter, id));
            }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(85)]
    [InlineData(86)]
    [InlineData(1_000)]
    [InlineData(10_000)]
    [InlineData(10_923)]
    public void False_positives_stay_under_one_percent_while_it_grows(int count)
    {
        var bloom = new FavoritesBloom([]);
        var ids = Enumerable.Range(0, count).Select(_ => GifId.New()).ToArray();
        foreach (var id in ids)
        {
            bloom.Add(id);
            if (count <= 1_000)
                Assert.True(Contains(bloom.Finish(), id.Value));
        }

        var filter = bloom.Finish();
        Assert.All(ids, id => Assert.True(Contains(filter, id.Value)));
        Assert.Equal(count, filter.Count);
        Assert.Equal(filter.Bits, filter.Bytes.Length * 8);
        var wrong = Enumerable.Range(0, 50_000).Count(_ => Contains(filter, Guid.CreateVersion7()));
        Assert.InRange(wrong, 0, 500);
    }

    [Fact]
    public void A_finished_filter_does_not_change_and_a_new_one_has_another_tag()
    {
        var bloom = new FavoritesBloom([Guid.CreateVersion7()]);
        var before = bloom.Finish();
        var copy = before.Bytes.ToArray();
        Assert.Same(before, bloom.Finish());
        bloom.Add(GifId.New());
        Assert.NotEqual(before.ETag, bloom.Finish().ETag);
        Assert.Equal(copy, before.Bytes.ToArray());
    }

    /// <summary>The probe as api.md words it, written apart from the code under test.</summary>
    private static bool Contains(FavoritesFilter filter, Guid id)
    {
        var bytes = id.ToByteArray(bigEndian: true);
        ulong h1 = FavoritesBloom.Murmur3(bytes, 0), h2 = FavoritesBloom.Murmur3(bytes, 0x9747b28c);
        for (ulong i = 0; i < (ulong)filter.Hashes; i++)
        {
            var bit = (h1 + i * h2) % (1UL << 32) % (ulong)filter.Bits;
            if ((filter.Bytes.Span[(int)(bit / 8)] & 1 << (int)(bit % 8)) == 0)
                return false;
        }

        return true;
    }
}
