using GifShare.ObjectStore;

namespace GifShare.Fixtures.ObjectStore;

/// <summary>What <see cref="IObjectStore"/> promises, run once per implementation.</summary>
public abstract class ObjectStoreContract : ObjectUploadsContract
{
    [Fact]
    public async Task Staged_bytes_carry_their_hash_and_can_be_read_back()
    {
        var bytes = Bytes(300_000);
        var staged = await StageAsync(bytes);
        Assert.Equal((KeyOf(bytes).Sha256, bytes.LongLength), (staged.Sha256, staged.Length));
        await using var back = await Store.OpenStagedAsync(staged.Token, Cancel);
        Assert.Equal(bytes, await ReadAllAsync(back!));
    }

    [Fact]
    public async Task Nothing_at_all_can_be_staged()
    {
        var key = await PutAsync([]);
        Assert.Equal<byte[]>([], (await ReadAsync(key))!);
    }

    [Fact]
    public async Task The_limit_is_exact_and_leaves_nothing_behind()
    {
        var bytes = Bytes(70_000);
        Assert.Null(await Store.StageAsync(new MemoryStream(bytes), bytes.Length - 1, Cancel));
        Assert.Equal(0, await LeftoversAsync());
        Assert.NotNull(await Store.StageAsync(new MemoryStream(bytes), bytes.Length, Cancel));
    }

    [Fact]
    public async Task A_sender_that_breaks_off_leaves_nothing_behind_and_keeps_its_own_exception()
    {
        var e = await Assert.ThrowsAsync<IOException>(() => Store.StageAsync(new BrokenStream(Bytes(200_000)), Limit, Cancel));
        Assert.Equal("gone", e.Message);
        Assert.Equal(0, await LeftoversAsync());
    }

    [Fact]
    public async Task Committed_bytes_are_read_back_with_length_and_etag()
    {
        var bytes = Bytes(5_000);
        var key = await PutAsync(bytes);
        Assert.Equal(0, await LeftoversAsync());
        Assert.True(await Store.ExistsAsync(key, Cancel));
        await using var opened = await Store.OpenAsync(key, Cancel);
        Assert.Equal(bytes.LongLength, opened!.Length);
        Assert.Matches("^\"[!-~]+\"$", opened.ETag);
        Assert.InRange(opened.LastModified, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        opened.Content.Seek(4_000, SeekOrigin.Begin);
        Assert.Equal(bytes[4_000..], await ReadAllAsync(opened.Content));
    }

    [Fact]
    public async Task Committing_again_is_harmless()
    {
        var bytes = Bytes(1_000);
        var staged = await StageAsync(bytes);
        Assert.Equal(CommitOutcome.Stored, await Store.CommitAsync(staged.Token, KeyOf(bytes), Cancel));
        Assert.Equal(CommitOutcome.AlreadyStored, await Store.CommitAsync(staged.Token, KeyOf(bytes), Cancel));
        Assert.Equal(CommitOutcome.AlreadyStored, await Store.CommitAsync((await StageAsync(bytes)).Token, KeyOf(bytes), Cancel));
        Assert.Equal(0, await LeftoversAsync());
        Assert.Equal(bytes, await ReadAsync(KeyOf(bytes)));
    }

    [Fact]
    public async Task Many_may_commit_the_same_bytes_at_once()
    {
        var bytes = Bytes(20_000);
        var staged = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => StageAsync(bytes)));
        var outcomes = await Task.WhenAll(staged.Select(s => Store.CommitAsync(s.Token, KeyOf(bytes), Cancel)));
        Assert.Contains(CommitOutcome.Stored, outcomes);
        Assert.DoesNotContain(CommitOutcome.StagedGone, outcomes);
        Assert.Equal(bytes, await ReadAsync(KeyOf(bytes)));
        Assert.Equal(0, await LeftoversAsync());
    }

    [Fact]
    public async Task Readers_see_a_whole_object_or_none_while_others_commit_and_delete()
    {
        var bytes = Bytes(200_000);
        var key = KeyOf(bytes);
        var writers = Enumerable.Range(0, 4).Select(async i =>
        {
            for (var n = 0; n < 20; n++)
            {
                if (i == 0)
                    await Store.DeleteAsync(key, Cancel);
                else
                    await Store.CommitAsync((await StageAsync(bytes)).Token, key, Cancel);
            }
        });
        var readers = Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var n = 0; n < 40; n++)
            {
                if (await ReadAsync(key) is { } read)
                    Assert.Equal(bytes, read);
            }
        });
        await Task.WhenAll(writers.Concat(readers));
        Assert.Equal(0, await LeftoversAsync());
    }

    [Fact]
    public async Task An_empty_key_is_refused() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Store.OpenAsync(default, Cancel));

    [Fact]
    public async Task Discarded_bytes_cannot_be_committed()
    {
        var bytes = Bytes(10);
        var staged = await StageAsync(bytes);
        Assert.True(await Store.DiscardAsync(staged.Token, Cancel));
        Assert.False(await Store.DiscardAsync(staged.Token, Cancel));
        Assert.Null(await Store.OpenStagedAsync(staged.Token, Cancel));
        Assert.Equal(CommitOutcome.StagedGone, await Store.CommitAsync(staged.Token, KeyOf(bytes), Cancel));
    }

    [Fact]
    public async Task Deleting_is_final_and_deleting_nothing_is_no_error()
    {
        var key = await PutAsync(Bytes(100));
        Assert.True(await Store.DeleteAsync(key, Cancel));
        Assert.False(await Store.DeleteAsync(key, Cancel));
        Assert.False(await Store.ExistsAsync(key, Cancel));
        Assert.Null(await Store.OpenAsync(key, Cancel));
    }

    [Fact]
    public async Task An_open_object_stays_readable_when_it_is_deleted()
    {
        var bytes = Bytes(100_000);
        var key = await PutAsync(bytes);
        await using var opened = await Store.OpenAsync(key, Cancel);
        await Store.DeleteAsync(key, Cancel);
        Assert.Equal(bytes, await ReadAllAsync(opened!.Content));
    }

    [Fact]
    public async Task The_list_holds_what_is_stored()
    {
        var keys = new[] { await PutAsync(Bytes(1)), await PutAsync(Bytes(22)), await PutAsync(Bytes(333)) };
        await StageAsync(Bytes(5));
        List<StoredObjectInfo> listed = [];
        await foreach (var info in Store.ListAsync(Cancel))
            listed.Add(info);
        Assert.Equal(keys.Select(k => k.ToString()).Order(), listed.Select(i => i.Key.ToString()).Order());
        Assert.Equal(22, listed.Single(i => i.Key == keys[1]).Length);
        Assert.All(listed, i => Assert.InRange(i.StoredAt, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1)));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcde/")]
    public async Task Tokens_are_not_paths(string token)
    {
        var staged = new StagedObject(token, KeyOf([]).Sha256, 0);
        await Assert.ThrowsAsync<ArgumentException>(() => Store.DiscardAsync(staged.Token, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(staged.Token, KeyOf([]), Cancel));
    }

    [Fact]
    public async Task Sweeping_takes_only_what_is_old()
    {
        var staged = await StageAsync(Bytes(10));
        var key = await PutAsync(Bytes(10));
        Assert.Equal(0, await Store.SweepStagingAsync(TimeSpan.FromHours(1), NoTokens, Cancel));
        Assert.Equal(1, await LeftoversAsync());
        Assert.Equal(1, await Store.SweepStagingAsync(TimeSpan.FromHours(-1), NoTokens, Cancel));
        Assert.Equal(0, await LeftoversAsync());
        Assert.Null(await Store.OpenStagedAsync(staged.Token, Cancel));
        Assert.True(await Store.ExistsAsync(key, Cancel));
    }
}
