using GifShare.Accounts;
using GifShare.Grains.Accounts;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using static GifShare.Rules.Tests.Accounts.Accounts;

namespace GifShare.Rules.Tests.Accounts;

public sealed class SessionAdmissionsTests
{
    private readonly FakeTimeProvider clock = new(Now);
    private readonly UserMemory memory = new(UserId.New());
    private readonly UserSession session = Session();

    // No session here is as old as a minute, so no use of one is on its way to the rows.
    private SessionAdmissions Admissions(params (string Name, string Value)[] settings) =>
        new(new SessionUses(null!, NullLogger<SessionUses>.Instance), Options(settings), clock);

    public SessionAdmissionsTests() => memory.Loaded(Rows(User(memory.Id), 1, session));

    [Fact]
    public void A_live_session_reads_without_a_budget()
    {
        var admissions = Admissions(("RateLimits:WritesPerMinute", "1"));
        for (var i = 0; i < 3; i++)
            Assert.Equal(new Admission(true, true, false, 0, 0, 0), admissions.Admit(memory, session.Id, RequestKind.Read));
    }

    [Fact]
    public void Writes_are_taken_from_their_budget_until_the_window_has_passed()
    {
        var admissions = Admissions(("RateLimits:WritesPerMinute", "2"));
        Assert.Equal(new Admission(true, true, false, 2, 1, 60), admissions.Admit(memory, session.Id, RequestKind.Write));
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(new Admission(true, true, false, 2, 0, 40), admissions.Admit(memory, session.Id, RequestKind.Write));
        Assert.Equal(new Admission(true, false, false, 2, 0, 40), admissions.Admit(memory, session.Id, RequestKind.Write));
        clock.Advance(TimeSpan.FromSeconds(39));
        Assert.False(admissions.Admit(memory, session.Id, RequestKind.Write).Allowed);
    }

    [Fact]
    public void Uploads_have_a_budget_of_their_own_and_no_limit_is_none()
    {
        var admissions = Admissions(("RateLimits:WritesPerMinute", "0"), ("RateLimits:UploadsPerHour", "1"));
        Assert.True(admissions.Admit(memory, session.Id, RequestKind.Upload).Allowed);
        Assert.Equal(new Admission(true, false, false, 1, 0, 3600), admissions.Admit(memory, session.Id, RequestKind.Upload));
        Assert.Equal(new Admission(true, true, false, 0, 0, 0), admissions.Admit(memory, session.Id, RequestKind.Write));
    }

    [Fact]
    public void Who_is_an_administrator_is_told_with_each_admission()
    {
        memory.Edited(memory.User! with { Role = GifShare.Grains.Accounts.User.AdminRole });
        Assert.True(Admissions().Admit(memory, session.Id, RequestKind.Write).IsAdmin);
    }

    [Fact]
    public void An_ended_or_expired_session_and_one_of_a_deleted_account_are_dead()
    {
        var admissions = Admissions();
        Assert.False(admissions.Admit(memory, SessionId.New(), RequestKind.Read).SessionAlive);
        memory.SessionEdited(session with { ExpiresAt = Now });
        Assert.False(admissions.Admit(memory, session.Id, RequestKind.Read).SessionAlive);
        memory.SessionEdited(session);
        Assert.True(admissions.Admit(memory, session.Id, RequestKind.Read).SessionAlive);
        memory.Edited(memory.User! with { DeletedAt = Now });
        Assert.False(admissions.Admit(memory, session.Id, RequestKind.Read).SessionAlive);
    }
}
