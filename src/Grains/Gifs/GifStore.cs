using Dapper;
using GifShare.Gifs;
using GifShare.Grains.Objects;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>
/// The SQL of a gif's row. A change is one transaction: the row, the owner's storage, and the stored answer of an idempotent request. It
/// locks the row before checking it, and fails with <see cref="OvertakenException"/> if the row's revision is not the one the grain knows
/// (docs/decisions/0022-zombies.md).
/// </summary>
public sealed class GifStore(Postgres postgres, GifVisibility visibility, StorageQuota quota, GifAnswers answers, TimeProvider time)
{
    private static readonly Error NotYours = Error.Forbidden("Only its owner can change a gif.");
    private static readonly Error AgainThere = Error.Conflict("You have added this gif again meanwhile, and it can exist only once.");

    public async Task<Result<Gif>> Get(GifId id, UserId? caller, ViaLink? via)
    {
        var visible = await postgres.Run(connection => visibility.LoadVisible(connection, [id], caller, via));
        return visible.TryGetValue(id, out var card) ? answers.Show(card) : Error.NotFound;
    }

    /// <param name="id">The gif.</param>
    /// <param name="caller">Refused unless the owner.</param>
    /// <param name="patch">The changes.</param>
    /// <param name="expected">Compare-and-set: values that the row must still have, or null.</param>
    /// <param name="known">The revision this activation wrote last, or null. The result has the new one.</param>
    public Task<(Result<Gif> Result, long? Revision)> Update(GifId id, UserId caller, CheckedGifPatch patch, GifPatch? expected, long? known) =>
        postgres.InTransaction<(Result<Gif>, long?)>(async connection =>
        {
            var row = await OwnRow(connection, id, caller, known);
            if (await Refusal(connection, id, caller, row) is { } refusal)
                return (refusal, null);
            // A gif without a live owner: the account was deleted meanwhile.
            if (!(await GifCards.Load(connection, [id])).TryGetValue(id, out var card))
                return (Error.NotFound, null);
            var now = new GifTexts(card.Title, card.AltText, card.Tags, card.Rating);
            if (expected is not null && !now.Holds(expected))
                return (Error.VersionMismatch, null);
            var texts = patch.Apply(now);
            await connection.ExecuteAsync(
                """
                UPDATE gifs SET title = @Title, alt_text = @AltText, tags = @tags, rating = @Rating, updated_at = @now, revision = revision + 1
                WHERE id = @id
                """,
                new { texts.Title, texts.AltText, tags = texts.Tags.ToArray(), texts.Rating, now = time.GetUtcNow(), id = id.Value });
            return (answers.Show(card with { Title = texts.Title, AltText = texts.AltText, Tags = texts.Tags, Rating = texts.Rating }), row!.Revision + 1);
        });

    /// <returns>The refusal; whether the gif is deleted, now or before, and followers must be notified; the new revision.</returns>
    public Task<(Error? Refusal, bool IsGone, long? Revision)> Delete(GifId id, UserId caller, long? known) =>
        postgres.InTransaction<(Error?, bool, long?)>(async connection =>
        {
            var row = await OwnRow(connection, id, caller, known);
            if (await Refusal(connection, id, caller, row) is { } refusal)
                return (refusal, row is not null, null);
            await connection.ExecuteAsync(
                "UPDATE gifs SET deleted_at = @now, telling_due = true, revision = revision + 1 WHERE id = @id", new { now = time.GetUtcNow(), id = id.Value });
            if (row!.Bytes is { } bytes)
                await StorageQuota.GiveBack(connection, caller, bytes);
            return (null, true, row.Revision + 1);
        });

    public async Task<(Result<Gif> Result, long? Revision)> Restore(GifId id, UserId caller, IdempotencyTicket? ticket, long? known)
    {
        try
        {
            return await postgres.InTransaction<(Result<Gif>, long?)>(async connection =>
            {
                if (ObjectKey.TryParse(await connection.QuerySingleOrDefaultAsync<string?>("SELECT object_key FROM gifs WHERE id = @id", new { id = id.Value }), out var key))
                    await ObjectKeeper.Lock(connection, key);
                if (await OwnRow(connection, id, caller, known) is not { } row)
                    return (await Refusal(connection, id, caller, null) ?? Error.NotFound, null);
                if (row.DeletedAt is { } deletedAt)
                {
                    if (deletedAt <= (time.GetUtcNow() - GifRules.UndoWindow).UtcDateTime)
                        return (Error.NotFound, null);
                    if (row.Bytes is { } bytes && !await quota.Take(connection, caller, [bytes]))
                        return (StorageQuota.Exceeded, null);
                    await GifCopier.BringBack(connection, id.Value);
                }

                return (await answers.Restored(connection, id, ticket), row.DeletedAt is null ? row.Revision : row.Revision + 1);
            });
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "gifs_owner_url" or "gifs_owner_object" })
        {
            return (AgainThere, null);
        }
    }

    /// <summary>The row's revision while followers have yet to be notified of a deletion or restore; null when none is pending.</summary>
    public Task<long?> TellingDue(GifId id) => postgres.Run(connection =>
        connection.ExecuteScalarAsync<long?>("SELECT revision FROM gifs WHERE id = @id AND telling_due", new { id = id.Value }));

    /// <summary>Marks the notification complete; false when the gif was deleted or restored again meanwhile.</summary>
    public Task<bool> Told(GifId id, long known) => postgres.Run(async connection => await connection.ExecuteAsync(
        "UPDATE gifs SET telling_due = false, revision = revision + 1 WHERE id = @id AND revision = @known", new { id = id.Value, known }) == 1);

    /// <summary>Null when the caller owns the gif and it is not deleted.</summary>
    private async Task<Error?> Refusal(NpgsqlConnection connection, GifId id, UserId caller, OwnedRow? own)
    {
        if (own is { DeletedAt: null })
            return null;
        return (await visibility.LoadVisible(connection, [id], caller, via: (ViaLink?)null)).ContainsKey(id) ? NotYours : Error.NotFound;
    }

    private static async Task<OwnedRow?> OwnRow(NpgsqlConnection connection, GifId id, UserId caller, long? known)
    {
        var row = await connection.QuerySingleOrDefaultAsync<OwnedRow>(
            "SELECT deleted_at AS DeletedAt, object_key AS ObjectKey, size AS Size, revision AS Revision FROM gifs WHERE id = @id AND owner_id = @caller FOR UPDATE",
            new { id = id.Value, caller = caller.Value });
        OvertakenException.Unless(row is null || known is null || row.Revision == known);
        return row;
    }

    private sealed record OwnedRow(DateTime? DeletedAt, string? ObjectKey, long? Size, long Revision)
    {
        public HeldBytes? Bytes => ObjectKey is null ? null : new(ObjectKey, Size ?? 0);
    }
}
