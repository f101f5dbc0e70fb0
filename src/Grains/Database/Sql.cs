using Npgsql;

namespace GifShare.Grains.Database;

/// <summary>Commands with positional parameters ($1, $2, …) and readers of nullable columns.</summary>
internal static class Sql
{
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string text, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlCommand(text, connection);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        return command;
    }

    /// <summary>
    /// A statement over array parameters that looks up each element by an index, with a generic plan per connection: by default PostgreSQL
    /// plans such a statement for each set of arrays, which took longer than writing one row (550 µs against 250 µs, measured). A plan made while
    /// tables were small stays in use until autovacuum analyzes them.
    /// </summary>
    public static NpgsqlBatch OverArrays(this NpgsqlConnection connection, string text, params object?[] values) => connection.OverArrays((text, values));

    /// <summary>Several such statements in one round trip.</summary>
    public static NpgsqlBatch OverArrays(this NpgsqlConnection connection, params ReadOnlySpan<(string Text, object?[] Values)> statements)
    {
        var commands = new NpgsqlBatchCommand[statements.Length];
        for (var i = 0; i < statements.Length; i++)
        {
            commands[i] = new(statements[i].Text);
            foreach (var value in statements[i].Values)
                commands[i].Parameters.Add(new() { Value = value ?? DBNull.Value });
        }

        return connection.PlannedOnce(commands);
    }

    /// <summary>Forces a generic plan for these statements. The batch is one transaction, and the setting ends with it.</summary>
    private static NpgsqlBatch PlannedOnce(this NpgsqlConnection connection, params ReadOnlySpan<NpgsqlBatchCommand> statements)
    {
        var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new("SET plan_cache_mode = force_generic_plan"));
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement);
        batch.BatchCommands.Add(new("RESET plan_cache_mode"));
        return batch;
    }

    public static async Task<int> Execute(this NpgsqlConnection connection, string text, params object?[] values)
    {
        await using var command = connection.Command(text, values);
        return await command.ExecuteNonQueryAsync();
    }

    public static async Task<List<T>> Query<T>(this NpgsqlConnection connection, string text, object?[] values, Func<NpgsqlDataReader, T> read)
    {
        await using var command = connection.Command(text, values);
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.Rows(read);
    }

    /// <summary>
    /// Several statements with the same parameter in one round trip, with generic plans; read with <see cref="Rows"/>, then <see cref="NextRows"/>.
    /// </summary>
    public static NpgsqlBatch Batch(this NpgsqlConnection connection, object value, params ReadOnlySpan<string> texts)
    {
        var statements = new NpgsqlBatchCommand[texts.Length];
        for (var i = 0; i < texts.Length; i++)
            statements[i] = new(texts[i]) { Parameters = { new NpgsqlParameter { Value = value } } };
        return connection.PlannedOnce(statements);
    }

    public static async Task<List<T>> Rows<T>(this NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read)
    {
        List<T> rows = [];
        while (await reader.ReadAsync())
            rows.Add(read(reader));
        return rows;
    }

    public static async Task<List<T>> NextRows<T>(this NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read)
    {
        await reader.NextResultAsync();
        return await reader.Rows(read);
    }

    public static string? Text(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static Guid? Id(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);

    public static long? Long(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    public static DateTimeOffset Time(this NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    public static DateTimeOffset? TimeOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    /// <summary>The current time in whole milliseconds, the precision of the API, so that memory and rows are equal.</summary>
    public static DateTimeOffset Now(this TimeProvider time)
    {
        var now = time.GetUtcNow();
        return new(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
    }
}
