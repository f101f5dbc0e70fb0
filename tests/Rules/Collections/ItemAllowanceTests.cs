using GifShare.Grains.Collections;

namespace GifShare.Rules.Tests.Collections;

public sealed class ItemAllowanceTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_was_taken_ahead_is_used_up_and_holds_for_ten_seconds()
    {
        var allowance = new ItemAllowance();
        Assert.False(allowance.TryTake(Now));
        allowance.Refill(Now);
        // The one that was refilled for has taken the first.
        Assert.Equal(ItemAllowance.Ahead - 1, Enumerable.Range(0, ItemAllowance.Ahead).Count(_ => allowance.TryTake(Now)));
        allowance.Refill(Now);
        Assert.True(allowance.TryTake(Now.AddSeconds(9)));
        Assert.False(allowance.TryTake(Now.AddSeconds(10)));
    }
}
