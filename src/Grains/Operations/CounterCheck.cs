using System.Globalization;
using Npgsql;

namespace GifShare.Grains.Operations;

/// <summary>A denormalized counter that differs from its recount.</summary>
public sealed record Difference(string Counter, string Of, long Stored, long Counted)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Counter} of {Of}: {Stored} is stored, {Counted} is counted");
}

/// <summary>A denormalized counter and the query that recounts it. Each feature lists its own.</summary>
/// <param name="Sql">A SELECT of an id (text), what is stored (bigint) and what is counted (bigint).</param>
public sealed record CountedColumn(string Counter, string Sql);

/// <summary>
/// <c>gifshare check</c>: recounts every denormalized counter in one snapshot, so it may run while the product does; views of the
/// last second are in neither number. Read-only.
/// </summary>
internal static class CounterCheck
{
    /// <summary>Maximum of differences reported per counter.</summary>
    private const int Shown = 1000;

    /// <returns>The differences, at most 1,000 per counter.</returns>
    public static async Task<IReadOnlyList<Difference>> Run(string connectionString, IEnumerable<CountedColumn> counters, CancellationToken cancel)
    {
        await using var source = Postgres.Apart(connectionString, "gifshare-check");
        await using var connection = await source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
        List<Difference> differences = [];
        foreach (var (counter, sql) in counters)
        {
            await using var command = new NpgsqlCommand($"SELECT * FROM ({sql}) AS t (id, stored, counted) WHERE stored <> counted ORDER BY id LIMIT {Shown}", connection);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
                differences.Add(new(counter, reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)));
        }

        return differences;
    }
}
