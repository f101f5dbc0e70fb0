using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dapper;
using Npgsql;

namespace GifShare.Grains.Requests;

/// <summary>
/// Stores the result of a request under its Idempotency-Key, in the transaction of the request's effect. A retry replays it: the frontend maps the
/// stored result to HTTP as it mapped the first one.
/// </summary>
public sealed class Idempotency(Postgres postgres, MasterKey master, TimeProvider time)
{
    private static readonly TimeSpan AnswerLife = TimeSpan.FromHours(24);

    private readonly SecretBox seal = new(master, "idempotency");

    /// <summary>Stores the result. Must be called in the effect's transaction. Does nothing without a ticket.</summary>
    public async Task Store<T>(NpgsqlConnection connection, IdempotencyTicket? ticket, T result, JsonTypeInfo<T> type)
    {
        if (ticket is not null)
            await Insert(connection, ticket, JsonSerializer.SerializeToUtf8Bytes(result, type));
    }

    /// <summary>The encrypted answer, for statements that insert the row themselves (group commit of adds).</summary>
    public byte[] SealAnswer<T>(IdempotencyTicket ticket, T result, JsonTypeInfo<T> type) =>
        seal.Close(JsonSerializer.SerializeToUtf8Bytes(result, type), Identity(ticket));

    /// <summary>The stored answer for this ticket's key, if any. Deletes a row older than 24 hours.</summary>
    public async Task<IdempotencyAnswer> Find(IdempotencyTicket ticket)
    {
        var oldest = time.GetUtcNow() - AnswerLife;
        var known = await postgres.Run(async connection =>
        {
            await using var command = new NpgsqlCommand(
                """
                DELETE FROM idempotency_keys WHERE user_id = @user AND scope = @scope AND created_at < @oldest;
                SELECT request_hash, answer FROM idempotency_keys WHERE user_id = @user AND scope = @scope
                """,
                connection);
            command.Parameters.AddWithValue("user", ticket.User.Value);
            command.Parameters.AddWithValue("scope", ticket.Scope);
            command.Parameters.AddWithValue("oldest", oldest);
            await using var row = await command.ExecuteReaderAsync();
            return await row.ReadAsync() ? (Hash: row.GetString(0), Answer: (byte[])row[1]) : default((string Hash, byte[] Answer)?);
        });
        return known is not { } row ? new(IdempotencyState.Fresh)
            : row.Hash == ticket.RequestHash ? new(IdempotencyState.Done, seal.Open(row.Answer, Identity(ticket)))
            : new(IdempotencyState.OtherRequest);
    }

    /// <summary>Of two effects with one key, the second waits, then violates the unique index (<see cref="Postgres.IsDoneTwice"/>).</summary>
    private Task<int> Insert(NpgsqlConnection connection, IdempotencyTicket ticket, ReadOnlyMemory<byte> answer) =>
        connection.ExecuteAsync(
            """
            INSERT INTO idempotency_keys (user_id, scope, request_hash, answer, created_at)
            VALUES (@user, @scope, @hash, @answer, @now)
            """,
            new
            {
                user = ticket.User.Value,
                scope = ticket.Scope,
                hash = ticket.RequestHash,
                answer = seal.Close(answer.Span, Identity(ticket)),
                now = time.GetUtcNow(),
            });

    private static string Identity(IdempotencyTicket ticket) => $"{ticket.User}/{ticket.Scope}";
}
