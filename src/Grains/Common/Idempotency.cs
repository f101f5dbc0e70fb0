using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dapper;
using Npgsql;

namespace GifShare.Grains;

/// <summary>
/// Stores the result of an effect with its Idempotency-Key, in the effect's transaction. The frontend replays it by mapping the stored
/// result to HTTP exactly as it mapped the first one.
/// </summary>
public sealed class Idempotency(MasterKey master, TimeProvider time)
{
    private readonly Seal seal = new(master, "idempotency");

    /// <summary>Call it inside the transaction that has the effect. Does nothing without a ticket.</summary>
    public async Task Store<T>(NpgsqlConnection connection, IdempotencyTicket? ticket, T result, JsonTypeInfo<T> type)
    {
        if (ticket is not null)
            await Insert(connection, ticket, JsonSerializer.SerializeToUtf8Bytes(result, type), isRefusal: false);
    }

    /// <summary>The parameters of a row for statements that insert it themselves, such as a grouped one.</summary>
    public byte[] SealAnswer<T>(IdempotencyTicket ticket, T result, JsonTypeInfo<T> type) =>
        seal.Close(JsonSerializer.SerializeToUtf8Bytes(result, type), Identity(ticket));

    public byte[] Open(IdempotencyTicket ticket, byte[] answer) => seal.Open(answer, Identity(ticket));

    // A refusal after the effect was committed changes nothing: the first answer stays. A second effect must fail on the row.
    public Task Insert(NpgsqlConnection connection, IdempotencyTicket ticket, ReadOnlyMemory<byte> answer, bool isRefusal) =>
        connection.ExecuteAsync(
            $"""
            INSERT INTO idempotency_keys (user_id, scope, request_hash, answer, is_refusal, created_at)
            VALUES (@user, @scope, @hash, @answer, @isRefusal, @now)
            {(isRefusal ? "ON CONFLICT DO NOTHING" : "")}
            """,
            new
            {
                user = ticket.User.Value,
                scope = ticket.Scope,
                hash = ticket.RequestHash,
                answer = seal.Close(answer.Span, Identity(ticket)),
                isRefusal,
                now = time.GetUtcNow(),
            });

    private static string Identity(IdempotencyTicket ticket) => $"{ticket.User}/{ticket.Scope}";
}
