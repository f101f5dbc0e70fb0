namespace GifShare.Grains.Tests.Database;

/// <summary>
/// Each stored query of the AdoNet providers for membership and storage, executed as the provider does (<see cref="StoredQuery"/>);
/// those for streams are in <see cref="OrleansStreamQueriesTests"/>.
/// </summary>
public sealed class OrleansQueriesTests : StoredQueryTests
{
    private const int Active = 3;
    private const int Dead = 6;
    private static readonly DateTime Now = new(2026, 11, 20, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Every_key_the_providers_look_up_is_there_and_no_other()
    {
        await using var command = Source.CreateCommand("SELECT QueryKey, QueryText FROM OrleansQuery");
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
        Assert.True(await BooleanAsync("InsertMembershipVersionKey", new() { ["DeploymentId"] = "c" }));
        Assert.False(await BooleanAsync("InsertMembershipVersionKey", new() { ["DeploymentId"] = "c" }));

        var row = Assert.Single(await RowsAsync("MembershipReadAllKey", new() { ["DeploymentId"] = "c" }));
        Assert.Equal(0, row["version"]);
        Assert.Null(row["starttime"]);
    }

    [Fact]
    public async Task A_silo_joins_only_on_the_version_it_saw_and_only_once()
    {
        await BooleanAsync("InsertMembershipVersionKey", new() { ["DeploymentId"] = "c" });

        Assert.False(await BooleanAsync("InsertMembershipKey", Silo(1, version: 7)));
        Assert.True(await BooleanAsync("InsertMembershipKey", Silo(1, version: 0)));
        Assert.False(await BooleanAsync("InsertMembershipKey", Silo(1, version: 1)));
        Assert.False(await BooleanAsync("InsertMembershipKey", Silo(2, version: 0)));
        Assert.True(await BooleanAsync("InsertMembershipKey", Silo(2, version: 1)));

        var all = await RowsAsync("MembershipReadAllKey", new() { ["DeploymentId"] = "c" });
        Assert.Equal(2, all.Count);
        Assert.All(all, row => Assert.Equal(2, row["version"]));
        var one = Assert.Single(await RowsAsync("MembershipReadRowKey", Key(1)));
        Assert.Equal("10.0.0.1", one["address"]);
        Assert.Equal(11111, one["port"]);
        Assert.Equal(1, one["generation"]);
        Assert.Equal("silo 1", one["siloname"]);
        Assert.Equal("host", one["hostname"]);
        Assert.Equal(Active, one["status"]);
        Assert.Equal(30000, one["proxyport"]);
        Assert.Null(one["suspecttimes"]);
        Assert.Equal(Now, one["starttime"]);
        Assert.Equal(Now, one["iamalivetime"]);
        var nobody = Assert.Single(await RowsAsync("MembershipReadRowKey", Key(9)));
        Assert.Equal(2, nobody["version"]);
        Assert.Null(nobody["starttime"]);
    }

    [Fact]
    public async Task Of_many_silos_that_saw_the_same_version_one_wins()
    {
        await BooleanAsync("InsertMembershipVersionKey", new() { ["DeploymentId"] = "c" });

        var won = await Task.WhenAll(Enumerable.Range(1, 8).Select(n => BooleanAsync("InsertMembershipKey", Silo(n, version: 0))));

        Assert.Single(won, true);
        var row = Assert.Single(await RowsAsync("MembershipReadAllKey", new() { ["DeploymentId"] = "c" }));
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

        var gateways = await RowsAsync("GatewaysQueryKey", new() { ["DeploymentId"] = "c", ["Status"] = Active });

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

        await RowsAsync("CleanupDefunctSiloEntriesKey", new() { ["DeploymentId"] = "c", ["IAmAliveTime"] = Now.AddSeconds(-1) });
        Assert.Equal(2, (await RowsAsync("MembershipReadAllKey", new() { ["DeploymentId"] = "c" })).Count);
        await RowsAsync("CleanupDefunctSiloEntriesKey", new() { ["DeploymentId"] = "c", ["IAmAliveTime"] = Now.AddSeconds(1) });
        Assert.Equal("10.0.0.2", Assert.Single(await RowsAsync("MembershipReadAllKey", new() { ["DeploymentId"] = "c" }))["address"]);

        await RowsAsync("DeleteMembershipTableEntriesKey", new() { ["DeploymentId"] = "c" });
        Assert.Empty(await RowsAsync("MembershipReadAllKey", new() { ["DeploymentId"] = "c" }));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("posts/3")]
    public async Task Stored_state_has_versions_that_conflicts_do_not_pass(string? extension)
    {
        Assert.Empty(await RowsAsync("ReadFromStorageKey", State(extension)));
        Assert.Equal(1, await WriteAsync(null, [1]));
        Assert.Null(await WriteAsync(null, [2]));
        Assert.Equal(2, await WriteAsync(1, [3]));
        Assert.Equal(1, await WriteAsync(1, [4]));

        var row = Assert.Single(await RowsAsync("ReadFromStorageKey", State(extension)));
        Assert.Equal(new byte[] { 3 }, row["payloadbinary"]);
        Assert.Equal(2, row["version"]);

        Assert.Equal(1, await ClearAsync(1));
        Assert.Equal(3, await ClearAsync(2));
        var cleared = Assert.Single(await RowsAsync("ReadFromStorageKey", State(extension)));
        Assert.Null(cleared["payloadbinary"]);
        Assert.Equal(4, await WriteAsync(3, [5]));

        async Task<object?> WriteAsync(int? version, byte[] payload)
        {
            var state = State(extension);
            state["GrainStateVersion"] = version;
            state["PayloadBinary"] = payload;
            return Assert.Single(await RowsAsync("WriteToStorageKey", state))["newgrainstateversion"];
        }

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
        var versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(async n =>
        {
            var state = State(null);
            state["GrainStateVersion"] = null;
            state["PayloadBinary"] = new[] { (byte)n };
            return Assert.Single(await RowsAsync("WriteToStorageKey", state))["newgrainstateversion"];
        }));

        Assert.Single(versions, 1);
        Assert.Equal(7, versions.Count(v => v is null));
    }

    private static Dictionary<string, object?> Key(int silo) => new()
    {
        ["DeploymentId"] = "c",
        ["Address"] = $"10.0.0.{silo}",
        ["Port"] = 11111,
        ["Generation"] = silo,
    };

    private static Dictionary<string, object?> Silo(int silo, int version) => new(Key(silo))
    {
        ["IAmAliveTime"] = Now,
        ["SiloName"] = $"silo {silo}",
        ["HostName"] = "host",
        ["StartTime"] = Now,
        ["Status"] = Active,
        ["ProxyPort"] = 30000,
        ["Version"] = version,
    };

    private static Dictionary<string, object?> State(string? extension) => new()
    {
        ["GrainIdHash"] = 17,
        ["GrainIdN0"] = 0L,
        ["GrainIdN1"] = -5L,
        ["GrainTypeHash"] = 18,
        ["GrainTypeString"] = "pubsubrendezvous",
        ["GrainIdExtensionString"] = extension,
        ["ServiceId"] = "gifshare",
    };

    private async Task JoinAsync(params int[] silos)
    {
        await BooleanAsync("InsertMembershipVersionKey", new() { ["DeploymentId"] = "c" });
        for (var i = 0; i < silos.Length; i++)
            Assert.True(await BooleanAsync("InsertMembershipKey", Silo(silos[i], version: i)));
    }

    private async Task<bool> BooleanAsync(string key, Dictionary<string, object?> parameters) =>
        Convert.ToBoolean(Assert.Single(Assert.Single(await RowsAsync(key, parameters)).Values));

    private Task<List<Dictionary<string, object?>>> RowsAsync(string key, Dictionary<string, object?> parameters) =>
        StoredQuery.RowsAsync(Source, key, parameters, Token);
}
