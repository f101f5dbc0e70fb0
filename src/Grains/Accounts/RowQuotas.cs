using GifShare.Accounts;
using Npgsql;

namespace GifShare.Grains.Accounts;

/// <summary>
/// Row quotas of an account. Rows are counted in memory, and recounted in the database before a request is refused: so writes need not update a
/// counter, and rows granted to a failed write become free again. Writes in flight during a recount can exceed a quota
/// (docs/decisions/0027-row-quotas.md).
/// </summary>
internal sealed class RowQuotas(Postgres postgres, AccountsOptions options, TimeProvider time)
{
    /// <summary>Cache time of a count: counting takes up to 0.1 s for the largest accounts, and every request at the limit would repeat it.</summary>
    private static readonly TimeSpan CountsLast = TimeSpan.FromSeconds(2);

    /// <inheritdoc cref="IUserGrain.TakeRows"/>
    public async Task<Result> Take(UserMemory memory, RowCounts rows, bool isBatch)
    {
        var (now, allowance) = (time.GetUtcNow(), memory.Rows);
        if (isBatch && rows.Items > 0 && options.ItemsPerMinute is > 0 and var limit
            && !allowance.ItemsAdded.TryTake(now, limit, (int)Math.Min(rows.Items, int.MaxValue)))
        {
            var wait = allowance.ItemsAdded.ResetSeconds(now);
            return new(new Error(ErrorCode.RateLimited, $"Copies and batches may add {limit:N0} items a minute; try again in {wait} s.", null, wait));
        }

        if (allowance.Counted is null || Full(allowance.Counted, rows) is not null && now - allowance.CountedAt >= CountsLast)
            (allowance.Counted, allowance.CountedAt) = (await Count(memory.Id), now);
        if (Full(allowance.Counted, rows) is { } full)
            return new(full);
        allowance.Counted = allowance.Counted.With(rows);
        return Result.Ok;
    }

    public async Task<RowQuota> Get(UserMemory memory) => new((await Count(memory.Id)).Live, options.Quotas);

    private Error? Full(AccountRows counted, RowCounts rows)
    {
        return Of("collections", static counts => counts.Collections) ?? Of("items in collections", static counts => counts.Items)
            ?? Of("GIFs", static counts => counts.Gifs) ?? Of("links", static counts => counts.Links);

        Error? Of(string name, Func<RowCounts, long> part)
        {
            var (limit, more) = (part(options.Quotas), part(rows));
            if (limit == 0 || more == 0)
                return null;
            return part(counted.Live) + more > limit ? new(ErrorCode.QuotaExceeded, $"An account may have {limit:N0} {name}; delete some first.")
                : part(counted.All) + more > 2 * limit ? new(ErrorCode.QuotaExceeded, $"Your trash is full: it holds {limit:N0} {name}, each for 30 days after it was deleted.")
                : null;
        }
    }

    private Task<AccountRows> Count(UserId id) => postgres.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT c.live, i.live, g.live, l.live, c.total, i.total, g.total, l.total FROM
                (SELECT count(*) AS total, count(*) FILTER (WHERE deleted_at IS NULL) AS live FROM collections WHERE owner_id = @id) c,
                (SELECT count(*) AS total, count(*) FILTER (WHERE removed_at IS NULL AND deleted_at IS NULL) AS live
                 FROM collections JOIN collection_items ON collection_id = collections.id WHERE owner_id = @id) i,
                (SELECT live, live + trashed AS total FROM
                    (SELECT count(*) AS trashed FROM gifs WHERE owner_id = @id AND deleted_at IS NOT NULL) gone,
                    -- Two counts, so that each uses its partial index.
                    (SELECT (SELECT count(*) FROM gifs WHERE owner_id = @id AND deleted_at IS NULL AND url IS NOT NULL)
                        + (SELECT count(*) FROM gifs WHERE owner_id = @id AND deleted_at IS NULL AND object_key IS NOT NULL) AS live) here) g,
                (SELECT count(*) AS total, count(*) FILTER (WHERE revoked_at IS NULL AND deleted_at IS NULL) AS live
                 FROM collections JOIN share_links ON collection_id = collections.id WHERE owner_id = @id) l
            """,
            connection);
        command.Parameters.AddWithValue("id", id.Value);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return new AccountRows(Counts(0), Counts(4));

        RowCounts Counts(int at) => new(row.GetInt64(at), row.GetInt64(at + 1), row.GetInt64(at + 2), row.GetInt64(at + 3));
    });
}

/// <summary>The counted rows of an account plus those granted since, in its grain's memory.</summary>
internal sealed class RowAllowance
{
    /// <summary>Null until counted.</summary>
    public AccountRows? Counted { get; set; }

    public DateTimeOffset CountedAt { get; set; }

    /// <summary>Items added by copies, batches and imports.</summary>
    public SlidingWindow ItemsAdded { get; } = new(TimeSpan.FromMinutes(1));
}

/// <summary>The rows of an account as counted, plus those granted since.</summary>
/// <param name="All">Including the trash.</param>
internal sealed record AccountRows(RowCounts Live, RowCounts All)
{
    public AccountRows With(RowCounts more) => new(Sum(Live, more), Sum(All, more));

    private static RowCounts Sum(RowCounts a, RowCounts b) => new(a.Collections + b.Collections, a.Items + b.Items, a.Gifs + b.Gifs, a.Links + b.Links);
}
