using System.Collections.Concurrent;
using GifShare.Grains.Database;
using GifShare.Grains.Rows;
using Orleans.Concurrency;

namespace GifShare.Grains.Tests.Rows;

/// <summary>The smallest grain that keeps the discipline of rows: a number that only grows.</summary>
[Alias("test.ITallyGrain")]
public interface ITallyGrain : IGrainWithGuidKey
{
    /// <summary>Adds to the number; null: unavailable. Refused (-1) when it would pass 100.</summary>
    [Alias("Add")]
    Task<int?> Add(int amount);

    /// <summary>As <see cref="Add"/> of 1, for something that is run again on what was loaded.</summary>
    [Alias("Follow")]
    Task<int?> Follow();

    /// <summary>The number as readers see it.</summary>
    [AlwaysInterleave, Alias("Read")]
    Task<int> Read();
}

/// <summary>Where a write of <see cref="TallyRows"/> fails.</summary>
public enum FailAt
{
    Nowhere,

    /// <summary>Nothing was written, and the grain cannot know.</summary>
    BeforeCommit,

    /// <summary>It was written, and the grain cannot know.</summary>
    AfterCommit,
}

/// <summary>The rows of a tally, in memory, failing at each step that a database can fail at.</summary>
public sealed class TallyRows
{
    private static readonly ConcurrentDictionary<Guid, TallyRows> All = new();
    private readonly Lock gate = new();
    private int number, revision, loads;

    public static TallyRows Of(Guid key) => All.GetOrAdd(key, static _ => new());

    public FailAt Fails { get; set; }
    public bool IsAway { get; set; }
    public int Loads => Volatile.Read(ref loads);

    public (int Number, int Revision) Load()
    {
        lock (gate)
        {
            loads++;
            return IsAway ? throw Unavailable() : (number, revision);
        }
    }

    public void Write(int amount, int known)
    {
        lock (gate)
        {
            if (IsAway || Fails == FailAt.BeforeCommit)
                throw Unavailable();
            if (known != revision)
                throw new StoreUnavailableException(new OvertakenException());
            (number, revision) = (number + amount, revision + 1);
            if (Fails == FailAt.AfterCommit)
                throw Unavailable();
        }
    }

    public void Confirm(int known)
    {
        lock (gate)
            if (known != revision)
                throw new StoreUnavailableException(new OvertakenException());
    }

    /// <summary>Another activation writes.</summary>
    public void WriteElsewhere(int amount)
    {
        lock (gate)
            (number, revision) = (number + amount, revision + 1);
    }

    private static StoreUnavailableException Unavailable() => new(new TimeoutException("The connection was cut."));
}

[GrainType("test-tally")]
public sealed class TallyGrain(TimeProvider time) : RowGrain(time), ITallyGrain
{
    private int number, revision;

    private TallyRows Rows => TallyRows.Of(this.GetPrimaryKey());

    public Task<int?> Add(int amount) => Attempt(amount, isRepeatable: false);

    public Task<int?> Follow() => Attempt(1, isRepeatable: true);

    public async Task<int> Read()
    {
        await FreshForReading();
        return number;
    }

    protected override Task Load()
    {
        (number, revision) = Rows.Load();
        return Task.CompletedTask;
    }

    protected override Task Confirm()
    {
        Rows.Confirm(revision);
        return Task.CompletedTask;
    }

    private async Task<int?> Attempt(int amount, bool isRepeatable)
    {
        try
        {
            return (await Edit(
                () =>
                {
                    if (number + amount > 100)
                        return Task.FromResult<Result<int>>(Error.Conflict("Enough."));
                    Rows.Write(amount, revision);
                    (number, revision) = (number + amount, revision + 1);
                    return Task.FromResult<Result<int>>(number);
                },
                isRepeatable)).Succeeded(out var now, out _) ? now : -1;
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }
}
