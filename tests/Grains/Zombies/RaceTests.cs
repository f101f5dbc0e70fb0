using System.Text;
using Dapper;
using GifShare.Fixtures;
using GifShare.Grains.Collections;
using GifShare.Grains.Tests.Gifs;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests.Zombies;

/// <summary>Both activations write at the same time, and keys and statements that several of them share.</summary>
public sealed class RaceTests(TwoClusters clusters) : IClassFixture<TwoClusters>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Versions_move_by_the_acknowledged_edits_of_both_and_by_nothing_else()
    {
        const int each = 12;
        var scene = await CollectionScene.Make(clusters);
        GifId[] gifs = [.. await Task.WhenAll(Enumerable.Range(0, 2 * each).Select(_ => clusters.NewGif(scene.Owner)))];
        var version = await scene.Version();
        var acknowledged = await Task.WhenAll(AddAll(clusters.Live, gifs[..each]), AddAll(clusters.Zombie, gifs[each..]));
        Assert.Equal(2 * each, acknowledged.Sum());
        Assert.Equal(version + (2 * each), await scene.Version());
        await clusters.CountsAgree();

        async Task<int> AddAll(IGrainFactory grains, GifId[] mine)
        {
            var done = 0;
            foreach (var gif in mine)
                await Eventually.True(
                    async () =>
                    {
                        try
                        {
                            var added = await grains.Collection(scene.Id).AddItem(scene.Owner, new(gif), null, null);
                            done += added.Value is { IsNew: true } ? 1 : 0;
                            return added.Error is null;
                        }
                        catch (GrainFaultedException e) when (e.Code == ErrorCode.Unavailable)
                        {
                            return false;
                        }
                    },
                    Token);
            return done;
        }
    }

    /// <summary>The group waits for the lock of one of its collections, which another activation then has written.</summary>
    [Fact]
    public async Task A_statement_for_many_collections_leaves_out_only_the_one_that_was_overtaken()
    {
        var (stale, fresh) = (await CollectionScene.Make(clusters), await CollectionScene.Make(clusters));
        var writer = clusters.ZombieSilo.Services.GetRequiredService<ItemWriter>();
        AppendGroup[] groups = [await GroupOf(stale), await GroupOf(fresh)];
        await using var source = Npgsql.NpgsqlDataSource.Create(clusters.LiveSilo.ConnectionString + ";Pooling=false;Search Path=gifshare");
        await using var connection = await source.OpenConnectionAsync(Token);
        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await connection.ExecuteAsync("UPDATE collections SET name = 'Kittens', version = version + 1, revision = revision + 1 WHERE id = @id", new { id = stale.Id.Value });
            var writing = Task.WhenAll(groups.Select(writer.Write));
            await Eventually.True(
                () => clusters.Scalar<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%WITH target%' AND datname = current_database())"), Token);
            await transaction.CommitAsync(Token);
            await writing;
        }

        Assert.Empty(groups[0].Written);
        Assert.Single(groups[1].Written);
        Assert.Equal(0, await clusters.Scalar<long>("SELECT count(*) FROM idempotency_keys WHERE user_id = @id", new { id = stale.Owner.Value }));
        Assert.Equal(1, await clusters.Scalar<long>("SELECT count(*) FROM idempotency_keys WHERE user_id = @id", new { id = fresh.Owner.Value }));
        await clusters.CountsAgree();

        async Task<AppendGroup> GroupOf(CollectionScene scene) => new()
        {
            Collection = scene.Id,
            OnVersion = await scene.Version(),
            OnRevision = await clusters.Scalar<long>("SELECT revision FROM collections WHERE id = @id", new { id = scene.Id.Value }),
            At = DateTimeOffset.UtcNow,
            Items = { new(scene.Spares[0], "zz", null) },
            Answers = { (scene.Ticket("group"), "answer"u8.ToArray()) },
        };
    }

    /// <summary>Both were told that the key is new. The second effect is not kept, and whoever asks again gets the first one's answer.</summary>
    [Fact]
    public async Task The_same_key_through_both_has_one_effect()
    {
        var ada = await clusters.NewUser();
        var ticket = new IdempotencyTicket(ada, "create", "request");
        foreach (var grains in new[] { clusters.Live, clusters.Zombie })
            Assert.Equal(IdempotencyState.Fresh, (await grains.User(ada).FindAnswer(ticket)).State);
        var made = (await clusters.Live.Collection(CollectionId.New()).Create(ada, new("Cats"), ticket)).Value!;
        var rows = await clusters.Rows(ada);
        foreach (var again in new Func<Task>[]
        {
            () => clusters.Zombie.Collection(CollectionId.New()).Create(ada, new("Cats"), ticket),
            () => clusters.Zombie.Gif(GifId.New()).CreateLinked(ada, GifsSilo.Link(), ticket),
        })
        {
            Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<GrainFaultedException>(again)).Code);
            Assert.Equal(rows, await clusters.Rows(ada));
        }

        var replay = await clusters.Zombie.User(ada).FindAnswer(ticket);
        Assert.Equal(IdempotencyState.Done, replay.State);
        Assert.Contains(made.Value.Id.ToString(), Encoding.UTF8.GetString(replay.Answer.Span), StringComparison.Ordinal);
        await clusters.CountsAgree();
    }

    [Fact]
    public async Task The_same_id_through_both_is_made_once()
    {
        var ada = await clusters.NewUser();
        var id = CollectionId.New();
        Assert.Equal(ErrorCode.NotFound, (await clusters.Zombie.Collection(id).CanEdit(ada)).Error?.Code);
        Assert.Null((await clusters.Live.Collection(id).Create(ada, new("Cats"), null)).Error);
        var rows = await clusters.Rows(ada);
        Assert.Equal(ErrorCode.Conflict, (await clusters.Zombie.Collection(id).Create(ada, new("Dogs"), null)).Error?.Code);
        Assert.Equal(rows, await clusters.Rows(ada));
        await Eventually.True(async () => (await clusters.Zombie.Collection(id).CanEdit(ada)).Error is null, Token);
    }

    /// <summary>Nobody is signed out because the frontend's silo does not know their session, or its latest token, yet.</summary>
    [Fact]
    public async Task A_token_that_another_activation_handed_out_is_looked_up()
    {
        var first = await clusters.Register();
        var user = clusters.Zombie.User(first.User.Id);
        Assert.Null((await user.GetMe()).Error);
        var second = (await clusters.Live.User(first.User.Id).Refresh(first.RefreshToken, TwoClusters.Client)).Value!;
        var third = (await user.Refresh(second.RefreshToken, TwoClusters.Client)).Value!;
        // The live one is on an old revision by now: one sign-in fails, the next is done.
        await Assert.ThrowsAsync<GrainFaultedException>(() => clusters.Live.User(first.User.Id).SignIn(TwoClusters.Password, TwoClusters.Client));
        var other = (await clusters.Live.User(first.User.Id).SignIn(TwoClusters.Password, TwoClusters.Client)).Value!;
        Assert.Null((await user.Refresh(other.RefreshToken, TwoClusters.Client)).Error);
        Assert.Null((await user.Refresh(third.RefreshToken, TwoClusters.Client)).Error);
    }

    [Fact]
    public async Task A_purged_collection_stays_away()
    {
        var scene = await CollectionScene.Make(clusters);
        Assert.Null((await clusters.Zombie.Collection(scene.Id).CanEdit(scene.Owner)).Error);
        await clusters.Execute("DELETE FROM collections WHERE id = @id", new { id = scene.Id.Value });
        Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<GrainFaultedException>(() => scene.Touch(clusters.Zombie))).Code);
        await Eventually.True(async () => await scene.See(clusters.Zombie) == ErrorCode.NotFound, Token);
        Assert.Equal(ErrorCode.NotFound, (await scene.Touch(clusters.Zombie))?.Code);
        await clusters.CountsAgree();
    }
}
