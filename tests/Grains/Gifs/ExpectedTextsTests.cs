using GifShare.Accounts;
using GifShare.Gifs;

namespace GifShare.Grains.Tests.Gifs;

/// <summary>A write that says what must still be there: who edits between reading and writing is not overwritten.</summary>
public sealed class ExpectedTextsTests(GifsSilo silo) : IClassFixture<GifsSilo>
{
    [Fact]
    public async Task A_gif_that_is_not_as_expected_any_more_keeps_all_of_it()
    {
        var ada = await silo.NewUser();
        var grain = silo.Grains.Gif(await silo.NewLinked(ada));
        var read = new GifPatch("One", null, new(true, ["a", "b"]), "pg");
        Assert.Null((await grain.Update(ada, read)).Error);
        Assert.Null((await grain.Update(ada, new(Title: "Two"))).Error);

        var refused = await grain.Update(ada, new("Old", "Old", default, "g"), read);
        Assert.Equal(ErrorCode.VersionMismatch, refused.Error?.Code);
        foreach (var other in (GifPatch[])[new(AltText: "A cat."), new(Tags: new(true, ["b", "a"])), new(Tags: new(true, [])), new(Rating: "g")])
            Assert.Equal(ErrorCode.VersionMismatch, (await grain.Update(ada, new(Title: "Old"), other)).Error?.Code);
        var now = (await grain.Get(ada, null)).Value!;
        Assert.Equal(("Two", null, "a b", "pg"), (now.Title, now.AltText, string.Join(' ', now.Tags), now.Rating));

        var written = await grain.Update(ada, new(Title: "Three"), read with { Title = "Two" });
        Assert.Equal("Three", written.Value!.Title);
        Assert.Equal(ErrorCode.NotFound, (await grain.Update(await silo.NewUser(), new(Title: "Hers"), new(Title: "Three"))).Error?.Code);
    }

    [Fact]
    public async Task Of_many_who_expect_the_same_one_writes()
    {
        var ada = await silo.NewUser();
        var id = await silo.NewLinked(ada);
        Assert.Null((await silo.Grains.Gif(id).Update(ada, new(Title: "0"))).Error);
        for (var round = 0; round < 5; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => silo.Grains.Gif(id).Update(ada, new(Title: $"{round}.{i}"), new(Title: $"{round}"))));
            var won = Assert.Single(answers, answer => answer.Error is null).Value!.Title;
            Assert.All(answers, answer => Assert.True(answer.Error is null or { Code: ErrorCode.VersionMismatch }));
            Assert.Equal(won, (await silo.Grains.Gif(id).Get(ada, null)).Value!.Title);
            Assert.Null((await silo.Grains.Gif(id).Update(ada, new(Title: $"{round + 1}"), new(Title: won))).Error);
        }
    }

    [Fact]
    public async Task A_profile_that_is_not_as_expected_any_more_keeps_all_of_it()
    {
        var ada = silo.Grains.User(await silo.NewUser());
        Assert.Null((await ada.UpdateProfile(new(Bio: "One", Location: "London"))).Error);
        Assert.Null((await ada.UpdateProfile(new(Bio: "Two"))).Error);
        foreach (var other in (ProfilePatch[])[new(Bio: "One"), new(Location: "Paris"), new(IsPrivate: true), new(Website: "https://example.org/"), new(DisplayName: "Eve")])
            Assert.Equal(ErrorCode.VersionMismatch, (await ada.UpdateProfile(new(Bio: new(true, null), FirstName: "Bea"), default, other)).Error?.Code);
        var me = (await ada.GetMe()).Value!;
        Assert.Equal(("Two", "Ada", "London"), (me.Bio, me.FirstName, me.Location));
        Assert.Null((await ada.UpdateProfile(new(FirstName: "Bea"), default, new(Bio: "Two", FirstName: "Ada", IsPrivate: false))).Error);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => ada.UpdateProfile(new(Bio: $"{i}"), default, new(Bio: "Two"))));
        Assert.Single(answers, answer => answer.Error is null);
    }
}
