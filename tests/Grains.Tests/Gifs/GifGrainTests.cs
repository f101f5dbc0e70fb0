using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GifShare.Fixtures;
using GifShare.Gifs;

namespace GifShare.Grains.Tests.Gifs;

public sealed class GifGrainTests(GifsSilo silo) : IClassFixture<GifsSilo>
{
    [Fact]
    public async Task The_same_address_is_the_same_gif_also_at_the_same_time()
    {
        var (ada, eve) = (await silo.NewUser(), await silo.NewUser());
        var link = GifsSilo.Link();
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => silo.Grains.Gif(GifId.New()).CreateLinked(ada, link, null)));
        Assert.Single(made, result => result.Value!.IsNew);
        var gif = Assert.Single(made.Select(result => result.Value!.Value.Id).Distinct());
        Assert.False((await silo.Grains.Gif(GifId.New()).CreateLinked(ada, link with { Url = link.Url.Replace("https", "HTTPS") }, null)).Value!.IsNew);
        Assert.NotEqual(gif, (await silo.Grains.Gif(GifId.New()).CreateLinked(eve, link, null)).Value!.Value.Id);
    }

    [Fact]
    public async Task An_account_that_was_deleted_meanwhile_changes_and_adds_no_gif()
    {
        var ada = await silo.NewUser();
        var gif = (await silo.Grains.Gif(GifId.New()).CreateLinked(ada, GifsSilo.Link(), null)).Value!.Value.Id;
        await silo.Execute("UPDATE users SET deleted_at = now() WHERE id = @id", new { id = ada.Value });
        Assert.Equal("not_found", (await silo.Grains.Gif(gif).Update(ada, new GifPatch(Title: "new"))).Error?.Code);
        var fault = await Assert.ThrowsAsync<GrainFaultedException>(() => silo.Grains.Gif(GifId.New()).CreateLinked(ada, GifsSilo.Link(), null));
        Assert.Equal("unavailable", fault.Code);
    }

    [Fact]
    public async Task The_same_bytes_are_the_same_gif_also_at_the_same_time()
    {
        var (ada, eve) = (await silo.NewUser(), await silo.NewUser());
        var bytes = GifsSilo.Bytes();
        var made = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => silo.Upload(ada, bytes)));
        Assert.Single(made, result => result.Value!.IsNew);
        Assert.Single(made.Select(result => result.Value!.Value.Id).Distinct());
        Assert.Equal(bytes.Length, await silo.Used(ada));
        var hers = (await silo.Upload(eve, bytes)).Value!;
        Assert.True(hers.IsNew);
        Assert.Equal(("upload", "image/gif", (long?)bytes.Length), (hers.Value.Provider, hers.Value.ContentType, hers.Value.Size));
        Assert.StartsWith("/media/", hers.Value.Url);
    }

    [Fact]
    public async Task The_quota_holds_when_uploads_come_together_and_refusals_leave_nothing()
    {
        var ada = await silo.NewUser();
        var staged = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => silo.Stage(GifsSilo.Bytes())));
        var results = await Task.WhenAll(staged.Select(upload => silo.Grains.Gif(GifId.New()).CreateUploaded(ada, upload, null)));
        var fit = (int)(GifsSilo.Quota / staged[0].Size);
        Assert.Equal(fit, results.Count(result => result.Value is { IsNew: true }));
        Assert.All(results.Where(result => result.Error is not null), result => Assert.Equal("quota_exceeded", result.Error!.Code));
        Assert.Equal(fit * staged[0].Size, await silo.Used(ada));
        foreach (var upload in staged)
            Assert.False(await silo.IsStaged(upload));
    }

    [Fact]
    public async Task Uploading_and_deleting_in_turns_ends_at_a_full_trash()
    {
        var ada = await silo.NewUser();
        long deleted = 0;
        Result<Made<Gif>> result;
        while ((result = await silo.Upload(ada, GifsSilo.Bytes())).Value is { } made && deleted <= 3 * GifsSilo.Quota)
        {
            Assert.Null((await silo.Grains.Gif(made.Value.Id).Delete(ada)).Error);
            deleted += made.Value.Size!.Value;
        }

        Assert.Equal("quota_exceeded", result.Error!.Code);
        Assert.Contains("trash", result.Error.Detail, StringComparison.Ordinal);
        Assert.InRange(deleted, GifsSilo.Quota, 2 * GifsSilo.Quota);
        Assert.Equal(0, await silo.Used(ada));
    }

    [Fact]
    public async Task A_bad_text_refuses_an_upload_and_discards_it()
    {
        var upload = await silo.Stage(GifsSilo.Bytes()) with { Title = "a\0b" };
        var result = await silo.Grains.Gif(GifId.New()).CreateUploaded(await silo.NewUser(), upload, null);
        Assert.Equal("invalid_request", result.Error!.Code);
        Assert.False(await silo.IsStaged(upload));
    }

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
    public async Task Collections_that_hold_it_follow_before_the_answer()
    {
        var (ada, eve) = (await silo.NewUser(), await silo.NewUser());
        var (gif, other) = (await silo.NewLinked(ada), await silo.NewLinked(ada));
        var hers = silo.Grains.Collection(CollectionId.New());
        await hers.Create(ada, new("c", Visibility: "public"), null);
        await hers.AddItem(ada, new(gif), null, null);
        await hers.AddItem(ada, new(other), null, null);
        var theirs = silo.Grains.Collection(CollectionId.New());
        await theirs.Create(eve, new("d"), null);
        Assert.Null((await theirs.AddItem(eve, new(gif), null, null)).Error);
        await Hold(2, 1);

        await silo.Grains.Gif(gif).Delete(ada);
        await Hold(1, 0);
        await silo.Grains.Gif(gif).Restore(ada, null);
        await Hold(2, 1);

        async Task Hold(int inHers, int inTheirs) => Assert.Equal(
            (inHers, inTheirs),
            ((await hers.Snapshot(ada, null)).Value!.Items.Length, (await theirs.Snapshot(eve, null)).Value!.Items.Length));
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

    [Fact]
    public async Task Deleted_it_is_gone_everywhere_and_restored_it_is_back()
    {
        var ada = await silo.NewUser();
        var bytes = GifsSilo.Bytes();
        var gif = (await silo.Upload(ada, bytes)).Value!.Value.Id;
        var grain = silo.Grains.Gif(gif);
        var favorites = silo.Grains.Favorites(ada);
        Assert.Null((await favorites.Add(gif, null)).Error);
        Assert.Equal(1, (await favorites.GetFilter()).Count);
        Assert.Null((await grain.Restore(ada, null)).Error);

        Assert.Null((await grain.Delete(ada)).Error);
        Assert.Equal("not_found", (await grain.Delete(ada)).Error!.Code);
        Assert.Equal("not_found", (await grain.Get(ada, null)).Error!.Code);
        Assert.Equal("not_found", (await grain.Update(ada, new())).Error!.Code);
        Assert.Equal("not_found", (await favorites.Add(gif, null)).Error!.Code);
        Assert.Empty((await favorites.List(null, 20)).Value!.Items);
        Assert.Equal(0, (await favorites.GetFilter()).Count);
        Assert.Equal(0, await silo.Used(ada));
        var trash = (await silo.Service<GifShare.Grains.Gifs.GifTrash>().List(ada, null, 20)).Value!.Items.Single();
        Assert.Equal((gif, trash.DeletedAt.AddDays(30)), (trash.Gif.Id, trash.RestorableUntil));

        Assert.Equal(gif, (await grain.Restore(ada, null)).Value!.Id);
        Assert.Equal(gif, (await favorites.List(null, 20)).Value!.Items.Single().Id);
        Assert.Equal(1, (await favorites.GetFilter()).Count);
        Assert.Equal(bytes.Length, await silo.Used(ada));
    }

    [Fact]
    public async Task What_was_added_again_or_does_not_fit_any_more_or_is_too_old_does_not_come_back()
    {
        var ada = await silo.NewUser();
        var link = GifsSilo.Link();
        var first = (await silo.Grains.Gif(GifId.New()).CreateLinked(ada, link, null)).Value!.Value.Id;
        await silo.Grains.Gif(first).Delete(ada);
        var second = (await silo.Grains.Gif(GifId.New()).CreateLinked(ada, link, null)).Value!;
        Assert.True(second.IsNew);
        Assert.Equal("conflict", (await silo.Grains.Gif(first).Restore(ada, null)).Error!.Code);

        var bytes = GifsSilo.Bytes();
        var upload = (await silo.Upload(ada, bytes)).Value!.Value.Id;
        await silo.Grains.Gif(upload).Delete(ada);
        await silo.Execute("UPDATE user_storage SET used = @used WHERE user_id = @ada", new { ada = ada.Value, used = GifsSilo.Quota - bytes.Length + 1 });
        Assert.Equal("quota_exceeded", (await silo.Grains.Gif(upload).Restore(ada, null)).Error!.Code);
        await silo.Execute("UPDATE user_storage SET used = 0 WHERE user_id = @ada", new { ada = ada.Value });

        await silo.Upload(ada, bytes);
        Assert.Equal("conflict", (await silo.Grains.Gif(upload).Restore(ada, null)).Error!.Code);
        Assert.Equal(bytes.Length, await silo.Used(ada));

        await silo.Grains.Gif(second.Value.Id).Delete(ada);
        await silo.Execute("UPDATE gifs SET deleted_at = now() - interval '30 days 1 minute' WHERE id = @id", new { id = second.Value.Id.Value });
        Assert.Equal("not_found", (await silo.Grains.Gif(second.Value.Id).Restore(ada, null)).Error!.Code);
    }

    [Fact]
    public async Task The_answer_is_stored_with_its_effect()
    {
        var ada = await silo.NewUser();
        var ticket = new IdempotencyTicket(ada, Guid.NewGuid().ToString("N"), "hash");
        await silo.Grains.Gif(GifId.New()).CreateLinked(ada, GifsSilo.Link(), ticket);
        Assert.Equal("hash", await silo.Scalar<string>("SELECT request_hash FROM idempotency_keys WHERE user_id = @ada AND scope = @scope", new { ada = ada.Value, scope = ticket.Scope }));

        // The second effect under the same key fails whole: nothing without its answer. Who asks again gets the first one.
        var fault = await Assert.ThrowsAsync<GrainFaultedException>(() => silo.Grains.Gif(GifId.New()).CreateLinked(ada, GifsSilo.Link(), ticket));
        Assert.Equal("unavailable", fault.Code);
        Assert.Equal(1, await silo.Scalar<long>("SELECT count(*) FROM gifs WHERE owner_id = @ada", new { ada = ada.Value }));
    }

    private async Task Sees(GifId gif, bool ada, UserId adaId, bool eve, UserId eveId, bool anonymous)
    {
        var grain = silo.Grains.Gif(gif);
        Assert.Equal(
            (ada, eve, anonymous),
            ((await grain.Get(adaId, null)).Error is null, (await grain.Get(eveId, null)).Error is null, (await grain.Get(null, null)).Error is null));
    }

    [Fact]
    public async Task Asking_for_what_does_not_exist_fills_no_memory()
    {
        var management = silo.Grains.GetGrain<IManagementGrain>(0);
        foreach (var _ in Enumerable.Range(0, 200))
            Assert.Equal(ErrorCode.NotFound, (await silo.Grains.Gif(GifId.New()).Get(null, null)).Error?.Code);
        await Eventually.True(
            async () => (await management.GetSimpleGrainStatistics()).Where(s => s.GrainType.EndsWith("GifGrain", StringComparison.Ordinal)).Sum(s => s.ActivationCount) < 100,
            TestContext.Current.CancellationToken);
    }
}
