using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GifShare.Gifs;

namespace GifShare.Grains.Tests.Gifs;

/// <summary>Who sees a gif, through what, and who changes it.</summary>
public sealed class GifAccessTests(GifsSilo silo) : IClassFixture<GifsSilo>
{
    [Fact]
    public async Task Others_see_it_only_through_a_collection_that_they_may_see()
    {
        var (ada, eve) = (await silo.NewUser(), await silo.NewUser());
        var gif = await silo.NewLinked(ada);
        await Sees(gif, ada: true, ada, eve: false, eve, anonymous: false);

        var collection = Guid.CreateVersion7();
        await silo.Execute(
            """
            INSERT INTO collections (id, owner_id, name, visibility, created_at, updated_at) VALUES (@collection, @eve, 'c', 'public', now(), now());
            INSERT INTO collection_items (collection_id, gif_id, position, added_at) VALUES (@collection, @gif, 'a', now());
            """,
            new { collection, eve = eve.Value, gif = gif.Value });
        await Sees(gif, ada: true, ada, eve: true, eve, anonymous: true);
        await silo.Execute("UPDATE collections SET visibility = 'private' WHERE id = @collection", new { collection });
        await Sees(gif, ada: true, ada, eve: true, eve, anonymous: false);
        await silo.Execute("UPDATE collection_items SET removed_at = now() WHERE collection_id = @collection", new { collection });
        await Sees(gif, ada: true, ada, eve: false, eve, anonymous: false);
        await silo.Execute("UPDATE collection_items SET removed_at = NULL; UPDATE collections SET visibility = 'public', deleted_at = now() WHERE id = @collection", new { collection });
        await Sees(gif, ada: true, ada, eve: false, eve, anonymous: false);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("revoked_at = now()", false)]
    [InlineData("expires_at = now() - interval '1 s'", false)]
    [InlineData("expires_at = now() + interval '1 h'", true)]
    [InlineData("max_views = 2, view_count = 1", false)]
    [InlineData("max_views = 2, view_count = 2", false)]
    [InlineData("password_hash = 'x'", false)]
    public async Task A_link_shows_it_as_far_as_the_token_alone_would_open_it(string change, bool isVisible)
    {
        var (ada, eve) = (await silo.NewUser(), await silo.NewUser());
        var (gif, other) = (await silo.NewLinked(ada), await silo.NewLinked(ada));
        var (collection, token) = (Guid.CreateVersion7(), Guid.NewGuid().ToString());
        await silo.Execute(
            $"""
            INSERT INTO collections (id, owner_id, name, visibility, created_at, updated_at) VALUES (@collection, @ada, 'c', 'shared', now(), now());
            INSERT INTO collection_items (collection_id, gif_id, position, added_at) VALUES (@collection, @gif, 'a', now());
            INSERT INTO share_links (id, collection_id, token_hash, token_sealed, created_at) VALUES (@collection, @collection, @hash, '', now());
            {(change.Length == 0 ? "" : $"UPDATE share_links SET {change} WHERE id = @collection")}
            """,
            new { collection, ada = ada.Value, gif = gif.Value, hash = SHA256.HashData(Encoding.UTF8.GetBytes(token)) });
        Assert.Equal(isVisible, (await silo.Grains.Gif(gif).Get(null, new(token))).Error is null);
        Assert.Equal(isVisible, (await silo.Grains.Favorites(eve).Add(gif, new(token))).Error is null);
        Assert.NotNull((await silo.Grains.Gif(gif).Get(eve, new("x" + token))).Error);
        Assert.NotNull((await silo.Grains.Gif(other).Get(eve, new(token))).Error);
        await silo.Execute("UPDATE collections SET visibility = 'private' WHERE id = @collection", new { collection });
        Assert.NotNull((await silo.Grains.Gif(gif).Get(null, new(token))).Error);
    }

    [Fact]
    public async Task A_link_with_a_password_needs_its_unlock_and_a_capped_one_its_pass()
    {
        var (ada, eve) = (await silo.NewUser(), await silo.NewUser());
        var gif = await silo.NewLinked(ada);
        var collection = silo.Grains.Collection(CollectionId.New());
        Assert.Null((await collection.Create(ada, new("c", Visibility: "shared"), null)).Error);
        Assert.Null((await collection.AddItem(ada, new(gif), null, null)).Error);

        var locked = (await collection.CreateLink(ada, new(Password: "open sesame"), null)).Value!.Token;
        var unlock = (await collection.Unlock(HashOf(locked), "open sesame")).Value!.Unlock;
        Assert.Equal("not_found", (await silo.Grains.Favorites(eve).Add(gif, new(locked))).Error!.Code);
        var forged = unlock[..30] + (unlock[30] == 'A' ? 'B' : 'A') + unlock[31..];
        Assert.Equal("not_found", (await silo.Grains.Favorites(eve).Add(gif, new(locked, forged, unlock))).Error!.Code);
        Assert.Null((await silo.Grains.Gif(gif).Get(null, new(locked, unlock))).Error);
        Assert.Null((await silo.Grains.Favorites(eve).Add(gif, new(locked, unlock))).Error);

        var capped = (await collection.CreateLink(ada, new(MaxViews: 1), null)).Value!.Token;
        Assert.Equal("not_found", (await silo.Grains.Gif(gif).Get(null, new(capped))).Error!.Code);
        var pass = (await collection.ReadShared(new(HashOf(capped)))).Value!.Pass;
        Assert.Equal("not_found", (await silo.Grains.Gif(gif).Get(null, new(capped))).Error!.Code);
        Assert.Null((await silo.Grains.Gif(gif).Get(null, new(capped, null, pass))).Error);

        static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
    }

    [Fact]
    public async Task Only_its_owner_changes_it_and_strangers_do_not_learn_that_it_exists()
    {
        var (ada, eve) = (await silo.NewUser(), await silo.NewUser());
        var gif = await silo.NewLinked(ada);
        var grain = silo.Grains.Gif(gif);
        var patch = new GifPatch(new(true, "new"), Tags: new(true, ImmutableArray.Create("a", "b")));
        Assert.Equal("not_found", (await grain.Update(eve, patch)).Error!.Code);
        Assert.Equal("not_found", (await grain.Delete(eve)).Error!.Code);
        Assert.Equal("not_found", (await grain.Restore(eve, null)).Error!.Code);
        await silo.Execute(
            """
            INSERT INTO collections (id, owner_id, name, visibility, created_at, updated_at) VALUES (@gif, @ada, 'c', 'public', now(), now());
            INSERT INTO collection_items (collection_id, gif_id, position, added_at) VALUES (@gif, @gif, 'a', now());
            """,
            new { ada = ada.Value, gif = gif.Value });
        Assert.Equal("forbidden", (await grain.Update(eve, patch)).Error!.Code);
        Assert.Equal("forbidden", (await grain.Delete(eve)).Error!.Code);
        Assert.Equal("forbidden", (await grain.Restore(eve, null)).Error!.Code);
        Assert.Equal("invalid_request", (await grain.Update(eve, new(Rating: "x"))).Error!.Code);
        var updated = (await grain.Update(ada, patch)).Value!;
        Assert.Equal(("new", "a,b"), (updated.Title, string.Join(',', updated.Tags)));
        Assert.Equivalent(updated, (await grain.Get(eve, null)).Value);
    }

    private async Task Sees(GifId gif, bool ada, UserId adaId, bool eve, UserId eveId, bool anonymous)
    {
        var grain = silo.Grains.Gif(gif);
        Assert.Equal(
            (ada, eve, anonymous),
            ((await grain.Get(adaId, null)).Error is null, (await grain.Get(eveId, null)).Error is null, (await grain.Get(null, null)).Error is null));
    }
}
