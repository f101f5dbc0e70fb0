using GifShare.Grains.Database;
using Npgsql;

namespace GifShare.SiloHost;

/// <summary>The truth that events tell of.</summary>
public static class Rows
{
    public const string Table = "CREATE TABLE gifshare.test_happenings (number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, author uuid NOT NULL)";

    internal static Task<long> Add(Postgres postgres, Guid author) => postgres.Run(async connection =>
    {
        await using var command = new NpgsqlCommand("INSERT INTO test_happenings (author) VALUES ($1) RETURNING number", connection) { Parameters = { new() { Value = author } } };
        return (long)(await command.ExecuteScalarAsync())!;
    });

    internal static Task<List<long>> All(Postgres postgres) => postgres.Run(async connection =>
    {
        List<long> numbers = [];
        await using var command = new NpgsqlCommand("SELECT number FROM test_happenings", connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            numbers.Add(reader.GetInt64(0));
        return numbers;
    });
}
