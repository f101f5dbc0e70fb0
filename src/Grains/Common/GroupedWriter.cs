using System.Threading.Channels;
using Npgsql;

namespace GifShare.Grains;

/// <summary>
/// Groups small writes of many grains: whatever waits when the previous statement has committed becomes the next one, and each
/// caller completes when its rows are committed. One statement is in flight at a time, so a busy silo writes few, large statements and
/// an idle one writes at once. The queue is bounded; when it is full the write fails as unavailable instead of waiting without end.
/// </summary>
public sealed class GroupedWriter<TRow> : IAsyncDisposable
{
    private const int MaxRows = 1024;
    private readonly Channel<Pending> queue = Channel.CreateBounded<Pending>(new BoundedChannelOptions(GroupedWriter.Limit) { SingleReader = true });
    private readonly Postgres postgres;
    private readonly Func<NpgsqlConnection, IReadOnlyList<TRow>, Task> write;
    private readonly Task loop;

    /// <param name="write">
    /// Writes all rows. May be called again with some of them when the database refused one, so what was written already must change
    /// nothing. A row must not depend on another of the same list.
    /// </param>
    public GroupedWriter(Postgres postgres, Func<NpgsqlConnection, IReadOnlyList<TRow>, Task> write)
    {
        this.postgres = postgres;
        this.write = write;
        // The loop serves every grain and so belongs to none: it must not inherit the scheduler of the grain that made it.
#pragma warning disable RS0030 // It serves every grain and so belongs to none.
        loop = Task.Run(Loop);
#pragma warning restore RS0030
    }

    public int Waiting => queue.Reader.Count;

    /// <summary>Completes when the row is committed.</summary>
    /// <exception cref="StoreUnavailableException">Not committed, or unknown.</exception>
    public Task Write(TRow row)
    {
        var pending = new Pending(row);
        return queue.Writer.TryWrite(pending)
            ? pending.Completion.Task
            : Task.FromException(new StoreUnavailableException(new TimeoutException("Too many writes are waiting.")));
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await loop;
    }

    private async Task Loop()
    {
        List<Pending> batch = [];
        while (await queue.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxRows && queue.Reader.TryRead(out var pending))
                batch.Add(pending);
            await WriteBatch(batch);
            batch.Clear();
        }
    }

    private async Task WriteBatch(List<Pending> batch)
    {
        try
        {
            await postgres.Run(connection => write(connection, batch.ConvertAll(pending => pending.Row)));
            foreach (var pending in batch)
                pending.Completion.SetResult();
        }
        catch (Exception e) when (batch.Count > 1 && IsOfOneRow(e))
        {
            // One row that the database refuses must not fail its neighbours; the statement was rolled back whole.
            foreach (var pending in batch)
                await WriteBatch([pending]);
        }
        catch (Exception e)
        {
            foreach (var pending in batch)
                pending.Completion.SetException(e);
        }
    }

    private static bool IsOfOneRow(Exception e) =>
        e is PostgresException || e is StoreUnavailableException { InnerException: PostgresException cause } && Postgres.IsDoneTwice(cause);

    private sealed class Pending(TRow row)
    {
        public TRow Row => row;
        public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

public static class GroupedWriter
{
    /// <summary>Rows that may wait.</summary>
    public const int Limit = 16_384;
}
