using System.Data;
using Npgsql;

namespace GifShare.Grains.Tests.Database;

/// <summary>Executes a query as Orleans' AdoNet providers do: text from OrleansQuery by key, parameters bound by name and DbType, unused ones included.</summary>
internal static class StoredQuery
{
    public static async Task<List<Dictionary<string, object?>>> RowsAsync(
        NpgsqlDataSource source, string key, Dictionary<string, object?> parameters, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var lookup = new NpgsqlCommand("SELECT QueryText FROM OrleansQuery WHERE QueryKey = $1", connection) { Parameters = { new() { Value = key } } };
        var text = (string)(await lookup.ExecuteScalarAsync(cancellationToken))!;
        await using var command = connection.CreateCommand();
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            parameter.DbType = TypeOf(name);
            command.Parameters.Add(parameter);
        }

        command.CommandText = text;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<Dictionary<string, object?>> rows = [];
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => reader.IsDBNull(i) ? null : reader.GetValue(i)));
        return rows;
    }

    private static DbType TypeOf(string parameter) => parameter switch
    {
        "IAmAliveTime" or "StartTime" => DbType.DateTime,
        "GrainIdN0" or "GrainIdN1" or "MessageId" => DbType.Int64,
        "PayloadBinary" or "Payload" => DbType.Binary,
        "Port" or "Generation" or "Status" or "ProxyPort" or "Version" or "GrainIdHash" or "GrainTypeHash" or "GrainStateVersion"
            or "ExpiryTimeout" or "MaxCount" or "MaxAttempts" or "VisibilityTimeout" or "RemovalTimeout" or "EvictionInterval" or "EvictionBatchSize" => DbType.Int32,
        _ => DbType.String,
    };
}
