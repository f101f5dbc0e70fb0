using Npgsql;

namespace GifShare.Grains.Tests.Database;

/// <summary>The stored queries of AdoNet streams, executed as the provider does (<see cref="StoredQuery"/>): a queue that hands out, confirms and cleans up.</summary>
public sealed class OrleansStreamQueriesTests : IAsyncLifetime
{
    private const int MaxAttempts = 2;

    /// <summary>Each test has its own: it counts all messages that there are.</summary>
    private readonly StoredQueryDatabase database = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private NpgsqlDataSource Source => database.Source;

    public ValueTask InitializeAsync() => database.InitializeAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task Messages_are_handed_out_in_order_up_to_the_number_asked_for_and_are_then_hidden()
    {
        long[] ids = [await QueueAsync(1), await QueueAsync(2), await QueueAsync(3)];
        Assert.Equal(ids.Order(), ids);

        var first = await GetAsync(maxCount: 2);
        Assert.Equal(ids[..2], Ids(first).Order());
        var message = first.Single(row => (long)row["messageid"]! == ids[0]);
        Assert.Equal(("gifshare", "Streams", "q", 1), ((string)message["serviceid"]!, (string)message["providerid"]!, (string)message["queueid"]!, (int)message["dequeued"]!));
        Assert.Equal(new byte[] { 1 }, message["payload"]);
        Assert.All(["visibleon", "expireson", "createdon", "modifiedon"], column => Assert.Equal(DateTimeKind.Utc, ((DateTime)message[column]!).Kind));
        Assert.Equal(ids[2..], Ids(await GetAsync()));
        Assert.Empty(await GetAsync());
    }

    [Fact]
    public async Task Queues_do_not_see_each_other()
    {
        await QueueAsync(1);
        var other = Queue();
        other["QueueId"] = "another";
        Assert.Empty(await RowsAsync("GetStreamMessagesKey", Reading(other, maxCount: 10)));
        Assert.Single(await GetAsync());
    }

    [Fact]
    public async Task Receivers_that_ask_at_once_never_get_the_same_message()
    {
        for (var i = 0; i < 40; i++)
            await QueueAsync(1);
        var got = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => GetAsync(maxCount: 10)));
        var ids = got.SelectMany(Ids).ToArray();
        Assert.Equal(ids.Distinct().Count(), ids.Length);
    }

    [Fact]
    public async Task A_message_is_confirmed_only_on_its_last_receipt()
    {
        var id = await QueueAsync(1);
        await GetAsync(visible: 0);
        await GetAsync();

        Assert.Empty(await ConfirmAsync($"{id}:1"));
        Assert.Equal([id], Ids(await ConfirmAsync($"{id}:2|{id + 1000}:1")));
        Assert.Empty(await ConfirmAsync($"{id}:2"));
        Assert.Equal((0, 0), await CountsAsync());
    }

    [Fact]
    public async Task A_receiver_that_stops_gives_back_what_it_did_not_deliver()
    {
        var id = await QueueAsync(1);
        await GetAsync();

        Assert.Empty(await ConfirmAsync($"{id}:-7"));
        Assert.Empty(await GetAsync());
        Assert.Equal([id], Ids(await ConfirmAsync($"{id}:-1")));
        Assert.Equal(2, Assert.Single(await GetAsync())["dequeued"]);
    }

    [Fact]
    public async Task What_failed_is_handed_out_again_and_in_the_end_is_a_dead_letter()
    {
        var id = await QueueAsync(1);
        await GetAsync();
        await FailAsync(id);
        Assert.Single(await GetAsync());
        await FailAsync(id);

        Assert.Empty(await GetAsync());
        Assert.Equal((0, 1), await CountsAsync());
    }

    [Fact]
    public async Task Cleaning_takes_what_is_too_old_or_was_tried_too_often_and_forgets_dead_letters()
    {
        await QueueAsync(1, expires: -1);
        await QueueAsync(2);
        await GetAsync(visible: 0);
        await GetAsync(visible: 0);
        // The queue's first reading took the turn for an hour.
        await GetAsync();
        Assert.Equal((1, 1), await CountsAsync());

        await DueAsync();
        Assert.Empty(await GetAsync(removal: -1));
        Assert.Equal((0, 2), await CountsAsync());
        await DueAsync();
        await GetAsync();
        Assert.Equal((0, 1), await CountsAsync());
    }

    [Fact]
    public async Task The_two_queries_that_only_clean_do_the_same()
    {
        await QueueAsync(1, expires: -1);
        var cleaning = Queue();
        (cleaning["MaxCount"], cleaning["MaxAttempts"], cleaning["RemovalTimeout"]) = (10, MaxAttempts, -1);
        await RowsAsync("EvictStreamMessagesKey", cleaning);
        Assert.Equal((0, 1), await CountsAsync());
        var forgetting = Queue();
        forgetting["MaxCount"] = 10;
        await RowsAsync("EvictStreamDeadLettersKey", forgetting);
        Assert.Equal((0, 0), await CountsAsync());
    }

    [Fact]
    public async Task Looking_into_an_empty_queue_writes_nothing()
    {
        await GetAsync();
        await using var connection = await Source.OpenConnectionAsync(Token);
        var text = (string)(await ScalarAsync("SELECT QueryText FROM OrleansQuery WHERE QueryKey = 'GetStreamMessagesKey'"))!;
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var reading = new NpgsqlCommand(text, connection))
        {
            foreach (var (name, value) in Reading(Queue(), maxCount: 10))
                reading.Parameters.AddWithValue(name, value!);
            await using var reader = await reading.ExecuteReaderAsync(Token);
            Assert.False(await reader.ReadAsync(Token));
        }

        await using var asking = new NpgsqlCommand("SELECT pg_current_xact_id_if_assigned() IS NULL", connection);
        Assert.True((bool)(await asking.ExecuteScalarAsync(Token))!);
    }

    private static Dictionary<string, object?> Queue() => new() { ["ServiceId"] = "gifshare", ["ProviderId"] = "Streams", ["QueueId"] = "q" };

    private static Dictionary<string, object?> Reading(Dictionary<string, object?> queue, int maxCount, int visible = 60, int removal = 3600) => new(queue)
    {
        ["MaxCount"] = maxCount,
        ["MaxAttempts"] = MaxAttempts,
        ["VisibilityTimeout"] = visible,
        ["RemovalTimeout"] = removal,
        ["EvictionInterval"] = 3600,
        ["EvictionBatchSize"] = 1000,
    };

    private static long[] Ids(List<Dictionary<string, object?>> rows) => [.. rows.Select(row => (long)row["messageid"]!)];

    private async Task<long> QueueAsync(byte payload, int expires = 600)
    {
        var message = Queue();
        (message["Payload"], message["ExpiryTimeout"]) = (new[] { payload }, expires);
        return Ids(await RowsAsync("QueueStreamMessageKey", message)).Single();
    }

    private Task<List<Dictionary<string, object?>>> GetAsync(int maxCount = 10, int visible = 60, int removal = 3600) =>
        RowsAsync("GetStreamMessagesKey", Reading(Queue(), maxCount, visible, removal));

    private Task<List<Dictionary<string, object?>>> ConfirmAsync(string items)
    {
        var confirmation = Queue();
        confirmation["Items"] = items;
        return RowsAsync("ConfirmStreamMessagesKey", confirmation);
    }

    private async Task FailAsync(long id)
    {
        var failure = Queue();
        (failure["MessageId"], failure["MaxAttempts"], failure["RemovalTimeout"]) = (id, MaxAttempts, 3600);
        await RowsAsync("FailStreamMessageKey", failure);
    }

    private async Task DueAsync() => await ScalarAsync("UPDATE OrleansStreamControl SET EvictOn = now()");

    private async Task<(int Messages, int DeadLetters)> CountsAsync() =>
        ((int)(long)(await ScalarAsync("SELECT count(*) FROM OrleansStreamMessage"))!, (int)(long)(await ScalarAsync("SELECT count(*) FROM OrleansStreamDeadLetter"))!);

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token);
    }

    private Task<List<Dictionary<string, object?>>> RowsAsync(string key, Dictionary<string, object?> parameters) =>
        StoredQuery.RowsAsync(Source, key, parameters, Token);
}
