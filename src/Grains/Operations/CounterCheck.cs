using System.Globalization;
using Npgsql;

namespace GifShare.Grains.Operations;

/// <summary>A counter that is not what its rows say.</summary>
public sealed record Difference(string Counter, string Of, long Stored, long Counted)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Counter} of {Of}: {Stored} is stored, {Counted} is counted");
}

/// <summary>A counter, and how it is recounted. Each feature lists its own.</summary>
/// <param name="Sql">A SELECT of an id (text), what is stored (bigint) and what is counted (bigint).</param>
public sealed record CountedColumn(string Counter, string Sql);

/// <summary>
/// <c>gifshare check</c>: recounts everything that is counted. All of it in one snapshot, so it may run while the product does; only views
/// of the last second are in neither. Changes nothing.
/// </summary>
internal static class CounterCheck
{
    /// <summary>Differences shown per counter at most.</summary>
    private const int Shown = 1000;

    /// <returns>Differences, at most 1,000 of each counter.</returns>
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
