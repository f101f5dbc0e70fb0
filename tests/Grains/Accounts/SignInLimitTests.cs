using Dapper;
using GifShare.Accounts;

namespace GifShare.Grains.Tests.Accounts;

public sealed class SignInLimitTests : UserGrainScene
{
    [Fact]
    public async Task Budgets_are_sliding_windows_and_each_kind_has_its_own()
    {
        var ada = await Register();
        for (var i = 3; i-- > 0;)
            Assert.Equal((true, i), Seen(await Admit(ada, RequestKind.Write)));
        Assert.Equal((false, 0), Seen(await Admit(ada, RequestKind.Write)));
        Assert.True((await Admit(ada, RequestKind.Read)).Allowed);
        Assert.Equal((true, 999), Seen(await Admit(ada, RequestKind.Upload)));
        Silo.Clock.Turn(TimeSpan.FromSeconds(61));
        Assert.Equal((true, 2), Seen(await Admit(ada, RequestKind.Write)));

        static (bool, int) Seen(Admission admission) => (admission.Allowed, admission.Remaining);
    }

    [Fact]
    public async Task A_stranger_waits_15_minutes_and_a_right_password_counts_nothing()
    {
        var ada = await Register();
        var stranger = new ClientInfo(null, "192.0.2.66");
        for (var i = 0; i < 6; i++)
            Assert.Null(await SignIn(ada.User.Username, Password, Client));
        for (var i = 0; i < 4; i++)
            Assert.Equal(ErrorCode.InvalidCredentials, await SignIn(ada.User.Username, "wrong password", stranger));
        Assert.Equal(ErrorCode.RateLimited, await SignIn(ada.User.Username, Password, stranger));
        Silo.Clock.Turn(TimeSpan.FromMinutes(15) + TimeSpan.FromSeconds(1));
        Assert.Null(await SignIn(ada.User.Username, Password, stranger));
    }

    [Fact]
    public async Task Failures_at_a_username_say_nothing_about_the_email_and_an_account_is_like_none()
    {
        var ada = await Register();
        var (username, email) = (ada.User.Username, ada.User.Email!);
        // The same guesses at an account and at nobody, from a stranger's address and from one where its owner signed in.
        foreach (var from in new[] { Client, new ClientInfo(null, "192.0.2.66") })
        {
            var real = await Guesses(username, email.ToUpperInvariant(), from);
            var none = await Guesses("no." + username, "no." + email, from);
            Assert.Equal(none, real);
            Assert.Equal(4, real.Count(answer => answer == $"email {ErrorCode.InvalidCredentials}"));
        }

        async Task<List<string>> Guesses(string name, string address, ClientInfo from)
        {
            List<string> answers = [];
            for (var i = 0; i < 6; i++)
                answers.Add($"name {await SignIn(name, "wrong password", from)}");
            for (var i = 0; i < 6; i++)
                answers.Add($"email {await SignIn(address, "wrong password", from)}");
            answers.Add($"restore {(await Silo.Grains.Accounts().Restore(name, "wrong password", from)).Error?.Code}");
            return answers;
        }
    }

    [Fact]
    public async Task Guesses_from_everywhere_lock_out_no_known_address_and_no_session()
    {
        // The first one is the administrator, who stays.
        await Register();
        var ada = await Register();
        var user = Silo.Grains.User(ada.User.Id);
        var refused = 0;
        for (var address = 0; address < 12; address++)
            for (var i = 0; i < 4; i++)
                refused += await SignIn(ada.User.Username, "wrong password", new(null, $"198.51.100.{address}")) == ErrorCode.RateLimited ? 1 : 0;
        // Ten times four were looked at.
        Assert.Equal(8, refused);
        Assert.Equal(ErrorCode.RateLimited, await SignIn(ada.User.Username, Password, new(null, "203.0.113.5")));
        Assert.Null(await SignIn(ada.User.Username, Password, Client));
        Assert.Null((await user.UpdateProfile(new(Email: $"new-{ada.User.Email}", Password: Password), ada.Session)).Error);
        Assert.Null((await user.ChangePassword(ada.Session, Password, "nine loud herons")).Error);
        Assert.Null((await user.Delete("nine loud herons", ada.Session)).Error);
    }

    [Fact]
    public async Task An_address_is_known_for_30_days_and_in_the_rows_a_mark()
    {
        var ada = await Register();
        Assert.Null(await SignIn(ada.User.Username, Password, new(null, "203.0.113.5")));
        await Silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        for (var i = 0; i < 5; i++)
            await SignIn(ada.User.Username, "wrong password", new(null, "203.0.113.5"));
        Assert.Null(await SignIn(ada.User.Username, Password, new(null, "203.0.113.5")));
        Silo.Clock.Turn(TimeSpan.FromDays(31));
        for (var i = 0; i < 5; i++)
            await SignIn(ada.User.Username, "wrong password", new(null, "203.0.113.5"));
        Assert.Equal(ErrorCode.RateLimited, await SignIn(ada.User.Username, Password, new(null, "203.0.113.5")));

        for (var i = 0; i < 25; i++)
            Assert.Null(await SignIn(ada.User.Username, Password, new(null, $"198.51.100.{i}")));
        var id = ada.User.Id.Value;
        Assert.Equal(20, await Silo.Postgres.Run(connection => connection.ExecuteScalarAsync<long>("SELECT count(*) FROM login_addresses WHERE user_id = @id", new { id })));
        Assert.Equal(16, await Silo.Postgres.Run(connection => connection.ExecuteScalarAsync<long>("SELECT max(length(mark)) FROM login_addresses WHERE user_id = @id", new { id })));
        Silo.Clock.Turn(TimeSpan.FromDays(31));
        await Sweep();
        Assert.Equal(0, await Silo.Postgres.Run(connection => connection.ExecuteScalarAsync<long>("SELECT count(*) FROM login_addresses")));
    }

    [Fact]
    public async Task A_session_guesses_no_more_often_than_a_stranger_and_locks_out_no_other()
    {
        var ada = await Register();
        var user = Silo.Grains.User(ada.User.Id);
        var other = (await Silo.Grains.Accounts().SignIn(ada.User.Username, Password, Client)).Value!;
        Assert.Equal(ErrorCode.InvalidCredentials, (await user.Delete("wrong password", ada.Session)).Error!.Code);
        Assert.Equal(ErrorCode.InvalidCredentials, (await user.UpdateProfile(new(Email: "x@example.org", Password: "wrong password"), ada.Session)).Error!.Code);
        for (var i = 0; i < 2; i++)
            Assert.Equal(ErrorCode.InvalidCredentials, (await user.ChangePassword(ada.Session, "wrong password", "nine loud herons")).Error!.Code);
        Assert.Equal(ErrorCode.RateLimited, (await user.ChangePassword(ada.Session, Password, "nine loud herons")).Error!.Code);
        Assert.Null(await SignIn(ada.User.Username, Password, new(null, "203.0.113.5")));
        Assert.Null((await user.ChangePassword(other.Session, Password, "nine loud herons")).Error);
    }
}
