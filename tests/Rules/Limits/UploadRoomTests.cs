using GifShare.ApiFrontend.Limits;
using Microsoft.Extensions.Options;

namespace GifShare.Rules.Tests.Limits;

public sealed class UploadRoomTests
{
    private const long Largest = UploadRoom.OneFile;

    private static UploadRoom Room(long all = 100 * Largest, long perUser = 10 * Largest) =>
        new(Options.Create(new UploadOptions { MaxBytes = all, MaxBytesPerUser = perUser }));

    [Fact]
    public void One_account_has_only_so_much_on_the_way()
    {
        var room = Room();
        var (eve, ada) = (UserId.New(), UserId.New());
        var first = room.Open(eve, null);
        Assert.Null(first.Announce((10 * Largest) - 10));
        using var second = room.Open(eve, null);
        Assert.Null(second.Announce(10));
        Assert.Equal("rate_limited", room.Open(eve, null).Announce(1)?.Code);
        Assert.Equal("rate_limited", second.Arrive(11)?.Code);
        Assert.Null(second.Arrive(10));
        using var other = room.Open(ada, null);
        Assert.Null(other.Announce(10 * Largest));
        Assert.Equal("too_large", room.Open(UserId.New(), null).Announce((10 * Largest) + 1)?.Code);
        first.Dispose();
        first.Dispose();
        Assert.Null(room.Open(eve, null).Announce((10 * Largest) - 10));
        Assert.Equal("rate_limited", room.Open(eve, null).Announce(1)?.Code);
    }

    [Fact]
    public void What_is_on_the_way_counts_against_the_quota_but_for_one_file()
    {
        var room = Room();
        var eve = UserId.New();
        // The largest file may be one that is there already.
        var known = room.Open(eve, storageLeft: 0);
        Assert.Null(known.Announce(Largest));
        Assert.Equal("quota_exceeded", room.Open(eve, storageLeft: 0).Announce(1)?.Code);
        Assert.Equal("quota_exceeded", known.Arrive(Largest + 1)?.Code);
        known.Dispose();

        using var one = room.Open(eve, storageLeft: 2 * Largest);
        using var two = room.Open(eve, storageLeft: 2 * Largest);
        Assert.Null(one.Announce(Largest));
        Assert.Null(two.Announce(Largest));
        // Announced or not.
        var three = room.Open(eve, storageLeft: 2 * Largest);
        Assert.Equal("quota_exceeded", three.Announce(1)?.Code);
        Assert.Equal("quota_exceeded", three.Arrive(1)?.Code);
        Assert.Null(room.Open(eve, storageLeft: (2 * Largest) + 1).Arrive(1));
    }

    [Fact]
    public void All_together_have_a_bound_and_nobody_more_than_is_left_for_the_others()
    {
        var room = Room(all: 12 * Largest, perUser: 10 * Largest);
        var hogs = Enumerable.Range(0, 20).Select(_ => room.Open(UserId.New(), null)).ToList();
        foreach (var hog in hogs)
        {
            Error? refusal;
            while ((refusal = hog.Arrive(Largest / 16)) is null)
            {
            }

            Assert.Equal(("unavailable", 10), (refusal.Code, refusal.RetryAfterSeconds));
        }

        // Each has taken half of what was left, so there is some for one more.
        using var late = room.Open(UserId.New(), null);
        Assert.Null(late.Announce(10 * Largest));
        Assert.Null(late.Arrive(1));
        foreach (var hog in hogs)
            hog.Dispose();
        Assert.Null(late.Arrive((6 * Largest) - 1));
        Assert.Equal("unavailable", late.Arrive(1)?.Code);
        late.Dispose();
        using var next = room.Open(UserId.New(), null);
        Assert.Null(next.Arrive(6 * Largest));
    }

    [Fact]
    public async Task Many_at_a_time_are_counted_right()
    {
        var room = Room(all: 1000 * Largest, perUser: 500 * Largest);
        var eve = UserId.New();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var n = 0; n < 2_000; n++)
            {
                using var place = room.Open(eve, null);
                Assert.Null(place.Announce(n));
                Assert.Null(place.Arrive(n + 1));
            }
        }, TestContext.Current.CancellationToken)));
        using var all = room.Open(eve, null);
        Assert.Null(all.Arrive(500 * Largest));
        Assert.NotNull(all.Arrive(1));
    }
}
