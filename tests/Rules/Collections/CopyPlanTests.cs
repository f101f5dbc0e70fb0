using GifShare.Collections;
using GifShare.Grains.Collections;

namespace GifShare.Rules.Tests.Collections;

public sealed class CopyPlanTests
{
    private readonly UserId owner = UserId.New(), caller = UserId.New();

    private static CopyItem Own(string? note = null) => new(GifId.New(), note, IsOwn: true, IsShown: true);

    private static CopyItem Kept(bool isShown = true) => new(GifId.New(), null, IsOwn: false, isShown);

    private CopyPlan Plan(UserId who, bool allowCopies, params CopyItem[] items) => new(who, new CopySource(owner, "Cats", allowCopies, [.. items]));

    [Fact]
    public void Others_copy_only_where_the_owner_allows_it()
    {
        Assert.True(Plan(caller, allowCopies: true).IsAllowed);
        Assert.False(Plan(caller, allowCopies: false).IsAllowed);
        Assert.True(Plan(owner, allowCopies: false).IsAllowed);
    }

    [Fact]
    public void Of_the_owners_gifs_others_get_copies_and_of_what_the_owner_keeps_the_thing_itself()
    {
        var (own, kept, hidden) = (Own("mine"), Kept(), Kept(isShown: false));
        var plan = Plan(caller, true, own, hidden, kept);
        Assert.Equal([(own.Gif, "mine"), (kept.Gif, null)], plan.Items);
        Assert.Equal([own.Gif], plan.ToCopy);
    }

    [Fact]
    public void The_owner_takes_everything_along_as_it_is_also_what_is_hidden()
    {
        var (own, hidden) = (Own(), Kept(isShown: false));
        var plan = Plan(owner, true, own, hidden);
        Assert.Equal([own.Gif, hidden.Gif], plan.Items.Select(item => item.Gif));
        Assert.Empty(plan.ToCopy);
    }

    [Fact]
    public void What_the_target_has_already_is_not_missing_and_what_was_not_copied_is_left_out()
    {
        var (own, kept, held) = (Own(), Kept(), Kept());
        var plan = Plan(caller, true, own, kept, held);
        var target = ItemIndex.Empty;
        target.Append(held.Gif, OrderKeys.Whole(OrderKeys.Middle));
        // The owner's gif was deleted before it could be copied.
        Assert.Equal([kept.Gif], plan.Missing(target).Select(item => item.Gif));
    }
}
