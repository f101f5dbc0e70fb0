using GifShare.Collections;
using GifShare.Grains.Collections;
using GifShare.Grains.Requests;
using GifShare.Grains.Secrets;
using Microsoft.Extensions.Time.Testing;

namespace GifShare.Rules.Tests.Collections;

public class LinkRulesTests
{
    private static readonly MasterKey Master = new(Convert.ToBase64String(new byte[32]));
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider clock = new(Now);
    private readonly LinkSecrets secrets;

    public LinkRulesTests() => secrets = new(Master, clock);

    [Theory]
    [InlineData("\"7\"", true)]
    [InlineData("\"7.3\"", true)]
    [InlineData("*", true)]
    [InlineData(null, true)]
    [InlineData("\"6\", \"7.0\"", true)]
    [InlineData("\"8\"", false)]
    [InlineData("\"8.7\"", false)]
    [InlineData("7", false)]
    [InlineData("W/\"7\"", false)]
    [InlineData("\"\"", false)]
    [InlineData("\"07x\"", false)]
    public void If_Match_compares_the_version_alone(string? header, bool matches) => Assert.Equal(matches, ETags.IfMatch(header, 7));

    [Theory]
    [InlineData("\"7.3\"", true)]
    [InlineData("W/\"7.3\"", true)]
    [InlineData("\"1.1\", \"7.3\"", true)]
    [InlineData("*", true)]
    [InlineData("\"7\"", false)]
    [InlineData("\"7.4\"", false)]
    [InlineData(null, false)]
    public void If_None_Match_compares_all_of_it(string? header, bool matches) => Assert.Equal(matches, ETags.IfNoneMatch(header, "\"7.3\""));

    [Fact]
    public void A_pass_opens_its_own_link_for_an_hour()
    {
        var (link, other) = (LinkId.New(), LinkId.New());
        var pass = secrets.Pass(link);
        Assert.True(secrets.IsPass(pass, link));
        Assert.False(secrets.IsPass(pass, other));
        Assert.False(secrets.IsUnlocked(pass, link, 0));
        Assert.False(secrets.IsPass(pass[..^1] + (pass[^1] == 'A' ? 'E' : 'A'), link));
        Assert.False(secrets.IsPass("", link));
        Assert.False(secrets.IsPass(null, link));
        clock.Advance(TimeSpan.FromMinutes(61));
        Assert.False(secrets.IsPass(pass, link));
    }

    [Fact]
    public void A_new_password_ends_every_unlock()
    {
        var link = LinkId.New();
        var unlock = secrets.Unlock(link, 1);
        Assert.True(secrets.IsUnlocked(unlock, link, 1));
        Assert.False(secrets.IsUnlocked(unlock, link, 2));
    }

    [Fact]
    public void Existence_expiry_and_cap_come_before_the_password()
    {
        var head = Head(Visibility.Shared);
        var link = Link(password: "x", maxViews: 1);
        Assert.Equal(ErrorCode.LinkPasswordRequired, Open(head, link, Visit())?.Code);
        link.Views = 1;
        Assert.Equal(ErrorCode.NotFound, Open(head, link, Visit())?.Code);
        link = Link(password: "x", expiresAt: Now);
        Assert.Equal(ErrorCode.NotFound, Open(head, link, Visit())?.Code);
        Assert.Equal(ErrorCode.NotFound, Open(Head(Visibility.Private), Link(), Visit())?.Code);
        Assert.Equal(ErrorCode.NotFound, Open(Head(Visibility.Shared) with { DeletedAt = Now }, Link(), Visit())?.Code);
        Assert.Equal(ErrorCode.NotFound, Open(head, null, Visit())?.Code);
        Assert.Null(Open(head, Link(), Visit()));
    }

    [Fact]
    public void A_used_up_link_goes_on_with_its_pass_but_still_asks_for_the_password()
    {
        var link = Link(maxViews: 1);
        link.Views = 1;
        var pass = secrets.Pass(link.Id);
        Assert.Null(Open(Head(Visibility.Shared), link, Visit() with { Pass = pass }));
        link.PasswordHash = "x";
        Assert.Equal(ErrorCode.LinkPasswordRequired, Open(Head(Visibility.Shared), link, Visit() with { Pass = pass })?.Code);
        Assert.Null(Open(Head(Visibility.Shared), link, Visit() with { Pass = pass, Unlock = secrets.Unlock(link.Id, 0) }));
    }

    [Fact]
    public void A_capped_link_shows_nothing_to_what_does_not_count()
    {
        var link = Link(maxViews: 5);
        Assert.Equal(ErrorCode.NotFound, Open(Head(Visibility.Shared), link, Visit() with { Counts = false })?.Code);
        Assert.Null(Open(Head(Visibility.Shared), link, Visit() with { Counts = false, Pass = secrets.Pass(link.Id) }));
    }

    [Fact]
    public async Task An_address_that_opened_a_link_goes_on_while_others_guess()
    {
        var guard = new LinkPasswordThrottle(clock, 3);
        guard.Learn([1], "friend");
        for (var i = 0; i < 40; i++)
            (await guard.Begin($"10.0.0.{i}")).End(true);
        Assert.False((await guard.Begin("stranger")).IsJudged);
        Assert.True((await guard.Begin("friend")).IsJudged);
        for (var i = 0; i < 100; i++)
            guard.Learn([1], $"10.1.0.{i}");
        Assert.False((await guard.Begin("friend")).IsJudged);
        Assert.True((await guard.Begin("10.1.0.0")).IsJudged);
    }

    private Error? Open(CollectionHead head, Link? link, LinkVisit visit) => Access.Open(head, false, link, visit, secrets, clock.GetUtcNow(), null, out _);

    private static LinkVisit Visit() => new("");

    private static CollectionHead Head(Visibility visibility) => new(CollectionId.New(), UserId.New(), "x", null, visibility, null, 1, Now, Now, null, 0, AllowCopies: true);

    private static Link Link(string? password = null, long? maxViews = null, DateTimeOffset? expiresAt = null) => new()
    {
        Id = LinkId.New(),
        TokenHash = "",
        TokenSealed = [],
        CreatedAt = Now,
        PasswordHash = password,
        MaxViews = maxViews,
        ExpiresAt = expiresAt,
    };
}
