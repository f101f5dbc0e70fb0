using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>A request for one view of a capped link.</summary>
public sealed class AskedView(CollectionId collection, LinkId link, DateTimeOffset at)
{
    public CollectionId Collection => collection;
    public LinkId Link => link;
    public DateTimeOffset At => at;

    /// <summary>Set by the write: the view is committed and the page may be given.</summary>
    public bool IsGranted { get; set; }

    /// <summary>Set by the write: the link's view count.</summary>
    public long LinkViews { get; set; }
}

/// <summary>
/// Writes all views of a silo. Views of uncapped links are buffered and written together, so a crash loses less than a second of them; a view of a
/// capped link is committed before the page is given. Views never touch the collections' own rows. Every write first locks the counters of its
/// collections in id order, and thereby their links (each belongs to one collection), so silos cannot deadlock.
/// </summary>
public sealed class ViewWriter : IHostedService, IAsyncDisposable
{
    /// <summary>Links and collections per transaction; more would hold row locks longer.</summary>
    private const int MostAtOnce = 1_000;

    /// <summary>Buffers that a burst made larger than this are not kept.</summary>
    private const int MostKept = 50_000;

    private const string LockCounters = "SELECT FROM collection_counters WHERE collection_id = ANY($1) ORDER BY collection_id FOR NO KEY UPDATE";

    private const string LockLinks = "SELECT id, view_count, max_views, revoked_at, expires_at FROM share_links WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";

    private const string AddToLinks =
        """
        UPDATE share_links l SET view_count = l.view_count + t.views, last_viewed_at = GREATEST(l.last_viewed_at, $3)
        FROM unnest($1::uuid[], $2::bigint[]) AS t (id, views) WHERE l.id = t.id
        """;

    /// <summary>The join drops views of collections that were purged meanwhile.</summary>
    private const string AddToDays =
        """
        INSERT INTO collection_views AS v (collection_id, link_id, day, views)
        SELECT t.collection_id, t.link_id, ($4::timestamptz AT TIME ZONE 'UTC')::date, t.views
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS t (collection_id, link_id, views) JOIN collection_counters k USING (collection_id)
        ORDER BY 1, 2 ON CONFLICT (collection_id, link_id, day) DO UPDATE SET views = v.views + EXCLUDED.views
        """;

    private const string AddToCounters =
        """
        UPDATE collection_counters k SET view_count = k.view_count + s.views
        FROM (SELECT id, sum(views) AS views FROM unnest($1::uuid[], $2::bigint[]) AS t (id, views) GROUP BY id) s WHERE k.collection_id = s.id
        """;

    private readonly Postgres postgres;
    private readonly GroupedWriter<AskedView> capped;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly PeriodicTimer timer;
    private readonly Task loop;
    private readonly Lock gate = new();
    private Dictionary<(CollectionId Collection, LinkId Link), long> gathered = [];
    private Dictionary<(CollectionId Collection, LinkId Link), long> emptied = [];
    private readonly List<KeyValuePair<(CollectionId Collection, LinkId Link), long>> views = [];
    private Task writing = Task.CompletedTask;
    private Task? next;
    private int stopped;

    public ViewWriter(Postgres postgres, TimeProvider time, IOptions<CollectionsOptions> options, ILogger<ViewWriter> log)
    {
        (this.postgres, this.time, this.log) = (postgres, time, log);
        capped = new(postgres, WriteAsked);
        timer = new(TimeSpan.FromMilliseconds(options.Value.ViewFlushMilliseconds), time);
#pragma warning disable RS0030 // Serves all grains, so it must run on no grain's scheduler.
        loop = Task.Run(Loop);
#pragma warning restore RS0030
    }

    /// <summary>Queued views of capped links.</summary>
    public int Waiting => capped.Waiting;

    /// <summary>Buffers a view that was given; it is written within a second.</summary>
    /// <param name="link">Empty for a view of the collection itself.</param>
    public void Count(CollectionId collection, LinkId link)
    {
        lock (gate)
            CollectionsMarshal.GetValueRefOrAddDefault(gathered, (collection, link), out _)++;
    }

    /// <summary>Commits all views counted before the call. Calls during a write share the next one.</summary>
    /// <exception cref="StoreUnavailableException">Not written; the views stay buffered.</exception>
    public Task Flush()
    {
        lock (gate)
        {
            if (gathered.Count == 0 && writing.IsCompletedSuccessfully && next is null)
                return Task.CompletedTask;
            var before = writing;
#pragma warning disable RS0030 // Shared by all callers, so it must not run on the first caller's scheduler.
            return next ??= Task.Run(() => WriteAfter(before));
#pragma warning restore RS0030
        }
    }

    private async Task WriteAfter(Task before)
    {
        await before.ContinueWith(static _ => { }, TaskScheduler.Default);
        lock (gate)
        {
            (writing, next) = (next!, null);
            (gathered, emptied) = (emptied, gathered);
        }

        Sort();
        for (var (written, alone) = (0, 0); written < views.Count;)
        {
            var (count, at) = (written < alone ? 1 : Math.Min(MostAtOnce, views.Count - written), time.Now());
            var part = views.GetRange(written, count);
            try
            {
                await postgres.InTransaction(connection => Add(connection, part, at));
            }
            catch (PostgresException) when (count > 1)
            {
                // One refused view must not block the others: retry this rolled-back part one by one.
                alone = written + count;
                continue;
            }
            catch (PostgresException e)
            {
                CollectionsLog.ViewsLost(log, e, views[written].Key.Item1);
            }
            catch
            {
                PutBack(CollectionsMarshal.AsSpan(views)[written..]);
                throw;
            }

            written += count;
        }
    }

    /// <summary>
    /// Moves the buffered views into <see cref="views"/>, in the order of ids, which is about the order of rows: PostgreSQL then visits each of its
    /// blocks once. Both buffers are kept for the next write: ten thousand links fill half a megabyte of each.
    /// </summary>
    private void Sort()
    {
        views.Clear();
        if (views.Capacity > MostKept)
            views.Capacity = 0;
        views.AddRange(emptied);
        if (emptied.Count > MostKept)
            emptied = [];
        emptied.Clear();
        views.Sort(static (a, b) => a.Key.Collection.Value.CompareTo(b.Key.Collection.Value) is var order and not 0 ? order : a.Key.Link.Value.CompareTo(b.Key.Link.Value));
    }

    /// <summary>Requests one view of a capped link; the result says whether it was committed within the cap.</summary>
    public async Task<AskedView> Spend(CollectionId collection, LinkId link)
    {
        var view = new AskedView(collection, link, time.Now());
        await capped.Write(view);
        return view;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after the silo has stopped: writes the remaining views.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref stopped, 1) == 1)
            return;
        timer.Dispose();
        await loop;
        await TryFlush();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await capped.DisposeAsync();
    }

    private async Task Loop()
    {
        while (await timer.WaitForNextTickAsync())
            await TryFlush();
    }

    private async Task TryFlush()
    {
        try
        {
            await Flush();
        }
        catch (StoreUnavailableException)
        {
            CollectionsLog.ViewsWait(log, gathered.Count);
        }
    }

    private void PutBack(ReadOnlySpan<KeyValuePair<(CollectionId, LinkId), long>> views)
    {
        lock (gate)
            foreach (var (key, count) in views)
                CollectionsMarshal.GetValueRefOrAddDefault(gathered, key, out _) += count;
    }

    private static async Task Add(NpgsqlConnection connection, IReadOnlyCollection<KeyValuePair<(CollectionId Collection, LinkId Link), long>> views, DateTimeOffset at)
    {
        var collections = views.Select(view => view.Key.Collection.Value).ToArray();
        var links = views.Select(view => view.Key.Link.Value).ToArray();
        var counts = views.Select(view => view.Value).ToArray();
        await using var batch = connection.OverArrays(
            (LockCounters, [collections]), (AddToLinks, [links, counts, at]), (AddToDays, [collections, links, counts, at]), (AddToCounters, [collections, counts]));
        await batch.ExecuteNonQueryAsync();
    }

    private static async Task WriteAsked(NpgsqlConnection connection, IReadOnlyList<AskedView> asked)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        var links = (await LockAndRead(connection, asked)).ToDictionary(link => link.Id);
        Dictionary<(CollectionId, LinkId), long> granted = [];
        foreach (var view in asked)
        {
            var link = links.GetValueOrDefault(view.Link.Value);
            if (view.IsGranted = link?.MayGive(view.At) == true)
            {
                link!.Views++;
                CollectionsMarshal.GetValueRefOrAddDefault(granted, (view.Collection, view.Link), out _)++;
            }

            view.LinkViews = link?.Views ?? 0;
        }

        if (granted.Count > 0)
            await Add(connection, granted, asked.Max(view => view.At));
        await transaction.CommitAsync();
    }

    private static async Task<List<CappedLink>> LockAndRead(NpgsqlConnection connection, IReadOnlyList<AskedView> asked)
    {
        await using var batch = connection.OverArrays(
            (LockCounters, [asked.Select(view => view.Collection.Value).Distinct().ToArray()]), (LockLinks, [asked.Select(view => view.Link.Value).Distinct().ToArray()]));
        await using var reader = await batch.ExecuteReaderAsync();
        return await reader.NextRows(row => new CappedLink(row.GetGuid(0), row.Long(2), row.TimeOrNull(3), row.TimeOrNull(4)) { Views = row.GetInt64(1) });
    }

    private sealed record CappedLink(Guid Id, long? MaxViews, DateTimeOffset? RevokedAt, DateTimeOffset? ExpiresAt)
    {
        public long Views { get; set; }

        /// <summary>Grants a view also when the cap was removed meanwhile.</summary>
        public bool MayGive(DateTimeOffset at) => RevokedAt is null && !(ExpiresAt <= at) && (MaxViews is null || Views < MaxViews);
    }
}
