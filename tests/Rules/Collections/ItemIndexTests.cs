using FsCheck;
using FsCheck.Fluent;
using GifShare.Grains.Collections;

namespace GifShare.Rules.Tests.Collections;

public class ItemIndexTests
{
    private static readonly GifId[] Gifs = [.. Enumerable.Range(0, 12).Select(_ => GifId.New())];

    [Fact]
    public void Edits_do_what_a_plain_list_does()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<(byte What, byte Who, byte Where)[]>(), steps =>
        {
            List<GifId> model = [];
            var index = ItemIndex.Empty;
            foreach (var (what, who, where) in steps)
            {
                var gif = Gifs[who % Gifs.Length];
                GifId? anchor = model.Count == 0 ? null : model[where % model.Count];
                var edits = new ItemEdits(index.Copy());
                switch (what % 5)
                {
                    case 0 when !model.Contains(gif):
                        edits.Add([(gif, null)]);
                        model.Add(gif);
                        break;
                    case 1 when !model.Contains(gif) && anchor is { } before:
                        edits.Add([(gif, null)], before: before);
                        model.Insert(model.IndexOf(before), gif);
                        break;
                    case 2 when model.Contains(gif):
                        edits.Remove([gif]);
                        model.Remove(gif);
                        break;
                    case 3 when model.Contains(gif) && anchor is { } after && after != gif:
                        edits.Move([gif], null, after);
                        model.Remove(gif);
                        model.Insert(model.IndexOf(after) + 1, gif);
                        break;
                    case 4 when model.Contains(gif):
                        edits.Move([gif], null, null);
                        model.Remove(gif);
                        model.Add(gif);
                        break;
                }

                if (edits.OutOfKeys)
                    return false;
                index = edits.Index;
            }

            return model.SequenceEqual(Order(index)) && index.Count == index.Available;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_removed_item_comes_back_between_its_old_neighbours()
    {
        var index = ItemIndex.Empty;
        var edits = new ItemEdits(index);
        edits.Add([.. Gifs[..5].Select(gif => (gif, (string?)null))]);
        var position = index.Items[2].Position;
        edits.Remove([Gifs[2]]);
        edits.Add([(Gifs[7], null)]);
        edits.Restore(Gifs[2], position);
        Assert.Equal([.. Gifs[..5], Gifs[7]], Order(index));
    }

    [Fact]
    public void An_append_after_a_removed_last_item_leaves_that_its_place()
    {
        var index = ItemIndex.Empty;
        var edits = new ItemEdits(index);
        edits.Add([(Gifs[0], null), (Gifs[1], null)]);
        var position = index.Items[1].Position;
        edits.Remove([Gifs[1]]);
        index.Append(Gifs[2], OrderKeys.Between(index.Highest, null)!);
        edits.Restore(Gifs[1], position);
        Assert.Equal([Gifs[0], Gifs[1], Gifs[2]], Order(index));
    }

    [Fact]
    public void A_page_goes_on_where_the_last_one_ended_also_when_its_last_item_has_gone()
    {
        var index = ItemIndex.Empty;
        var edits = new ItemEdits(index);
        edits.Add([.. Gifs.Select(gif => (gif, (string?)null))]);
        var first = index.Slice(0, 5, out var end);
        var cursor = ItemCursor.Of(first[^1], end, keyEpoch: 0);
        edits.Remove([Gifs[4]]);
        Assert.Equal(5, ItemCursor.Start(cursor, index, 0) + 1);
        Assert.Equal(Gifs[5].Value, index.Slice(ItemCursor.Start(cursor, index, 0), 1, out _)[0].Gif);
    }

    [Fact]
    public void Hidden_items_are_passed_over()
    {
        var index = ItemIndex.Empty;
        new ItemEdits(index).Add([.. Gifs.Select(gif => (gif, (string?)null))]);
        index.Hide(Gifs[0]);
        index.Hide(Gifs[3]);
        Assert.Equal(Gifs.Length - 2, index.Available);
        Assert.Equal([Gifs[1], Gifs[2], Gifs[4]], index.Slice(0, 3, out var end).Select(item => new GifId(item.Gif)));
        Assert.Equal(5, end);
        Assert.Equal(Gifs[1], index.First);
    }

    private static GifId[] Order(ItemIndex index) => [.. index.Items.ToArray().Select(item => new GifId(item.Gif))];

    [Fact]
    public void Neighbours_and_places_count_what_readers_see()
    {
        GifId[] gifs = [.. Enumerable.Range(0, 5).Select(_ => GifId.New())];
        var index = new ItemIndex(gifs.Select((gif, i) => new ItemEntry(gif.Value, $"{i}", Available: i != 1)), null);
        Assert.Equal((1, (GifId?)null, (GifId?)gifs[2]), index.Neighbours(gifs[0]));
        Assert.Equal((2, (GifId?)gifs[0], (GifId?)gifs[3]), index.Neighbours(gifs[2]));
        Assert.Equal((4, (GifId?)gifs[3], (GifId?)null), index.Neighbours(gifs[4]));
        Assert.Equal([gifs[0], gifs[2], gifs[3], gifs[4]], index.Visible());
    }
}
