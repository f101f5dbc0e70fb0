using GifShare.Grains.Accounts;
using static GifShare.Rules.Tests.Accounts.Accounts;

namespace GifShare.Rules.Tests.Accounts;

/// <summary>What an activation holds of a user: each committed change is the next revision, and what only memory knows outlives a reload.</summary>
public sealed class UserMemoryTests
{
    private readonly UserMemory memory = new(UserId.New());

    [Fact]
    public void Every_change_is_a_revision_of_its_own()
    {
        var (first, second) = (Session(), Session());
        memory.Registered(User(memory.Id), first, NoAddresses);
        Assert.Equal(0, memory.Revision);
        memory.Edited(memory.User! with { Bio = "Loops" });
        memory.SignedIn(second, null, NoAddresses, "rehashed");
        memory.SessionEnded(second.Id);
        memory.SessionsEnded(memory.User!, first.Id);
        Assert.Equal((4, "Loops", "rehashed"), (memory.Revision, memory.User!.Bio, memory.User.PasswordHash));
        Assert.Equal([first.Id], memory.Sessions.Keys);
    }

    [Fact]
    public void A_sign_in_takes_the_place_of_the_session_that_made_room()
    {
        var (old, now) = (Session(5), Session());
        memory.Loaded(Rows(User(memory.Id), 3, old));
        memory.SignedIn(now, old.Id, NoAddresses.Add("mark", Now), "hash");
        Assert.Equal([now.Id], memory.Sessions.Keys);
        Assert.Equal((4, Now), (memory.Revision, memory.Addresses["mark"]));
    }

    [Fact]
    public void A_reload_keeps_when_a_session_was_last_used_and_what_was_spent()
    {
        var session = Session(5);
        memory.Loaded(Rows(User(memory.Id), 1, session));
        memory.Used(session, Now);
        Assert.True(memory.Budgets.Writes.TryTake(Now, 1));
        memory.Loaded(Rows(User(memory.Id), 2, session));
        Assert.Equal(Now, memory.LastUse(session));
        Assert.False(memory.Budgets.Writes.TryTake(Now, 1));
        Assert.Equal(2, memory.Revision);
    }

    [Fact]
    public void The_later_of_memory_and_rows_is_the_last_use()
    {
        var session = Session(5);
        memory.Loaded(Rows(User(memory.Id), 1, session));
        memory.Used(session, Now.AddMinutes(-3));
        Assert.Equal(Now.AddMinutes(-3), memory.LastUse(session));
        Assert.Equal(Now, memory.LastUse(session with { LastUsedAt = Now }));
    }

    [Fact]
    public void The_end_of_all_sessions_spares_the_one_that_asked()
    {
        UserSession[] all = [Session(1), Session(2), Session(3)];
        memory.Loaded(Rows(User(memory.Id), 1, all));
        memory.SessionsEnded(memory.User!, all[1].Id);
        Assert.Equal([all[1].Id], memory.Sessions.Keys);
        memory.SessionsEnded(memory.User!, null);
        Assert.Empty(memory.Sessions);
    }

    [Fact]
    public void What_has_expired_is_dropped_without_a_revision()
    {
        var (live, expired) = (Session(), Session() with { ExpiresAt = Now });
        memory.Loaded(Rows(User(memory.Id), 1, live, expired));
        memory.ForgetExpired(Now);
        Assert.Equal([live.Id], memory.Sessions.Keys);
        Assert.Equal(1, memory.Revision);
    }

    [Fact]
    public void A_deleted_account_is_there_and_not_alive_and_without_rows_there_is_none()
    {
        memory.Loaded(Rows(User(memory.Id) with { DeletedAt = Now }, 1));
        Assert.NotNull(memory.User);
        Assert.Null(memory.LiveUser);
        memory.Loaded(null);
        Assert.Null(memory.User);
        Assert.Equal(0, memory.Revision);
    }
}
