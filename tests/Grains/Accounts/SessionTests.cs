using Dapper;
using GifShare.Accounts;
using GifShare.Fixtures;

namespace GifShare.Grains.Tests.Accounts;

public sealed class SessionTests : UserGrainScene
{
    [Fact]
    public async Task A_refresh_that_is_repeated_within_30_seconds_gets_the_same_successor_also_from_a_new_activation()
    {
        var ada = await Register();
        var user = Silo.Grains.User(ada.User.Id);
        var all = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => user.Refresh(ada.RefreshToken, Client)));
        var next = Assert.Single(all.Select(answer => answer.Value!.RefreshToken).Distinct());
        await Silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Silo.Clock.Turn(TimeSpan.FromSeconds(10));
        Assert.Equal(next, (await user.Refresh(ada.RefreshToken, Client)).Value!.RefreshToken);
        Assert.True((await Admit(ada, RequestKind.Read)).SessionAlive);
        Silo.Clock.Turn(TimeSpan.FromSeconds(21));
        Assert.Equal(ErrorCode.Unauthenticated, (await user.Refresh(ada.RefreshToken, Client)).Error!.Code);
        Assert.False((await Admit(ada, RequestKind.Read)).SessionAlive);
        Assert.Equal(ErrorCode.Unauthenticated, (await user.Refresh(next, Client)).Error!.Code);
    }

    [Fact]
    public async Task An_unused_session_ends_after_30_days_and_a_refresh_prolongs_it()
    {
        var ada = await Register();
        Silo.Clock.Turn(TimeSpan.FromDays(20));
        var refreshed = (await Silo.Grains.User(ada.User.Id).Refresh(ada.RefreshToken, Client)).Value!;
        Silo.Clock.Turn(TimeSpan.FromDays(20));
        Assert.True((await Admit(ada, RequestKind.Read)).SessionAlive);
        Silo.Clock.Turn(TimeSpan.FromDays(11));
        Assert.False((await Admit(ada, RequestKind.Read)).SessionAlive);
        Assert.Equal(ErrorCode.Unauthenticated, (await Silo.Grains.User(ada.User.Id).Refresh(refreshed.RefreshToken, Client)).Error!.Code);
    }

    [Fact]
    public async Task Sessions_and_families_survive_a_new_activation()
    {
        var ada = await Register();
        var user = Silo.Grains.User(ada.User.Id);
        var second = (await user.Refresh(ada.RefreshToken, Client)).Value!;
        await Silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.True((await Admit(ada, RequestKind.Read)).SessionAlive);
        var third = (await user.Refresh(second.RefreshToken, Client)).Value!;
        await Silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.Equal(ErrorCode.Unauthenticated, (await user.Refresh(ada.RefreshToken, Client)).Error!.Code);
        Assert.Equal(ErrorCode.Unauthenticated, (await user.Refresh(third.RefreshToken, Client)).Error!.Code);
        Assert.False((await Admit(ada, RequestKind.Read)).SessionAlive);
    }

    [Fact]
    public async Task A_user_has_at_most_100_sessions_and_the_one_unused_for_longest_goes()
    {
        var ada = await Register();
        // A password check each would take long; the same row is what counts.
        await Silo.Postgres.Run(connection => connection.ExecuteAsync(
            """
            INSERT INTO sessions (id, user_id, generation, refresh_hash, created_at, last_used_at, expires_at)
            SELECT gen_random_uuid(), @id, 1, '\x00', now(), now() + interval '1 hour', now() + interval '30 days' FROM generate_series(1, 99)
            """,
            new { id = ada.User.Id.Value }));
        await Silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.True((await Admit(ada, RequestKind.Read)).SessionAlive);
        Assert.Null((await Silo.Grains.Accounts().SignIn(ada.User.Username, Password, Client)).Error);
        Assert.False((await Admit(ada, RequestKind.Read)).SessionAlive);
        Assert.Equal(100, await Silo.Postgres.Run(connection => connection.ExecuteScalarAsync<long>("SELECT count(*) FROM sessions WHERE user_id = @id", new { id = ada.User.Id.Value })));
    }

    [Fact]
    public async Task When_a_session_was_used_reaches_its_row_in_the_background()
    {
        var ada = await Register();
        Silo.Clock.Turn(TimeSpan.FromHours(1));
        await Admit(ada, RequestKind.Read);
        var expected = Silo.Clock.GetUtcNow().AddMinutes(-1);
        await Eventually.True(
            () => Silo.Postgres.Run(connection => connection.ExecuteScalarAsync<bool>(
                "SELECT EXISTS (SELECT 1 FROM sessions JOIN users ON users.id = user_id WHERE sessions.id = @id AND last_used_at > @expected AND last_active_at > @expected)",
                new { id = ada.Session.Value, expected })),
            TestContext.Current.CancellationToken);
        var list = (await Silo.Grains.User(ada.User.Id).ListSessions(ada.Session, null, 20)).Value!;
        Assert.True(Assert.Single(list.Items).LastUsedAt > expected);
    }
}
