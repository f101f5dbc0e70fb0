using GifShare.Collections;
using GifShare.Grains.Collections;
using GifShare.Grains.Requests;
using GifShare.Grains.Secrets;
using Microsoft.Extensions.Time.Testing;

namespace GifShare.Rules.Tests.Collections;

public sealed class LinkPresenterTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly MasterKey Key = new(Convert.ToBase64String(new byte[32]));
    private readonly UserId owner = UserId.New();
    private readonly CollectionMemory memory = new(CollectionId.New(), new());
    private readonly LinkPresenter presenter = new(new LinkSecrets(Key, new FakeTimeProvider(Now)), new PublicUrl("https://gifs.example.org"), new Cursors(Key));

    public LinkPresenterTests() => memory.Created(
        new(memory.Id, owner, "Cats", null, Visibility.Shared, null, 1, Now, Now, null, 0, true), new(owner, "ada", "Ada", null, false), ItemIndex.Empty, 0);

    private Link Add(int minutes = 0)
    {
        var link = presenter.New(new NewLink(), $"after {minutes}", null, Now.AddMinutes(minutes));
        memory.Links.Add(link.TokenHash, link);
        return link;
    }

    [Fact]
    public void A_new_link_is_shown_with_the_address_that_opens_it()
    {
        var link = presenter.New(new NewLink(ExpiresAt: Now.AddDays(1), MaxViews: 5), "Family", "hash", Now);
        var shown = presenter.Show(link);
        Assert.Equal(link.TokenHash, LinkTokens.HashOf(shown.Token));
        Assert.Equal($"https://gifs.example.org/s/{shown.Token}", shown.Url);
        Assert.Equal(("Family", true, Now.AddDays(1), 5L, 0L), (shown.Label, shown.HasPassword, shown.ExpiresAt, shown.MaxViews, shown.ViewCount));
    }

    [Fact]
    public void No_two_links_have_the_same_address() => Assert.NotEqual(Add().TokenHash, Add().TokenHash);

    [Fact]
    public void Pages_hold_each_link_once_the_newest_first_also_of_one_moment()
    {
        Link[] links = [Add(), Add(), Add(), Add(1), Add(2)];
        List<LinkId> seen = [];
        string? cursor = null;
        do
        {
            var page = presenter.List(memory, owner, cursor, 2).Value!;
            seen.AddRange(page.Items.Select(link => link.Id));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(links.OrderByDescending(link => link.CreatedAt).ThenByDescending(link => link.Id.Value).Select(link => link.Id), seen);
    }

    [Fact]
    public void Nobody_else_sees_them_and_a_cursor_is_of_one_list()
    {
        Add();
        Add(1);
        Assert.Equal(ErrorCode.NotFound, presenter.List(memory, UserId.New(), null, 10).Error!.Code);
        var other = new CollectionMemory(CollectionId.New(), new());
        var cursor = presenter.List(memory, owner, null, 1).Value!.Next;
        Assert.Equal(ErrorCode.InvalidRequest, presenter.List(other, owner, cursor, 1).Error!.Code);
    }
}
