using GifShare.Grains.Collections;
using GifShare.Grains.Gifs;

namespace GifShare.Rules.Tests.Collections;

/// <summary>What an activation holds: each committed change is the next revision, and what only memory knows outlives a reload.</summary>
public sealed class CollectionMemoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private readonly UserId owner = UserId.New();
    private readonly CollectionMemory memory = new(CollectionId.New(), new());

    private CollectionHead Head(long version = 1) => new(memory.Id, owner, "Cats", null, Visibility.Shared, null, version, Now, Now, null, 0, true);

    private OwnerRow Owner(bool isDeleted = false) => new(owner, "ada", "Ada", null, isDeleted);

    private static Link Link(string tokenHash, long views = 0) => new() { Id = LinkId.New(), TokenHash = tokenHash, TokenSealed = [], CreatedAt = Now, Views = views };

    private LoadedCollection Rows(long revision, long views = 0, params Link[] links) => new(Head(), Owner(), views, 3, ItemIndex.Empty, [.. links], revision, Drifted: false);

    [Fact]
    public void Every_change_is_a_revision_of_its_own()
    {
        memory.Created(Head(), Owner(), ItemIndex.Empty, 0);
        memory.Edited(Head(2));
        memory.LinksEdited();
        Assert.Equal((2, 2), (memory.Revision, memory.Head!.Version));
    }

    [Fact]
    public void Appends_make_a_version_each_and_one_revision()
    {
        memory.Created(Head(), Owner(), ItemIndex.Empty, 5);
        var (first, gone, refused) = (GifId.New(), GifId.New(), GifId.New());
        var group = new AppendGroup { Collection = memory.Id, OnVersion = 1, OnRevision = 5, At = Now.AddMinutes(1), Items = { new(first, "a", null), new(gone, "b", null), new(refused, "c", null, IfOwn: true) } };
        group.Written[first] = (Card(first), IsAvailable: true);
        group.Written[gone] = (Card(gone), IsAvailable: false);
        memory.Appended(group);
        Assert.Equal((6, 3, Now.AddMinutes(1)), (memory.Revision, memory.Head!.Version, memory.Head.UpdatedAt));
        Assert.Equal([first], memory.Items.Visible());
        Assert.True(memory.Items.Has(gone));
        Assert.False(memory.Items.Has(refused));
    }

    [Fact]
    public void A_reload_keeps_the_views_that_are_on_their_way_and_the_guesses_at_passwords()
    {
        memory.Loaded(Rows(1, views: 7, Link("hash", views: 4)), cardsAsOf: 0);
        var before = memory.LinkOf("hash")!;
        before.Views += 2;
        before.LastViewedAt = Now;
        memory.Counters.Views += 2;
        memory.Loaded(Rows(2, views: 8, Link("hash", views: 5), Link("other")), cardsAsOf: 1);
        var after = memory.LinkOf("hash")!;
        Assert.NotSame(before, after);
        Assert.Equal((6, Now), (after.Views, after.LastViewedAt));
        Assert.Equal((9, 3, 2), (memory.Counters.Views, memory.Counters.Likes, memory.Revision));
        Assert.Equal(1, memory.Pages.OwnerAsOf);
        Assert.NotNull(memory.LinkOf("other"));
    }

    [Fact]
    public void Without_rows_there_is_no_collection()
    {
        memory.Loaded(Rows(4, views: 0, Link("hash")), cardsAsOf: 0);
        memory.Loaded(null, cardsAsOf: 0);
        Assert.Null(memory.Head);
        Assert.Null(memory.LinkOf("hash"));
        Assert.Equal(ErrorCode.NotFound, memory.RefuseEdit(owner)!.Code);
        Assert.False(memory.IsStranger(UserId.New()));
    }

    [Fact]
    public void A_collection_of_a_deleted_account_does_not_exist_for_anybody()
    {
        memory.Created(Head(), Owner(isDeleted: true), ItemIndex.Empty, 0);
        Assert.Equal(ErrorCode.NotFound, memory.RefuseRead(owner)!.Code);
        Assert.Equal(ErrorCode.NotFound, memory.RefuseEdit(owner)!.Code);
        Assert.True(memory.IsStranger(UserId.New()));
    }

    private GifCard Card(GifId gif) => new(gif, owner, "ada", "Ada", null, "example", "https://media.example.org/a.gif", null, null, 10, 10, null, null, null, null, [], "g", Now, null);
}
