using System.Text;
using Dapper;
using GifShare.Accounts;
using GifShare.Fixtures;
using GifShare.Grains.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests.Accounts;

public sealed class UserGrainTests : IAsyncLifetime
{
    private const string Password = "seven quiet otters";
    private static readonly ClientInfo Client = new("a test", "192.0.2.1");
    private GrainsSilo silo = null!;

    public async ValueTask InitializeAsync() => silo = await GrainsSilo.Start(("RateLimits:WritesPerMinute", "3"), ("RateLimits:FailedPasswordsPer15Min", "4"));

    public ValueTask DisposeAsync() => silo.DisposeAsync();

    [Fact]
    public async Task Budgets_are_sliding_windows_and_each_kind_has_its_own()
    {
        var ada = await Register();
        for (var i = 3; i-- > 0;)
            Assert.Equal((true, i), Seen(await Admit(ada, RequestKind.Write)));
        Assert.Equal((false, 0), Seen(await Admit(ada, RequestKind.Write)));
        Assert.True((await Admit(ada, RequestKind.Read)).Allowed);
        Assert.Equal((true, 999), Seen(await Admit(ada, RequestKind.Upload)));
        silo.Clock.Turn(TimeSpan.FromSeconds(61));
        Assert.Equal((true, 2), Seen(await Admit(ada, RequestKind.Write)));

        static (bool, int) Seen(Admission admission) => (admission.Allowed, admission.Remaining);
    }

    [Fact]
    public async Task A_lock_ends_after_15_minutes_and_a_right_password_counts_nothing()
    {
        var ada = await Register();
        var accounts = silo.Grains.Accounts();
        for (var i = 0; i < 6; i++)
            Assert.Null((await accounts.SignIn(ada.User.Username, Password, Client)).Error);
        for (var i = 0; i < 4; i++)
            Assert.Equal(ErrorCode.InvalidCredentials, (await silo.Grains.User(ada.User.Id).SignIn("wrong password", Client)).Error!.Code);
        Assert.Equal(ErrorCode.RateLimited, (await accounts.SignIn(ada.User.Username, Password, Client)).Error!.Code);
        silo.Clock.Turn(TimeSpan.FromMinutes(15) + TimeSpan.FromSeconds(1));
        Assert.Null((await accounts.SignIn(ada.User.Username, Password, Client)).Error);
    }

    [Fact]
    public async Task An_unused_session_ends_after_30_days_and_a_refresh_prolongs_it()
    {
        var ada = await Register();
        silo.Clock.Turn(TimeSpan.FromDays(20));
        var refreshed = (await silo.Grains.User(ada.User.Id).Refresh(ada.RefreshToken, Client)).Value!;
        silo.Clock.Turn(TimeSpan.FromDays(20));
        Assert.True((await Admit(ada, RequestKind.Read)).SessionAlive);
        silo.Clock.Turn(TimeSpan.FromDays(11));
        Assert.False((await Admit(ada, RequestKind.Read)).SessionAlive);
        Assert.Equal(ErrorCode.Unauthenticated, (await silo.Grains.User(ada.User.Id).Refresh(refreshed.RefreshToken, Client)).Error!.Code);
    }

    [Fact]
    public async Task Sessions_and_families_survive_a_new_activation()
    {
        var ada = await Register();
        var user = silo.Grains.User(ada.User.Id);
        var second = (await user.Refresh(ada.RefreshToken, Client)).Value!;
        await silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.True((await Admit(ada, RequestKind.Read)).SessionAlive);
        var third = (await user.Refresh(second.RefreshToken, Client)).Value!;
        await silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.Equal(ErrorCode.Unauthenticated, (await user.Refresh(ada.RefreshToken, Client)).Error!.Code);
        Assert.Equal(ErrorCode.Unauthenticated, (await user.Refresh(third.RefreshToken, Client)).Error!.Code);
        Assert.False((await Admit(ada, RequestKind.Read)).SessionAlive);
    }

    [Fact]
    public async Task Only_hashes_of_secrets_are_in_the_rows()
    {
        var ada = await Register();
        var rows = await silo.Postgres.Run(connection => connection.QueryAsync<string>(
            "SELECT row_to_json(users)::text FROM users UNION ALL SELECT row_to_json(sessions)::text FROM sessions UNION ALL SELECT row_to_json(signing_keys)::text FROM signing_keys"));
        var all = string.Join('\n', rows);
        Assert.DoesNotContain(Password, all, StringComparison.Ordinal);
        Assert.DoesNotContain(ada.RefreshToken, all, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(System.Buffers.Text.Base64Url.DecodeFromChars(ada.RefreshToken)), all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_has_at_most_100_sessions_and_the_one_unused_for_longest_goes()
    {
        var ada = await Register();
        // A password check each would take long; the same row is what counts.
        await silo.Postgres.Run(connection => connection.ExecuteAsync(
            """
            INSERT INTO sessions (id, user_id, generation, refresh_hash, created_at, last_used_at, expires_at)
            SELECT gen_random_uuid(), @id, 1, '\x00', now(), now() + interval '1 hour', now() + interval '30 days' FROM generate_series(1, 99)
            """,
            new { id = ada.User.Id.Value }));
        await silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.True((await Admit(ada, RequestKind.Read)).SessionAlive);
        Assert.Null((await silo.Grains.Accounts().SignIn(ada.User.Username, Password, Client)).Error);
        Assert.False((await Admit(ada, RequestKind.Read)).SessionAlive);
        Assert.Equal(100, await silo.Postgres.Run(connection => connection.ExecuteScalarAsync<long>("SELECT count(*) FROM sessions WHERE user_id = @id", new { id = ada.User.Id.Value })));
    }

    [Fact]
    public async Task An_operator_resets_passwords_and_promotes()
    {
        await Register();
        var ada = await Register();
        var user = silo.Grains.User(ada.User.Id);
        Assert.Equal(ErrorCode.InvalidRequest, (await user.ResetPassword("short")).Error!.Code);
        Assert.Null((await user.ResetPassword("nine loud herons")).Error);
        Assert.False((await Admit(ada, RequestKind.Read)).SessionAlive);
        var again = (await silo.Grains.Accounts().SignIn(ada.User.Username, "nine loud herons", Client)).Value!;
        Assert.False((await Admit(again, RequestKind.Read)).IsAdmin);
        Assert.Null((await user.Promote()).Error);
        Assert.True((await Admit(again, RequestKind.Read)).IsAdmin);
        Assert.Equal(ErrorCode.NotFound, (await silo.Grains.User(UserId.New()).Promote()).Error!.Code);
    }

    [Fact]
    public async Task Two_administrators_who_leave_together_are_not_both_let_go()
    {
        var ada = await Register();
        var eve = await Register();
        await silo.Grains.User(eve.User.Id).Promote();
        var left = await Task.WhenAll(silo.Grains.User(ada.User.Id).Delete(Password), silo.Grains.User(eve.User.Id).Delete(Password));
        Assert.Single(left, result => result.Error is null);
        Assert.Single(left, result => result.Error?.Code == ErrorCode.Conflict);
    }

    [Fact]
    public async Task A_deleted_account_comes_back_within_30_days_and_is_purged_after()
    {
        await Register();
        var ada = await Register();
        var late = await Register();
        Assert.Null((await silo.Grains.User(ada.User.Id).Delete(Password)).Error);
        Assert.Null((await silo.Grains.User(late.User.Id).Delete(Password)).Error);
        silo.Clock.Turn(TimeSpan.FromDays(29));
        await Sweep();
        Assert.Null((await silo.Grains.Accounts().Restore(ada.User.Username, Password, Client)).Error);
        silo.Clock.Turn(TimeSpan.FromDays(2));
        Assert.Equal(ErrorCode.InvalidCredentials, (await silo.Grains.Accounts().Restore(late.User.Username, Password, Client)).Error!.Code);
        await Sweep();
        Assert.Equal(2, await silo.Postgres.Run(connection => connection.ExecuteScalarAsync<long>("SELECT count(*) FROM users")));
        Assert.NotNull(await silo.Grains.Accounts().FindByUsername(ada.User.Username));
    }

    [Fact]
    public async Task An_idempotency_key_is_claimed_once_replayed_and_forgotten()
    {
        var ada = await Register();
        var user = silo.Grains.User(ada.User.Id);
        var ticket = new IdempotencyTicket(ada.User.Id, "scope", "request");
        Assert.Equal(IdempotencyState.Fresh, (await user.BeginIdempotent(ticket)).State);
        Assert.Equal(IdempotencyState.Running, (await user.BeginIdempotent(ticket)).State);
        Assert.Equal(IdempotencyState.OtherRequest, (await user.BeginIdempotent(ticket with { RequestHash = "other" })).State);
        await user.EndIdempotent(ticket, null);
        Assert.Equal(IdempotencyState.Fresh, (await user.BeginIdempotent(ticket)).State);
        await user.EndIdempotent(ticket, new ReadOnlyBytes("refused"u8.ToArray()));
        var replay = await user.BeginIdempotent(ticket);
        Assert.Equal((IdempotencyState.Replay, true, "refused"), (replay.State, replay.IsRefusal, Encoding.UTF8.GetString(replay.Answer.Span)));
        Assert.Equal(IdempotencyState.OtherRequest, (await user.BeginIdempotent(ticket with { RequestHash = "other" })).State);
        silo.Clock.Turn(TimeSpan.FromHours(25));
        Assert.Equal(IdempotencyState.Fresh, (await user.BeginIdempotent(ticket)).State);
        silo.Clock.Turn(TimeSpan.FromSeconds(61));
        Assert.Equal(IdempotencyState.Fresh, (await user.BeginIdempotent(ticket)).State);
    }

    [Fact]
    public async Task When_a_session_was_used_reaches_its_row_in_the_background()
    {
        var ada = await Register();
        silo.Clock.Turn(TimeSpan.FromHours(1));
        await Admit(ada, RequestKind.Read);
        var expected = silo.Clock.GetUtcNow().AddMinutes(-1);
        await Eventually.True(
            () => silo.Postgres.Run(connection => connection.ExecuteScalarAsync<bool>(
                "SELECT EXISTS (SELECT 1 FROM sessions JOIN users ON users.id = user_id WHERE sessions.id = @id AND last_used_at > @expected AND last_active_at > @expected)",
                new { id = ada.Session.Value, expected })),
            TestContext.Current.CancellationToken);
        var list = (await silo.Grains.User(ada.User.Id).ListSessions(ada.Session, null, 20)).Value!;
        Assert.True(Assert.Single(list.Items).LastUsedAt > expected);
    }

    [Fact]
    public async Task Registering_twice_at_the_same_time_makes_one_account()
    {
        var command = Command();
        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => silo.Grains.User(UserId.New()).Register(command, Client)));
        Assert.Single(results, result => result.Error is null);
        Assert.All(results.Where(result => result.Error is not null), result => Assert.Contains(result.Error!.Code, new[] { ErrorCode.UsernameTaken, ErrorCode.EmailTaken }));
    }

    private async Task Sweep()
    {
        foreach (var sweep in silo.Services.GetServices<ISweep>())
            await sweep.Sweep(TestContext.Current.CancellationToken);
    }

    private Task<Admission> Admit(SignedIn who, RequestKind kind) => silo.Grains.User(who.User.Id).Admit(who.Session, kind);

    private async Task<SignedIn> Register() => (await silo.Grains.User(UserId.New()).Register(Command(), Client)).Value!;

    private static RegisterUser Command()
    {
        var name = "u" + Guid.NewGuid().ToString("N")[..12];
        return new("Ada", "Lovelace", name + "@example.org", name, Password);
    }
}
