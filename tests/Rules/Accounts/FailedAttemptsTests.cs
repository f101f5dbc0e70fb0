using FsCheck;
using FsCheck.Fluent;
using GifShare.Fixtures;
using GifShare.Grains.Accounts;

namespace GifShare.Rules.Tests.Accounts;

public sealed class FailedAttemptsTests
{
    private readonly MovingClock clock = new();

    [Fact]
    public async Task Wrong_passwords_are_counted_exactly_and_right_ones_never_refused()
    {
        var attempts = new FailedAttempts(3, clock);
        // As in a grain: one turn at a time.
        var turns = new TaskFactory(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
        var right = Enumerable.Range(0, 50).Select(_ => turns.StartNew(async () =>
        {
            var attempt = await attempts.Begin("here", isKnown: false);
            await Task.Yield();
            attempt.End(false);
            return attempt.IsJudged;
        }).Unwrap());
        Assert.All(await Task.WhenAll(right), Assert.True);
        Assert.True(attempts.IsIdle);
        for (var i = 0; i < 3; i++)
            Assert.Equal((true, 0), await Fail(attempts, "here"));
        var refused = await attempts.Begin("here", isKnown: false);
        Assert.False(refused.IsJudged);
        Assert.InRange(refused.WaitSeconds, 800, 900);
        clock.Turn(TimeSpan.FromMinutes(16));
        Assert.True((await attempts.Begin("here", isKnown: false)).IsJudged);
    }

    [Fact]
    public async Task Failures_of_one_address_are_not_those_of_another_and_all_together_are_bounded()
    {
        var attempts = new FailedAttempts(3, clock);
        for (var address = 0; address < 10; address++)
            for (var i = 0; i < 3; i++)
                Assert.Equal((true, 0), await Fail(attempts, $"10.0.0.{address}"));
        var stranger = await attempts.Begin("10.0.0.10", isKnown: false);
        Assert.False(stranger.IsJudged);
        Assert.InRange(stranger.WaitSeconds, 800, 900);
        clock.Turn(TimeSpan.FromMinutes(16));
        Assert.True(attempts.IsIdle);
    }

    [Fact]
    public async Task A_known_address_is_judged_whatever_others_do_but_not_without_end()
    {
        var attempts = new FailedAttempts(3, clock);
        for (var address = 0; address < 10; address++)
            for (var i = 0; i < 3; i++)
                await Fail(attempts, $"10.0.0.{address}");
        for (var i = 0; i < 30; i++)
        {
            var own = await attempts.Begin("home", isKnown: true);
            Assert.True(own.IsJudged);
            own.End(false);
            var wrong = await Fail(attempts, "home", isKnown: true);
            Assert.True(wrong is { IsJudged: true, WaitSeconds: > 0 });
        }

        Assert.False((await attempts.Begin("home", isKnown: true)).IsJudged);
        Assert.True((await attempts.Begin("work", isKnown: true)).IsJudged);
    }

    [Fact]
    public async Task An_address_that_is_refused_for_all_names_counts_nothing_and_is_judged_where_it_is_known()
    {
        var attempts = new FailedAttempts(3, clock);
        for (var i = 0; i < 5; i++)
        {
            var refused = await attempts.Begin("here", isKnown: false, waitSeconds: 70);
            Assert.Equal((false, 70), (refused.IsJudged, refused.WaitSeconds));
        }

        Assert.True((await attempts.Begin("here", isKnown: true, waitSeconds: 70)).IsJudged);
        Assert.Equal((true, 0), await Fail(attempts, "here"));
    }

    /// <summary>Who knows which addresses would know which names are one account's, and where its owner lives.</summary>
    [Fact]
    public void What_a_wrong_password_is_answered_does_not_depend_on_which_addresses_are_known() =>
        Prop.ForAll<byte[], byte>((guesses, knownBits) =>
        {
            var time = new MovingClock();
            var (strange, familiar) = (new FailedAttempts(2, time), new FailedAttempts(2, time));
            // Four addresses, each again and again, and many that come once.
            for (var i = 0; i < guesses.Length * 8; i++)
            {
                var guess = guesses[i % guesses.Length] + i;
                if (guess % 7 == 0)
                    time.Turn(TimeSpan.FromMinutes(2));
                var address = guess % 3 == 0 ? $"10.0.0.{guess}" : $"10.0.0.{guess % 4}";
                var one = strange.Begin(address, isKnown: false).GetAwaiter().GetResult();
                var other = familiar.Begin(address, isKnown: (knownBits >> (guess % 8) & 1) == 1).GetAwaiter().GetResult();
                one.End(true);
                other.End(true);
                // The clock goes on between the two.
                if (one.WaitSeconds == 0 != (other.WaitSeconds == 0) || Math.Abs(one.WaitSeconds - other.WaitSeconds) > 1)
                    return false;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_the_addresses_of_sign_ins_the_latest_20_of_30_days_are_kept()
    {
        var now = clock.GetUtcNow();
        var known = System.Collections.Immutable.ImmutableDictionary<string, DateTimeOffset>.Empty;
        for (var i = 0; i < 25; i++)
            known = LoginAddresses.With(known, $"a{i}", now.AddDays(i));
        Assert.Equal(Enumerable.Range(5, 20).Select(i => $"a{i}").Order(), known.Keys.Order());
        Assert.Equal(["a24", "b"], LoginAddresses.With(known, "b", now.AddDays(53.5)).Keys.Order());
        var again = LoginAddresses.With(known, "a5", now.AddDays(25));
        Assert.Equal((20, now.AddDays(25)), (again.Count, again["a5"]));
    }

    private static async Task<(bool IsJudged, int WaitSeconds)> Fail(FailedAttempts attempts, string address, bool isKnown = false)
    {
        var attempt = await attempts.Begin(address, isKnown);
        attempt.End(true);
        return (attempt.IsJudged, attempt.WaitSeconds);
    }
}
