using FsCheck;
using FsCheck.Fluent;
using GifShare.Grains.Collections;

namespace GifShare.Rules.Tests.Collections;

public class OrderKeysTests
{
    [Fact]
    public void Keys_stay_in_order_whatever_is_inserted_where()
    {
        // Each number picks a gap of the list; the key made there must sort between its neighbours, ordinally.
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), places =>
        {
            List<string> keys = [];
            foreach (var place in places)
            {
                var at = (int)((uint)place % (keys.Count + 1));
                var key = OrderKeys.Between(at == 0 ? null : keys[at - 1], at == keys.Count ? null : keys[at]);
                if (key is null)
                    return false;
                keys.Insert(at, key);
            }

            return keys.SequenceEqual(keys.Order(StringComparer.Ordinal)) && keys.Distinct().Count() == keys.Count
                && keys.All(key => key.Length is >= OrderKeys.WholeLength and <= OrderKeys.MaxLength);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Appends_and_prepends_keep_keys_at_four_characters()
    {
        string? last = null, first = null;
        for (var i = 0; i < 20_000; i++)
        {
            last = OrderKeys.Between(last, null)!;
            first = OrderKeys.Between(null, first ?? last)!;
            Assert.Equal(OrderKeys.WholeLength, last.Length);
            Assert.Equal(OrderKeys.WholeLength, first.Length);
        }
    }

    [Fact]
    public void Inserting_at_one_place_for_ever_runs_out_of_room_instead_of_growing()
    {
        var (low, high) = (OrderKeys.Whole(10), OrderKeys.Whole(11));
        var inserted = 0;
        while (OrderKeys.Between(low, high) is { } key)
        {
            Assert.True(string.CompareOrdinal(low, key) < 0 && string.CompareOrdinal(key, high) < 0);
            Assert.True(key.Length <= OrderKeys.MaxLength);
            high = key;
            inserted++;
        }

        Assert.True(inserted > 200, $"only {inserted}");
    }

    [Fact]
    public void Spread_keys_are_in_order_between_their_ends()
    {
        Prop.ForAll(Gen.Choose(1, 500).ToArbitrary(), count =>
        {
            var (low, high) = (OrderKeys.Whole(5), OrderKeys.Whole(6));
            return Fits(OrderKeys.Spread(low, high, count)!, low, high)
                && Fits(OrderKeys.Spread(low, null, count)!, low, null)
                && Fits(OrderKeys.Spread(null, high, Math.Min(count, 4))!, null, high);

            bool Fits(string[] keys, string? from, string? to) =>
                keys.Length > 0
                && keys.SequenceEqual(keys.Order(StringComparer.Ordinal)) && keys.Distinct().Count() == keys.Length
                && (from is null || string.CompareOrdinal(from, keys[0]) < 0) && (to is null || string.CompareOrdinal(keys[^1], to) < 0);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Neighbours_out_of_order_have_no_room() => Assert.Null(OrderKeys.Between("V000", "V000"));
}
