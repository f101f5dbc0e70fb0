using System.Text.Json;
using System.Threading.Channels;
using Dapper;
using GifShare.Media;

namespace GifShare.Grains.Media;

/// <summary>An upload that a reader has taken.</summary>
/// <param name="Attempts">Of this and earlier readers.</param>
/// <param name="ExpectedSha256">As announced; null: not announced.</param>
/// <param name="Found">What an earlier reader found before it was interrupted, as JSON.</param>
public sealed record DueUpload(Guid MediaId, Guid OwnerId, string? Token, string? SourceUrl, long Size, string? ExpectedSha256, int Attempts, string? Found);

/// <summary>
/// The uploads that wait to be read: rows, taken with <c>SKIP LOCKED</c> for a time that their reader renews. One that dies leaves its upload to another
/// one after that time. Announcing wakes the reader of this silo; those of others look every few seconds.
/// </summary>
public sealed class MediaQueue(Postgres postgres, TimeProvider time)
{
    /// <summary>How long an upload is a reader's that has died; living ones renew it.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly Channel<bool> announced = Channel.CreateBounded<bool>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Announce() => announced.Writer.TryWrite(true);

    /// <summary>Waits until something may be due.</summary>
    public async Task Wait(TimeSpan atMost, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(atMost);
        try
        {
            await announced.Reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Time to look.
        }
    }

    /// <summary>Takes the upload that waits longest; null when none is due.</summary>
    public Task<DueUpload?> Take() => postgres.Run(connection => connection.QuerySingleOrDefaultAsync<DueUpload>(
        """
        WITH due AS (SELECT media_id FROM uploads WHERE due_at <= @now ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        UPDATE uploads u SET due_at = @until, attempts = attempts + 1 FROM due, media m WHERE u.media_id = due.media_id AND m.id = due.media_id
        RETURNING u.media_id AS MediaId, m.owner_id AS OwnerId, u.token AS Token, m.source_url AS SourceUrl, m.size AS Size, m.sha256 AS ExpectedSha256, u.attempts AS Attempts,
            u.found::text AS Found
        """,
        new { now = time.GetUtcNow(), until = time.GetUtcNow() + Lease }));

    /// <summary>Keeps an upload until <paramref name="done"/>. If PostgreSQL is away for longer than a lease, another reader may do the same again.</summary>
    public async Task Renew(MediaId id, CancellationToken done)
    {
        using var timer = new PeriodicTimer(Lease / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(done))
                await PutBack(id, Lease, counts: true);
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            // Over, or another reader's from now on.
        }
    }

    /// <summary>Keeps what was found, so that an interrupted reader's successor need not find the staged bytes.</summary>
    public Task Remember(MediaId id, ReadMedia found) => postgres.Run(connection => connection.ExecuteAsync(
        "UPDATE uploads SET found = @found::jsonb WHERE media_id = @id", new { id = id.Value, found = JsonSerializer.Serialize(found, GifShareJson.Default.ReadMedia) }));

    /// <summary>Keeps where the bytes of a fetched file are staged.</summary>
    public Task Staged(MediaId id, string token) => postgres.Run(connection =>
        connection.ExecuteAsync("UPDATE uploads SET token = @token WHERE media_id = @id", new { id = id.Value, token }));

    /// <summary>Puts an upload back, for any reader after a pause.</summary>
    /// <param name="id">Whose.</param>
    /// <param name="pause">Until it is due.</param>
    /// <param name="counts">The reader's attempt stays counted.</param>
    public Task PutBack(MediaId id, TimeSpan pause, bool counts) => postgres.Run(connection => connection.ExecuteAsync(
        "UPDATE uploads SET due_at = @at, attempts = attempts - @back WHERE media_id = @id", new { id = id.Value, at = time.GetUtcNow() + pause, back = counts ? 0 : 1 }));
}
