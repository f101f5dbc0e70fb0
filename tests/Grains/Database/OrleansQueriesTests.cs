namespace GifShare.Grains.Tests.Database;

/// <summary>
/// Each stored query of the AdoNet providers for membership and storage, executed as the provider does (<see cref="StoredQuery"/>);
/// those for streams are in <see cref="OrleansStreamQueriesTests"/>.
/// </summary>
public sealed class OrleansQueriesTests(StoredQueryDatabase database) : IClassFixture<StoredQueryDatabase>
{
    private const int Active = 3;
    private const int Dead = 6;
    private static readonly DateTime Now = new(2026, 11, 20, 12, 0, 0, DateTimeKind.Utc);

    /// <summary>Each test has a cluster and a grain of its own in the database that all share.</summary>
    private readonly string cluster = Guid.NewGuid().ToString("N");
    private readonly long grain = Random.Shared.NextInt64();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_key_the_providers_look_up_is_there_and_no_other()
    {
        await using var command = database.Source.CreateCommand("SELECT QueryKey, QueryText FROM OrleansQuery");
        await using var reader = await command.ExecuteReaderAsync(Token);
        List<string> keys = [];
        while (await reader.ReadAsync(Token))
            keys.Add((string)reader["QueryKey"]);

        string[] expected =
        [
            "GatewaysQueryKey", "MembershipReadRowKey", "MembershipReadAllKey", "InsertMembershipVersionKey", "UpdateIAmAlivetimeKey",
            "InsertMembershipKey", "UpdateMembershipKey", "DeleteMembershipTableEntriesKey", "CleanupDefunctSiloEntriesKey",
            "WriteToStorageKey", "ReadFromStorageKey", "ClearStorageKey",
            "QueueStreamMessageKey", "GetStreamMessagesKey", "ConfirmStreamMessagesKey", "FailStreamMessageKey", "EvictStreamMessagesKey", "EvictStreamDeadLettersKey",
        ];
        Assert.Equal(expected.Order(), keys.Order());
    }

    [Fact]
    public async Task A_membership_version_is_made_once()
    {
        Assert.True(await BooleanAsync("InsertMembershipVersionKey", Cluster()));
        Assert.False(await BooleanAsync("InsertMembershipVersionKey", Cluster()));

        var row = Assert.Single(await RowsAsync("MembershipReadAllKey", Cluster()));
        Assert.Equal(0, row["version"]);
        Assert.Null(row["starttime"]);
    }

    [Fact]
    public async Task A_silo_joins_only_on_the_version_it_saw_and_only_once()
    {
        await BooleanAsync("InsertMembershipVersionKey", Cluster());

        Assert.False(await BooleanAsync("InsertMembershipKey", Silo(1, version: 7)));
        Assert.True(await BooleanAsync("InsertMembershipKey", Silo(1, version: 0)));
        Assert.False(await BooleanAsync("InsertMembershipKey", Silo(1, version: 1)));
        Assert.False(await BooleanAsync("InsertMembershipKey", Silo(2, version: 0)));
        Assert.True(await BooleanAsync("InsertMembershipKey", Silo(2, version: 1)));

        var all = await RowsAsync("MembershipReadAllKey", Cluster());
        Assert.Equal(2, all.Count);
        Assert.All(all, row => Assert.Equal(2, row["version"]));
    }

    [Fact]
    public async Task A_silo_is_read_as_it_joined()
    {
        await JoinAsync(1, 2);

        var row = Assert.Single(await RowsAsync("MembershipReadRowKey", Key(1)));
        Assert.Equal(("10.0.0.1", 11111, 1), ((string?)row["address"], (int?)row["port"], (int?)row["generation"]));
        Assert.Equal(("silo 1", "host", 30000), ((string?)row["siloname"], (string?)row["hostname"], (int?)row["proxyport"]));
        Assert.Equal((Now, Now), ((DateTime?)row["starttime"], (DateTime?)row["iamalivetime"]));
        Assert.Equal(Active, row["status"]);
        Assert.Null(row["suspecttimes"]);
    }

    [Fact]
    public async Task Of_a_silo_that_never_joined_only_the_version_is_read()
    {
        await JoinAsync(1, 2);

        var nobody = Assert.Single(await RowsAsync("MembershipReadRowKey", Key(9)));
        Assert.Equal(2, nobody["version"]);
        Assert.Null(nobody["starttime"]);
    }

    [Fact]
    public async Task Of_many_silos_that_saw_the_same_version_one_wins()
    {
        await BooleanAsync("InsertMembershipVersionKey", Cluster());

        var won = await Task.WhenAll(Enumerable.Range(1, 8).Select(n => BooleanAsync("InsertMembershipKey", Silo(n, version: 0))));

        Assert.Single(won, true);
        var row = Assert.Single(await RowsAsync("MembershipReadAllKey", Cluster()));
        Assert.Equal(1, row["version"]);
    }

    [Fact]
    public async Task A_silo_is_changed_only_on_the_version_that_was_seen()
    {
        await JoinAsync(1, 2);
        var dead = Key(1);
        dead["IAmAliveTime"] = Now.AddSeconds(5);
        dead["Status"] = Dead;
        dead["SuspectTimes"] = "10.0.0.2:11111@2,2026-11-20 12:00:00.000 GMT";
        dead["Version"] = 1;

        Assert.False(await BooleanAsync("UpdateMembershipKey", dead));
        dead["Version"] = 2;
        Assert.True(await BooleanAsync("UpdateMembershipKey", dead));
        var unknown = new Dictionary<string, object?>(dead) { ["Generation"] = 99, ["Version"] = 3 };
        Assert.False(await BooleanAsync("UpdateMembershipKey", unknown));

        var row = Assert.Single(await RowsAsync("MembershipReadRowKey", Key(1)));
        Assert.Equal(3, row["version"]);
        Assert.Equal(Dead, row["status"]);
        Assert.Equal(dead["SuspectTimes"], row["suspecttimes"]);
        dead["SuspectTimes"] = null;
        dead["Version"] = 3;
        Assert.True(await BooleanAsync("UpdateMembershipKey", dead));
        Assert.Null(Assert.Single(await RowsAsync("MembershipReadRowKey", Key(1)))["suspecttimes"]);
    }

    [Fact]
    public async Task A_sign_of_life_changes_no_version()
    {
        await JoinAsync(1);
        var alive = Key(1);
        alive["IAmAliveTime"] = Now.AddMinutes(1);

        await RowsAsync("UpdateIAmAlivetimeKey", alive);

        var row = Assert.Single(await RowsAsync("MembershipReadRowKey", Key(1)));
        Assert.Equal(Now.AddMinutes(1), row["iamalivetime"]);
        Assert.Equal(1, row["version"]);
    }

    [Fact]
    public async Task Gateways_are_the_active_silos_that_have_one()
    {
        await JoinAsync(1, 2);
        var closed = Silo(3, version: 2);
        closed["ProxyPort"] = 0;
        await BooleanAsync("InsertMembershipKey", closed);

        var gateways = await RowsAsync("GatewaysQueryKey", new(Cluster()) { ["Status"] = Active });

        Assert.Equal(["10.0.0.1", "10.0.0.2"], gateways.Select(g => g["address"]).Order());
        Assert.All(gateways, g => Assert.Equal(30000, g["proxyport"]));
    }

    [Fact]
    public async Task Defunct_silos_go_and_a_cluster_can_be_deleted_whole()
    {
        await JoinAsync(1, 2);
        var dead = Key(1);
        dead["IAmAliveTime"] = Now;
        dead["Status"] = Dead;
        dead["SuspectTimes"] = null;
        dead["Version"] = 2;
        await BooleanAsync("UpdateMembershipKey", dead);

        await RowsAsync("CleanupDefunctSiloEntriesKey", new(Cluster()) { ["IAmAliveTime"] = Now.AddSeconds(-1) });
        Assert.Equal(2, (await RowsAsync("MembershipReadAllKey", Cluster())).Count);
        await RowsAsync("CleanupDefunctSiloEntriesKey", new(Cluster()) { ["IAmAliveTime"] = Now.AddSeconds(1) });
        Assert.Equal("10.0.0.2", Assert.Single(await RowsAsync("MembershipReadAllKey", Cluster()))["address"]);

        await RowsAsync("DeleteMembershipTableEntriesKey", Cluster());
        Assert.Empty(await RowsAsync("MembershipReadAllKey", Cluster()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("posts/3")]
    public async Task State_is_written_on_the_version_that_was_read(string? extension)
    {
        Assert.Empty(await RowsAsync("ReadFromStorageKey", State(extension)));
        Assert.Equal(1, await WriteAsync(extension, null, [1]));
        Assert.Null(await WriteAsync(extension, null, [2]));
        Assert.Equal(2, await WriteAsync(extension, 1, [3]));
        Assert.Equal(1, await WriteAsync(extension, 1, [4]));

        var row = Assert.Single(await RowsAsync("ReadFromStorageKey", State(extension)));
        Assert.Equal(new byte[] { 3 }, row["payloadbinary"]);
        Assert.Equal(2, row["version"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("posts/3")]
    public async Task State_is_cleared_on_the_version_that_was_read_and_goes_on_after_it(string? extension)
    {
        await WriteAsync(extension, null, [1]);
        await WriteAsync(extension, 1, [2]);

        Assert.Equal(1, await ClearAsync(1));
        Assert.Equal(new byte[] { 2 }, await PayloadAsync());
        Assert.Equal(3, await ClearAsync(2));
        Assert.Null(await PayloadAsync());
        Assert.Equal(4, await WriteAsync(extension, 3, [3]));

        async Task<object?> PayloadAsync() => Assert.Single(await RowsAsync("ReadFromStorageKey", State(extension)))["payloadbinary"];

        async Task<object?> ClearAsync(int? version)
        {
            var state = State(extension);
            state["GrainStateVersion"] = version;
            return Assert.Single(await RowsAsync("ClearStorageKey", state)).Values.First();
        }
    }

    [Fact]
    public async Task Of_many_first_writes_of_one_state_one_wins()
    {
        var versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => WriteAsync(null, null, [(byte)n])));

        Assert.Single(versions, 1);
        Assert.Equal(7, versions.Count(v => v is null));
    }

    private Dictionary<string, object?> Cluster() => new() { ["DeploymentId"] = cluster };

    private Dictionary<string, object?> Key(int silo) => new(Cluster())
    {
        ["Address"] = $"10.0.0.{silo}",
        ["Port"] = 11111,
        ["Generation"] = silo,
    };

    private Dictionary<string, object?> Silo(int silo, int version) => new(Key(silo))
    {
        ["IAmAliveTime"] = Now,
        ["SiloName"] = $"silo {silo}",
        ["HostName"] = "host",
        ["StartTime"] = Now,
        ["Status"] = Active,
        ["ProxyPort"] = 30000,
        ["Version"] = version,
    };

    private Dictionary<string, object?> State(string? extension) => new()
    {
        ["GrainIdHash"] = 17,
        ["GrainIdN0"] = grain,
        ["GrainIdN1"] = -5L,
        ["GrainTypeHash"] = 18,
        ["GrainTypeString"] = "pubsubrendezvous",
        ["GrainIdExtensionString"] = extension,
        ["ServiceId"] = "gifshare",
    };

    private async Task<object?> WriteAsync(string? extension, int? version, byte[] payload)
    {
        var state = State(extension);
        state["GrainStateVersion"] = version;
        state["PayloadBinary"] = payload;
        return Assert.Single(await RowsAsync("WriteToStorageKey", state))["newgrainstateversion"];
    }

    private async Task JoinAsync(params int[] silos)
    {
        await BooleanAsync("InsertMembershipVersionKey", Cluster());
        for (var i = 0; i < silos.Length; i++)
            Assert.True(await BooleanAsync("InsertMembershipKey", Silo(silos[i], version: i)));
    }

    private async Task<bool> BooleanAsync(string key, Dictionary<string, object?> parameters) =>
        Convert.ToBoolean(Assert.Single(Assert.Single(await RowsAsync(key, parameters)).Values));

    private Task<List<Dictionary<string, object?>>> RowsAsync(string key, Dictionary<string, object?> parameters) =>
        StoredQuery.RowsAsync(database.Source, key, parameters, Token);
}
