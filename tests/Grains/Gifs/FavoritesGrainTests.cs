using GifShare.Gifs;

namespace GifShare.Grains.Tests.Gifs;

public sealed class FavoritesGrainTests(GifsSilo silo) : IClassFixture<GifsSilo>
{
    [Fact]
    public async Task Adding_and_removing_twice_is_once()
    {
        var ada = await silo.NewUser();
        var gif = await silo.NewLinked(ada);
        var favorites = silo.Grains.Favorites(ada);
        Assert.Null((await favorites.Add(gif, null)).Error);
        Assert.Null((await favorites.Add(gif, null)).Error);
        Assert.Single((await favorites.List(null, 20)).Value!.Items);
        Assert.Null((await favorites.Remove(gif)).Error);
        Assert.Null((await favorites.Remove(gif)).Error);
        Assert.Null((await favorites.Remove(GifId.New())).Error);
        Assert.Empty((await favorites.List(null, 20)).Value!.Items);
    }

    [Fact]
    public async Task What_is_not_visible_cannot_become_one_and_what_is_one_stays()
    {
        var (ada, eve) = (await silo.NewUser(), await silo.NewUser());
        var gif = await silo.NewLinked(ada);
        var favorites = silo.Grains.Favorites(eve);
        Assert.Equal("not_found", (await favorites.Add(gif, null)).Error!.Code);
        Assert.Equal("not_found", (await favorites.Add(GifId.New(), null)).Error!.Code);
        await silo.Execute("INSERT INTO favorites VALUES (@eve, @gif, now())", new { eve = eve.Value, gif = gif.Value });
        Assert.Null((await favorites.Add(gif, null)).Error);
    }

    [Fact]
    public async Task The_list_is_paged_newest_first_and_its_cursor_is_bound_to_it()
    {
        var (ada, eve) = (await silo.NewUser(), await silo.NewUser());
        var favorites = silo.Grains.Favorites(ada);
        List<GifId> added = [];
        for (var i = 0; i < 7; i++)
        {
            added.Add(await silo.NewLinked(ada));
            await favorites.Add(added[^1], null);
        }

        List<GifId> seen = [];
        string? cursor = null;
        do
        {
            var page = (await favorites.List(cursor, 3)).Value!;
            seen.AddRange(page.Items.Select(gif => gif.Id));
            cursor = page.Next;
            if (cursor is not null)
                Assert.Equal("invalid_request", (await silo.Grains.Favorites(eve).List(cursor, 3)).Error!.Code);
        }
        while (cursor is not null);
        added.Reverse();
        Assert.Equal(added, seen);
        Assert.Equal("invalid_request", (await favorites.List("nonsense", 3)).Error!.Code);
    }

    [Fact]
    public async Task The_filter_follows_every_acknowledged_change()
    {
        var ada = await silo.NewUser();
        var favorites = silo.Grains.Favorites(ada);
        var empty = await favorites.GetFilter();
        Assert.Equal((0, 0), (empty.Count, Ones(empty)));
        var gif = await silo.NewLinked(ada);
        await favorites.Add(gif, null);
        var one = await favorites.GetFilter();
        Assert.Equal((1, 7), (one.Count, Ones(one)));
        Assert.NotEqual(empty.ETag, one.ETag);
        await favorites.Remove(gif);
        Assert.Equal(empty.ETag, (await favorites.GetFilter()).ETag);
    }

    private static int Ones(FavoritesFilter filter) => filter.Bytes.ToArray().Sum(b => int.PopCount(b));
}
