using System.Runtime.InteropServices;
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

    /// <summary>When it was put into the queue; whoever puts it there says so.</summary>
    public long QueuedAt { get; set; }

    /// <summary>True: it was idle and must be queued.</summary>
    public bool Add(long views)
    {
        Interlocked.Add(ref pending, views);
        return Volatile.Read(ref queued) == 0 && Interlocked.Exchange(ref queued, 1) == 0;
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
/// cap are committed before they are given; the others gather for a moment and go in the order they came, some at a time, so that the views
/// of ten thousand collections are a steady trickle and not a wave. It never touches the collections' own rows.
/// </summary>
public sealed class ViewWriter : IHostedService, IAsyncDisposable
{
    /// <summary>Cells in one statement.</summary>
    private const int MostCells = 1_000;

    /// <summary>What is due so soon goes along.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(50);

    private const string Statement =
        """
        WITH input AS (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[]) AS t (collection_id, link_id, given, asked, at)),
        link AS MATERIALIZED (
            SELECT l.id, l.view_count, l.max_views, l.revoked_at, l.expires_at FROM share_links l
            WHERE l.id = ANY($2) ORDER BY l.id FOR NO KEY UPDATE),
        granted AS MATERIALIZED (
            SELECT i.collection_id, i.link_id, i.at, i.given, i.asked AS wanted, (CASE
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
        FROM granted g LEFT JOIN link ON link.id = g.link_id LEFT JOIN linked ON linked.id = g.link_id WHERE g.wanted > 0
        """;

    private readonly GroupedWriter<IReadOnlyList<ViewRow>> writer;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly TimeSpan gather;
    private readonly Channel<ViewCell> dirty = Channel.CreateUnbounded<ViewCell>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock taking = new();
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
            Queue(cell);
    }

    /// <summary>Commits what the cell has gathered, and whatever of it is under way.</summary>
    /// <exception cref="StoreUnavailableException">Not now; the views stay in the cell.</exception>
    public Task Flush(ViewCell cell) => Write([cell]).Written;

    /// <summary>Asks for one view of a capped link. The answer says whether it was committed within the cap.</summary>
    public async Task<ViewRow> Spend(CollectionId collection, LinkId link)
    {
        var row = new ViewRow(collection, link, 0, asks: true, time.Now());
        await writer.Write([row]);
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

    private void Queue(ViewCell cell)
    {
        cell.QueuedAt = time.GetTimestamp();
        dirty.Writer.TryWrite(cell);
    }

    private async Task Loop()
    {
        List<ViewCell> cells = [];
        while (await dirty.Reader.WaitToReadAsync())
        {
            dirty.Reader.TryPeek(out var first);
            if (gather - Age(first!) is { Ticks: > 0 } rest)
                await Task.Delay(rest, time, stopping.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            while (cells.Count < MostCells && dirty.Reader.TryPeek(out var next) && (stopping.IsCancellationRequested || Age(next) + Slack >= gather) && dirty.Reader.TryRead(out var cell))
                cells.Add(cell);
            await TryWrite(cells);
            cells.Clear();
        }
    }

    private TimeSpan Age(ViewCell cell) => time.GetElapsedTime(cell.QueuedAt);

    private async Task TryWrite(List<ViewCell> cells)
    {
        var (rows, written) = Write(cells);
        try
        {
            await written;
        }
        catch (StoreUnavailableException)
        {
            // They are back in their cells and in the queue, if this is not the end.
            CollectionsLog.ViewsWait(log, cells.Count);
        }
        catch (PostgresException e) when (cells.Count == 1)
        {
            // The collection was purged meanwhile.
            CollectionsLog.ViewsLost(log, e, cells[0].Collection);
        }
        catch (PostgresException)
        {
            // One of them; the statement was rolled back whole.
            for (var i = 0; i < cells.Count; i++)
            {
                cells[i].Add(rows[i].Given);
                await TryWrite([cells[i]]);
            }
        }
    }

    /// <summary>Whoever writes later finds these views before its own: taking and queueing is one step.</summary>
    private (ViewRow[] Rows, Task Written) Write(IReadOnlyList<ViewCell> cells)
    {
        lock (taking)
        {
            var now = time.Now();
            var rows = cells.Select(cell => new ViewRow(cell.Collection, cell.Link, cell.Take(), asks: false, now)).ToArray();
            return (rows, PutBackIfAway(writer.Write(rows), cells, rows));
        }
    }

    private async Task PutBackIfAway(Task writing, IReadOnlyList<ViewCell> cells, ViewRow[] rows)
    {
        try
        {
            await writing;
        }
        catch (StoreUnavailableException)
        {
            for (var i = 0; i < rows.Length; i++)
                if (rows[i].Given > 0 && cells[i].Add(rows[i].Given))
                    Queue(cells[i]);
            throw;
        }
    }

    private static async Task WriteAll(NpgsqlConnection connection, IReadOnlyList<IReadOnlyList<ViewRow>> groups)
    {
        // PostgreSQL updates a row once per statement: rows of the same link become one.
        Dictionary<(Guid, Guid), int> places = [];
        List<Guid> collections = [], links = [];
        List<long> given = [], asked = [];
        List<DateTimeOffset> at = [];
        foreach (var row in groups.SelectMany(group => group))
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, (row.Collection.Value, row.Link.Value), out var isKnown);
            if (!isKnown)
            {
                place = collections.Count;
                collections.Add(row.Collection.Value);
                links.Add(row.Link.Value);
                given.Add(0);
                asked.Add(0);
                at.Add(row.At);
            }

            given[place] += row.Given;
            asked[place] += row.Asks ? 1 : 0;
            at[place] = row.At > at[place] ? row.At : at[place];
        }

        await using var command = connection.OverArrays(Statement, collections, links, given, asked, at);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (key, granted) = ((reader.GetGuid(0), reader.GetGuid(1)), reader.GetInt64(2));
            foreach (var row in groups.SelectMany(group => group))
                if (row.Asks && (row.Collection.Value, row.Link.Value) == key)
                    (row.LinkViews, row.Granted) = (reader.GetInt64(3), granted-- > 0);
        }
    }
}
