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
        Result<CreatedOrExisting<Gif>> result;
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
            ((await hers.GetCopySource(ada, null, null)).Value!.Items.Length, (await theirs.GetCopySource(eve, null, null)).Value!.Items.Length));
    }

    [Fact]
    public async Task A_deleted_gif_answers_its_owner_like_one_that_never_was()
    {
        var ada = await silo.NewUser();
        var gif = await silo.NewLinked(ada);
        var grain = silo.Grains.Gif(gif);
        Assert.Null((await grain.Delete(ada)).Error);
        Assert.Equal("not_found", (await grain.Delete(ada)).Error!.Code);
        Assert.Equal("not_found", (await grain.Get(ada, null)).Error!.Code);
        Assert.Equal("not_found", (await grain.Update(ada, new())).Error!.Code);
        Assert.Equal("not_found", (await silo.Grains.Favorites(ada).Add(gif, null)).Error!.Code);
    }

    [Fact]
    public async Task A_deleted_gif_is_no_favourite_until_it_is_restored()
    {
        var ada = await silo.NewUser();
        var gif = await silo.NewLinked(ada);
        var favorites = silo.Grains.Favorites(ada);
        Assert.Null((await favorites.Add(gif, null)).Error);
        Assert.Equal(1, (await favorites.GetFilter()).Count);
        Assert.Null((await silo.Grains.Gif(gif).Delete(ada)).Error);
        Assert.Empty((await favorites.List(null, 20)).Value!.Items);
        Assert.Equal(0, (await favorites.GetFilter()).Count);
        Assert.Null((await silo.Grains.Gif(gif).Restore(ada, null)).Error);
        Assert.Equal(gif, (await favorites.List(null, 20)).Value!.Items.Single().Id);
        Assert.Equal(1, (await favorites.GetFilter()).Count);
    }

    [Fact]
    public async Task A_deleted_upload_lies_in_the_trash_for_thirty_days_and_counts_again_when_it_is_restored()
    {
        var ada = await silo.NewUser();
        var bytes = GifsSilo.Bytes();
        var gif = (await silo.Upload(ada, bytes)).Value!.Value.Id;
        // What is not deleted is restored to what it is.
        Assert.Null((await silo.Grains.Gif(gif).Restore(ada, null)).Error);
        Assert.Null((await silo.Grains.Gif(gif).Delete(ada)).Error);
        Assert.Equal(0, await silo.Used(ada));
        var trash = (await silo.Service<GifShare.Grains.Gifs.GifTrash>().List(ada, null, 20)).Value!.Items.Single();
        Assert.Equal((gif, trash.DeletedAt.AddDays(30)), (trash.Gif.Id, trash.RestorableUntil));
        Assert.Equal(gif, (await silo.Grains.Gif(gif).Restore(ada, null)).Value!.Id);
        Assert.Equal(bytes.Length, await silo.Used(ada));
    }

    [Fact]
    public async Task What_is_added_again_comes_back_and_what_does_not_fit_any_more_or_is_too_old_does_not()
    {
        var ada = await silo.NewUser();
        var link = GifsSilo.Link();
        var first = (await silo.Grains.Gif(GifId.New()).CreateLinked(ada, link, null)).Value!.Value.Id;
        await silo.Grains.Gif(first).Delete(ada);
        var second = (await silo.Grains.Gif(GifId.New()).CreateLinked(ada, link, null)).Value!;
        Assert.Equal((first, false), (second.Value.Id, second.IsNew));
        Assert.Null((await silo.Grains.Gif(first).Restore(ada, null)).Error);

        var bytes = GifsSilo.Bytes();
        var upload = (await silo.Upload(ada, bytes)).Value!.Value.Id;
        await silo.Grains.Gif(upload).Delete(ada);
        await silo.Execute("UPDATE user_storage SET used = @used WHERE user_id = @ada", new { ada = ada.Value, used = GifsSilo.Quota - bytes.Length + 1 });
        Assert.Equal("quota_exceeded", (await silo.Grains.Gif(upload).Restore(ada, null)).Error!.Code);
        Assert.Equal("quota_exceeded", (await silo.Upload(ada, bytes)).Error!.Code);
        await silo.Execute("UPDATE user_storage SET used = 0 WHERE user_id = @ada", new { ada = ada.Value });

        Assert.Equal(upload, (await silo.Upload(ada, bytes)).Value!.Value.Id);
        Assert.Equal(bytes.Length, await silo.Used(ada));

        await silo.Grains.Gif(second.Value.Id).Delete(ada);
        await silo.Execute("UPDATE gifs SET deleted_at = now() - interval '30 days 1 minute' WHERE id = @id", new { id = second.Value.Id.Value });
        Assert.Equal("not_found", (await silo.Grains.Gif(second.Value.Id).Restore(ada, null)).Error!.Code);
        Assert.True((await silo.Grains.Gif(GifId.New()).CreateLinked(ada, link, null)).Value!.IsNew);
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
