using GifShare.Grains.Accounts;
using GifShare.Grains.Requests;
using Microsoft.Extensions.Time.Testing;
using static GifShare.Rules.Tests.Accounts.Accounts;

namespace GifShare.Rules.Tests.Accounts;

public sealed class SessionReaderTests
{
    private readonly UserMemory memory = new(UserId.New());
    private readonly SessionReader reader = new(new Cursors(new MasterKey(Convert.ToBase64String(new byte[32]))), new FakeTimeProvider(Now));

    [Fact]
    public void Pages_hold_each_live_session_once_the_newest_first()
    {
        UserSession[] sessions = [Session(1), Session(2), Session(3), Session(4), Session(5)];
        memory.Loaded(Rows(User(memory.Id), 1, [.. sessions, Session(6) with { ExpiresAt = Now }]));
        List<SessionId> seen = [];
        string? cursor = null;
        do
        {
            var page = reader.List(memory, sessions[2].Id, cursor, 2).Value!;
            Assert.InRange(page.Items.Length, 1, 2);
            seen.AddRange(page.Items.Select(session => session.Id));
            Assert.All(page.Items, session => Assert.Equal(session.Id == sessions[2].Id, session.Current));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(sessions.Select(session => session.Id), seen);
    }

    [Fact]
    public void Sessions_that_began_together_are_paged_through_as_well()
    {
        UserSession[] sessions = [Session(), Session(), Session()];
        memory.Loaded(Rows(User(memory.Id), 1, sessions));
        var first = reader.List(memory, sessions[0].Id, null, 2).Value!;
        var second = reader.List(memory, sessions[0].Id, first.Next, 2).Value!;
        Assert.Null(second.Next);
        Assert.Equal(sessions.Select(session => session.Id).ToHashSet(), first.Items.Concat(second.Items).Select(session => session.Id).ToHashSet());
    }

    [Fact]
    public void A_use_that_is_not_in_the_rows_yet_is_shown()
    {
        var session = Session(5);
        memory.Loaded(Rows(User(memory.Id), 1, session));
        memory.Used(session, Now);
        Assert.Equal(Now, Assert.Single(reader.List(memory, session.Id, null, 10).Value!.Items).LastUsedAt);
    }

    [Fact]
    public void A_cursor_of_another_users_list_is_refused()
    {
        memory.Loaded(Rows(User(memory.Id), 1, Session(1), Session(2)));
        var other = new UserMemory(UserId.New());
        var cursor = reader.List(memory, SessionId.New(), null, 1).Value!.Next;
        Assert.Equal(ErrorCode.InvalidRequest, reader.List(other, SessionId.New(), cursor, 1).Error!.Code);
    }
}
