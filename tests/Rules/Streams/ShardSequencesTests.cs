using FsCheck;
using FsCheck.Fluent;
using GifShare.Grains.Streams;
using GifShare.Streams;

namespace GifShare.Rules.Tests.Streams;

public sealed class ShardSequencesTests
{
    private static readonly Guid A = Guid.CreateVersion7(), B = Guid.CreateVersion7(), C = Guid.CreateVersion7();

    [Fact]
    public void Events_in_order_have_no_gap()
    {
        var seen = new ShardSequences();
        Assert.Equal([Arrival.Next, Arrival.Next, Arrival.Next], [seen.Note(A, 1), seen.Note(A, 2), seen.Note(A, 3)]);
    }

    [Fact]
    public void Each_publisher_counts_for_itself()
    {
        var seen = new ShardSequences();
        Assert.Equal([Arrival.Next, Arrival.Next, Arrival.Next], [seen.Note(A, 1), seen.Note(B, 1), seen.Note(A, 2)]);
    }

    [Fact]
    public void A_publisher_that_is_met_later_than_its_first_event_is_a_gap() => Assert.Equal(Arrival.Gap, new ShardSequences().Note(A, 7));

    [Fact]
    public void A_forgotten_publisher_is_a_gap_and_never_silent()
    {
        var seen = new ShardSequences(publishers: 2);
        seen.Note(A, 1);
        seen.Note(B, 1);
        seen.Note(A, 2);
        seen.Note(C, 1);
        Assert.Equal(Arrival.Next, seen.Note(A, 3));
        Assert.Equal(Arrival.Gap, seen.Note(B, 2));
    }

    /// <summary>Whatever is lost, repeated or late: nothing is handed on twice or backwards, and whoever misses one was told.</summary>
    [Fact]
    public void What_is_handed_on_rises_and_what_is_missing_was_told() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        arrived =>
        {
            var seen = new ShardSequences();
            long last = 0;
            foreach (var sequence in arrived.Select(static b => 1L + b % 12))
            {
                var arrival = seen.Note(A, sequence);
                Assert.Equal(sequence <= last ? Arrival.Duplicate : sequence == last + 1 ? Arrival.Next : Arrival.Gap, arrival);
                last = Math.Max(last, sequence);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Shards_are_evenly_used_by_ids_that_begin_with_the_same_time()
    {
        var counts = Enumerable.Range(0, 8000).Select(static _ => Shards.Of(Guid.CreateVersion7())).CountBy(static shard => shard).ToArray();
        Assert.Equal(Shards.Count, counts.Length);
        Assert.All(counts, static shard => Assert.InRange(shard.Value, 800, 1200));
    }
}
