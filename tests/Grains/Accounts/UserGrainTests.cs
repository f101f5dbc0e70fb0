using System.Text;
using Dapper;
using GifShare.Accounts;

namespace GifShare.Grains.Tests.Accounts;

public sealed class UserGrainTests : UserGrainScene
{
    [Fact]
    public async Task An_operator_resets_passwords_and_promotes()
    {
        await Register();
        var ada = await Register();
        var user = Silo.Grains.User(ada.User.Id);
        Assert.Equal(ErrorCode.InvalidRequest, (await user.ResetPassword("short")).Error!.Code);
        Assert.Null((await user.ResetPassword("nine loud herons")).Error);
        Assert.False((await Admit(ada, RequestKind.Read)).SessionAlive);
        var again = (await Silo.Grains.Accounts().SignIn(ada.User.Username, "nine loud herons", Client)).Value!;
        Assert.False((await Admit(again, RequestKind.Read)).IsAdmin);
        Assert.Null((await user.Promote()).Error);
        Assert.True((await Admit(again, RequestKind.Read)).IsAdmin);
        Assert.Equal(ErrorCode.NotFound, (await Silo.Grains.User(UserId.New()).Promote()).Error!.Code);
    }

    [Fact]
    public async Task Two_administrators_who_leave_together_are_not_both_let_go()
    {
        var ada = await Register();
        var eve = await Register();
        await Silo.Grains.User(eve.User.Id).Promote();
        var left = await Task.WhenAll(Silo.Grains.User(ada.User.Id).Delete(Password), Silo.Grains.User(eve.User.Id).Delete(Password));
        Assert.Single(left, result => result.Error is null);
        Assert.Single(left, result => result.Error?.Code == ErrorCode.Conflict);
    }

    [Fact]
    public async Task A_deleted_account_comes_back_within_30_days_and_is_purged_after()
    {
        await Register();
        var ada = await Register();
        var late = await Register();
        Assert.Null((await Silo.Grains.User(ada.User.Id).Delete(Password)).Error);
        Assert.Null((await Silo.Grains.User(late.User.Id).Delete(Password)).Error);
        Silo.Clock.Turn(TimeSpan.FromDays(29));
        await Sweep();
        Assert.Null((await Silo.Grains.Accounts().Restore(ada.User.Username, Password, Client)).Error);
        Silo.Clock.Turn(TimeSpan.FromDays(2));
        Assert.Equal(ErrorCode.InvalidCredentials, (await Silo.Grains.Accounts().Restore(late.User.Username, Password, Client)).Error!.Code);
        await Sweep();
        Assert.Equal(2, await Silo.Postgres.Run(connection => connection.ExecuteScalarAsync<long>("SELECT count(*) FROM users")));
        Assert.NotNull(await Silo.Grains.Accounts().FindByUsername(ada.User.Username));
    }

    [Fact]
    public async Task An_idempotency_key_finds_what_was_done_for_a_day()
    {
        var ada = await Register();
        var user = Silo.Grains.User(ada.User.Id);
        var ticket = new IdempotencyTicket(ada.User.Id, "scope", "request");
        Assert.Equal(IdempotencyState.Fresh, (await user.FindAnswer(ticket)).State);
        var made = (await Silo.Grains.Collection(CollectionId.New()).Create(ada.User.Id, new("Cats"), ticket)).Value!;
        var found = await user.FindAnswer(ticket);
        Assert.Equal(IdempotencyState.Done, found.State);
        Assert.Contains(made.Value.Id.ToString(), Encoding.UTF8.GetString(found.Answer.Span), StringComparison.Ordinal);
        Assert.Equal(IdempotencyState.OtherRequest, (await user.FindAnswer(ticket with { RequestHash = "other" })).State);
        Silo.Clock.Turn(TimeSpan.FromHours(25));
        Assert.Equal(IdempotencyState.Fresh, (await user.FindAnswer(ticket)).State);
    }

    [Fact]
    public async Task Registering_twice_at_the_same_time_makes_one_account()
    {
        var command = Command();
        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Silo.Grains.User(UserId.New()).Register(command, Client)));
        Assert.Single(results, result => result.Error is null);
        Assert.All(results.Where(result => result.Error is not null), result => Assert.Contains(result.Error!.Code, new[] { ErrorCode.UsernameTaken, ErrorCode.EmailTaken }));
    }
}
