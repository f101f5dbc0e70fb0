using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>Where the views of one link (or of the collection itself: the empty id) gather until they are written.</summary>
public sealed class ViewCell(CollectionId collection, LinkId link)
{
    private long pending;
    private int queued;

    public CollectionId Collection => collection;
    public LinkId Link => link;

    /// <summary>True: it was idle and must be queued.</summary>
    public bool Add(long views)
    {
        Interlocked.Add(ref pending, views);
        return Interlocked.Exchange(ref queued, 1) == 0;
    }

    public long Take()
    {
        Interlocked.Exchange(ref queued, 0);
        return Interlocked.Exchange(ref pending, 0);
    }
}

/// <summary>Views on their way: given ones that must be counted, or one that is asked for under a cap.</summary>
public sealed class ViewRow(CollectionId collection, LinkId link, long given, bool asks, DateTimeOffset at)
{
    public CollectionId Collection => collection;
    public LinkId Link => link;
    public long Given => given;
    public bool Asks => asks;
    public DateTimeOffset At => at;

    /// <summary>Set by the write: the view may be given.</summary>
    public bool Granted { get; set; }

    /// <summary>Set by the write: views of the link.</summary>
    public long LinkViews { get; set; }
}

/// <summary>
/// All views of a silo, in one statement at a time: per collection, link and day, with the counts of link and collection. Views under a
/// cap are committed before they are given; the others gather for a moment. It never touches the collections' own rows.
/// </summary>
public sealed class ViewWriter : IHostedService, IAsyncDisposable
{
    private const string Statement =
        """
        WITH input AS (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[]) AS t (collection_id, link_id, given, asked, at)),
        link AS MATERIALIZED (
            SELECT l.id, l.view_count, l.max_views, l.revoked_at, l.expires_at FROM share_links l
            WHERE l.id = ANY($2) ORDER BY l.id FOR NO KEY UPDATE),
        granted AS MATERIALIZED (
            SELECT i.collection_id, i.link_id, i.at, i.given, (CASE
                WHEN link.id IS NULL OR link.revoked_at IS NOT NULL OR link.expires_at <= i.at THEN 0
                WHEN link.max_views IS NULL THEN i.asked
                ELSE GREATEST(0, LEAST(i.asked, link.max_views - link.view_count - i.given)) END) AS asked
            FROM input i LEFT JOIN link ON link.id = i.link_id),
        linked AS (
            UPDATE share_links l SET view_count = l.view_count + g.given + g.asked, last_viewed_at = GREATEST(l.last_viewed_at, g.at)
            FROM granted g WHERE l.id = g.link_id AND g.given + g.asked > 0 RETURNING l.id, l.view_count),
        days AS (
            INSERT INTO collection_views AS v (collection_id, link_id, day, views)
            SELECT g.collection_id, g.link_id, (g.at AT TIME ZONE 'UTC')::date, g.given + g.asked FROM granted g
            WHERE g.given + g.asked > 0 ORDER BY 1, 2
            ON CONFLICT (collection_id, link_id, day) DO UPDATE SET views = v.views + EXCLUDED.views),
        counter AS MATERIALIZED (
            SELECT k.collection_id FROM collection_counters k WHERE k.collection_id IN (SELECT collection_id FROM granted)
            ORDER BY k.collection_id FOR NO KEY UPDATE),
        counted AS (
            UPDATE collection_counters k SET view_count = k.view_count + s.views
            FROM (SELECT collection_id, sum(given + asked) AS views FROM granted GROUP BY 1) s, counter
            WHERE k.collection_id = s.collection_id AND counter.collection_id = k.collection_id)
        SELECT g.collection_id, g.link_id, g.asked, COALESCE(linked.view_count, link.view_count, 0)
        FROM granted g LEFT JOIN link ON link.id = g.link_id LEFT JOIN linked ON linked.id = g.link_id
        """;

    private readonly GroupedWriter<ViewRow> writer;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly TimeSpan gather;
    private readonly Channel<ViewCell> dirty = Channel.CreateUnbounded<ViewCell>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource stopping = new();
    private readonly Task loop;
    private int stopped;

    public ViewWriter(Postgres postgres, TimeProvider time, IOptions<CollectionsOptions> options, ILogger<ViewWriter> log)
    {
        this.time = time;
        this.log = log;
        gather = TimeSpan.FromMilliseconds(options.Value.ViewFlushMilliseconds);
        writer = new(postgres, WriteAll);
        // The loop serves every grain and so belongs to none.
#pragma warning disable RS0030 // It serves every grain and so belongs to none.
        loop = Task.Run(Loop);
#pragma warning restore RS0030
    }

    /// <summary>Counts a view that was given, within a second.</summary>
    public void Count(ViewCell cell)
    {
        if (cell.Add(1))
            dirty.Writer.TryWrite(cell);
    }

    /// <summary>Commits what the cell has gathered, and whatever of it is under way.</summary>
    /// <exception cref="StoreUnavailableException">Not now; the views stay in the cell.</exception>
    public Task Flush(ViewCell cell) => WriteCell(cell, evenNone: true);

    /// <summary>Asks for one view of a capped link. The answer says whether it was committed within the cap.</summary>
    public async Task<ViewRow> Spend(CollectionId collection, LinkId link)
    {
        var row = new ViewRow(collection, link, 0, asks: true, time.Now());
        await writer.Write(row);
        return row;
    }

    public int Waiting => writer.Waiting;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After the silo: what was viewed until then is written.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref stopped, 1) == 1)
            return;
        dirty.Writer.TryComplete();
        await stopping.CancelAsync();
        await loop;
        await writer.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        stopping.Dispose();
    }

    private async Task Loop()
    {
        List<ViewCell> cells = [];
        while (await dirty.Reader.WaitToReadAsync())
        {
            await Task.Delay(gather, time, stopping.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            while (dirty.Reader.TryRead(out var cell))
                cells.Add(cell);
            await Task.WhenAll(cells.ConvertAll(TryWriteCell));
            cells.Clear();
        }
    }

    private async Task TryWriteCell(ViewCell cell)
    {
        try
        {
            await WriteCell(cell, evenNone: false);
        }
        catch (StoreUnavailableException)
        {
            // They are back in the cell and in the queue, if this is not the end.
            CollectionsLog.ViewsWait(log, cell.Collection);
        }
        catch (PostgresException e)
        {
            // The collection was purged meanwhile.
            CollectionsLog.ViewsLost(log, e, cell.Collection);
        }
    }

    private async Task WriteCell(ViewCell cell, bool evenNone)
    {
        var views = cell.Take();
        if (views == 0 && !evenNone)
            return;
        try
        {
            await writer.Write(new(cell.Collection, cell.Link, views, asks: false, time.Now()));
        }
        catch (StoreUnavailableException)
        {
            if (views > 0 && cell.Add(views))
                dirty.Writer.TryWrite(cell);
            throw;
        }
    }

    private static async Task WriteAll(NpgsqlConnection connection, IReadOnlyList<ViewRow> rows)
    {
        var links = rows.GroupBy(row => (row.Collection, row.Link)).ToDictionary(group => (group.Key.Collection.Value, group.Key.Link.Value), group => group.ToList());
        await using var command = connection.Command(
            Statement,
            links.Keys.Select(key => key.Item1).ToArray(),
            links.Keys.Select(key => key.Item2).ToArray(),
            links.Values.Select(group => group.Sum(row => row.Given)).ToArray(),
            links.Values.Select(group => group.LongCount(row => row.Asks)).ToArray(),
            links.Values.Select(group => group.Max(row => row.At)).ToArray());
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var granted = reader.GetInt64(2);
            foreach (var row in links[(reader.GetGuid(0), reader.GetGuid(1))])
            {
                row.LinkViews = reader.GetInt64(3);
                row.Granted = row.Asks && granted-- > 0;
            }
        }
    }
}
