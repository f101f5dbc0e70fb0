using System.Threading.Channels;
using Npgsql;

namespace GifShare.Grains.Database;

/// <summary>
/// Group commit: batches small writes of many grains into one statement. Rows that queue while a statement is in flight form the next statement,
/// and each caller's task completes when its row is committed. So a busy silo sends few large statements, and an idle one writes at once. The
/// queue is bounded; when it is full, writes fail as unavailable.
/// </summary>
public sealed class GroupedWriter<TRow> : IAsyncDisposable
{
    private const int MaxRows = 1024;
    private readonly Channel<Pending> queue = Channel.CreateBounded<Pending>(new BoundedChannelOptions(GroupedWriter.Limit) { SingleReader = true });
    private readonly Postgres postgres;
    private readonly Func<NpgsqlConnection, IReadOnlyList<TRow>, Task> write;
    private readonly Task loop;

    /// <param name="write">
    /// Writes all rows. Called again with single rows when the database refuses one, so writing a row twice must have no further effect, and
    /// a row must not depend on another row of the same list.
    /// </param>
    public GroupedWriter(Postgres postgres, Func<NpgsqlConnection, IReadOnlyList<TRow>, Task> write)
    {
        this.postgres = postgres;
        this.write = write;
#pragma warning disable RS0030 // Serves all grains, so it must run on no grain's scheduler.
        loop = Task.Run(Loop);
#pragma warning restore RS0030
    }

    public int Waiting => queue.Reader.Count;

    /// <summary>Completes when the row is committed.</summary>
    /// <exception cref="StoreUnavailableException">The row is not committed, or the outcome is unknown.</exception>
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
            // One row made PostgreSQL roll back the whole statement: write one by one, so that only that row fails.
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
    /// <summary>Capacity of the queue, in rows.</summary>
    public const int Limit = 16_384;
}
