using GifShare.Fixtures;
using GifShare.Grains.Tests.Orleans;

namespace GifShare.Grains.Tests.Rows;

/// <summary>The discipline of <c>RowGrain</c>, with rows that fail at every step.</summary>
public sealed class RowGrainTests
{
    private readonly ITallyGrain grain;
    private readonly TallyRows rows;

    public RowGrainTests(OrleansCluster cluster)
    {
        var key = Guid.CreateVersion7();
        (grain, rows) = (cluster.Client.GetGrain<ITallyGrain>(key), TallyRows.Of(key));
    }

    [Theory]
    [InlineData(FailAt.BeforeCommit, 10)]
    [InlineData(FailAt.AfterCommit, 15)]
    public async Task After_an_unknown_outcome_readers_and_edits_go_by_the_rows(FailAt step, int expected)
    {
        Assert.Equal(10, await grain.Add(10));
        rows.Fails = step;
        Assert.Null(await grain.Add(5));
        rows.Fails = FailAt.Nowhere;
        Assert.Equal(expected, await grain.Read());
        Assert.Equal(expected + 1, await grain.Add(1));
    }

    [Fact]
    public async Task While_the_rows_cannot_be_read_readers_see_the_last_committed_state_and_edits_are_refused()
    {
        Assert.Equal(10, await grain.Add(10));
        rows.Fails = FailAt.AfterCommit;
        Assert.Null(await grain.Add(5));
        (rows.IsAway, rows.Fails) = (true, FailAt.Nowhere);
        Assert.Equal(10, await grain.Read());
        Assert.Null(await grain.Add(1));
        rows.IsAway = false;
        Assert.Equal(16, await grain.Add(1));
    }

    [Fact]
    public async Task The_rows_are_read_again_even_when_nobody_asks()
    {
        Assert.Equal(10, await grain.Add(10));
        rows.Fails = FailAt.AfterCommit;
        Assert.Null(await grain.Add(5));
        var before = rows.Loads;
        await Eventually.True(() => rows.Loads > before, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_edit_of_old_memory_changes_nothing_and_the_next_one_is_right()
    {
        Assert.Equal(10, await grain.Add(10));
        rows.WriteElsewhere(20);
        Assert.Null(await grain.Add(5));
        Assert.Equal(30, await grain.Read());
        Assert.Equal(35, await grain.Add(5));
    }

    [Fact]
    public async Task What_follows_other_rows_runs_again_on_what_was_loaded()
    {
        Assert.Equal(10, await grain.Add(10));
        rows.WriteElsewhere(20);
        Assert.Equal(31, await grain.Follow());
    }

    [Fact]
    public async Task No_edit_is_refused_by_old_memory()
    {
        Assert.Equal(95, await grain.Add(95));
        rows.WriteElsewhere(-50);
        Assert.Null(await grain.Add(10));
        Assert.Equal(55, await grain.Add(10));
        Assert.Equal(-1, await grain.Add(50));
        Assert.Equal(55, await grain.Read());
    }
}
