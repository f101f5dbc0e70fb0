using GifShare.Fixtures;
using GifShare.Grains.Database;
using GifShare.Grains.Operations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace GifShare.Grains.Tests.Operations;

public sealed class SweeperTests
{
    [Fact]
    public async Task A_database_that_lets_nobody_in_puts_sweeping_off_and_ends_nothing()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.SetAwayAsync(true);
        var clock = new HastyClock();
        var sweep = new CountingSweep();
        await using var postgres = new Postgres(database.ConnectionString, new PostgresOptions(), TimeProvider.System, NullLogger<SilenceWatch>.Instance);
        await using var services = new ServiceCollection().AddSingleton<ISweep>(sweep).BuildServiceProvider();
        using var sweeper = new SweeperService(services, postgres, clock, NullLogger<SweeperService>.Instance);
        await sweeper.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.True(() => clock.Ticks >= 3 || sweeper.ExecuteTask!.IsCompleted, TestContext.Current.CancellationToken);
        Assert.False(sweeper.ExecuteTask!.IsCompleted);
        Assert.Equal(0, sweep.Count);

        await database.SetAwayAsync(false);
        await Eventually.True(() => sweep.Count > 0, TestContext.Current.CancellationToken);
        await sweeper.StopAsync(TestContext.Current.CancellationToken);
    }

    private sealed class CountingSweep : ISweep
    {
        private int count;

        public int Count => Volatile.Read(ref count);

        public Task Sweep(CancellationToken cancel)
        {
            Interlocked.Increment(ref count);
            return Task.CompletedTask;
        }
    }

    /// <summary>Minutes pass in milliseconds.</summary>
    private sealed class HastyClock : TimeProvider
    {
        private int ticks;

        public int Ticks => Volatile.Read(ref ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(
                inner =>
                {
                    Interlocked.Increment(ref ticks);
                    callback(inner);
                },
                state, Hasten(dueTime), Hasten(period));

        private static TimeSpan Hasten(TimeSpan time) => time > TimeSpan.Zero ? TimeSpan.FromMilliseconds(20) : time;
    }
}
