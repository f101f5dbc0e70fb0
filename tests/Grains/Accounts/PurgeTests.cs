using Dapper;
using GifShare.Accounts;
using GifShare.Grains.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests.Accounts;

/// <summary>What the sweepers do together when nobody may come back any more.</summary>
public sealed class PurgeTests
{
    private const string Password = "seven quiet otters";
    private static readonly ClientInfo Client = new(null, null);

    [Fact]
    public async Task An_account_is_purged_with_all_it_had_and_leaves_no_count_behind()
    {
        await using var silo = await GrainsSilo.Start();
        var eve = await Register(silo);
        var ada = await Register(silo);
        var hers = silo.Grains.Collection(CollectionId.New());
        Assert.Null((await hers.Create(eve, new("Hers", null, "public"), null)).Error);
        var gif = GifId.New();
        Assert.Null((await silo.Grains.Gif(gif).CreateLinked(ada, new("https://media.example.org/1", 10, 10, "example"), null)).Error);
        var mine = silo.Grains.Collection(CollectionId.New());
        Assert.Null((await mine.Create(ada, new("Mine", null, "public"), null)).Error);
        Assert.Null((await mine.AddItem(ada, new(gif), null, null)).Error);
        Assert.Null((await hers.AddItem(eve, new(gif), null, null)).Error);
        Assert.Null((await hers.SetLike(ada, null, true)).Error);

        Assert.Null((await silo.Grains.User(ada).Delete(Password)).Error);
        silo.Clock.Turn(TimeSpan.FromDays(31));
        for (var round = 0; round < 3; round++)
            foreach (var sweep in silo.Services.GetServices<ISweep>())
                await sweep.Sweep(TestContext.Current.CancellationToken);

        var left = await silo.Postgres.Run(connection => connection.QueryFirstAsync<long[]>(
            """
            SELECT ARRAY[(SELECT count(*) FROM users), (SELECT count(*) FROM gifs), (SELECT count(*) FROM collections),
                (SELECT count(*) FROM collection_items), (SELECT count(*) FROM collection_likes), (SELECT sum(like_count) FROM collection_counters)]::bigint[]
            """));
        long[] expected = [1, 0, 1, 0, 0, 0];
        Assert.Equal(expected, left);
        // The name is free again.
        Assert.Null(await silo.Grains.Accounts().FindByUsername("u" + ada.Value.ToString("N")[^12..]));
    }

    [Fact]
    public async Task Telling_about_a_deletion_that_was_cut_short_is_finished_by_the_sweeper()
    {
        await using var silo = await GrainsSilo.Start();
        var eve = await Register(silo);
        var ada = await Register(silo);
        var gif = GifId.New();
        var hers = CollectionId.New();
        await silo.Grains.Collection(hers).Create(eve, new("Hers", null, "public"), null);
        await silo.Grains.Gif(gif).CreateLinked(ada, new("https://media.example.org/1", 10, 10, "example"), null);
        await silo.Grains.Collection(CollectionId.New()).Create(ada, new("Mine", null, "public"), null);
        var mine = CollectionId.New();
        await silo.Grains.Collection(mine).Create(ada, new("Mine", null, "public"), null);
        await silo.Grains.Collection(mine).AddItem(ada, new(gif), null, null);
        await silo.Grains.Collection(hers).AddItem(eve, new(gif), null, null);
        await silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.Null((await silo.Grains.Collection(hers).Read(eve, null, false)).Error);

        // As a silo leaves it that dies between the commit and the telling.
        await silo.Postgres.Run(connection => connection.ExecuteAsync(
            "UPDATE users SET deleted_at = @now, fan_out_due = true WHERE id = @id", new { now = silo.Clock.GetUtcNow(), id = ada.Value }));
        foreach (var sweep in silo.Services.GetServices<ISweep>())
            await sweep.Sweep(TestContext.Current.CancellationToken);

        Assert.Equal(0, await silo.Postgres.Run(connection => connection.ExecuteScalarAsync<long>(
            "SELECT count(*) FROM collection_items WHERE collection_id = @id AND available", new { id = hers.Value })));
        Assert.False(await silo.Postgres.Run(connection => connection.ExecuteScalarAsync<bool>("SELECT bool_or(fan_out_due) FROM users")));
    }

    [Fact]
    public async Task Telling_about_a_gif_that_was_cut_short_is_finished_by_the_sweeper_too()
    {
        await using var silo = await GrainsSilo.Start();
        var (ada, eve) = (await Register(silo), await Register(silo));
        var (gif, hers) = (GifId.New(), CollectionId.New());
        await silo.Grains.Gif(gif).CreateLinked(ada, new("https://media.example.org/1", 10, 10, "example"), null);
        var mine = CollectionId.New();
        await silo.Grains.Collection(mine).Create(ada, new("Mine", null, "public"), null);
        await silo.Grains.Collection(mine).AddItem(ada, new(gif), null, null);
        await silo.Grains.Collection(hers).Create(eve, new("Hers", null, "public"), null);
        Assert.Null((await silo.Grains.Collection(hers).AddItem(eve, new(gif), null, null)).Error);

        // As a silo leaves it that dies between the commit and the telling.
        await Execute(silo, "UPDATE gifs SET deleted_at = now(), telling_due = true");
        foreach (var sweep in silo.Services.GetServices<ISweep>())
            await sweep.Sweep(TestContext.Current.CancellationToken);
        Assert.Equal(0, await Count(silo, "SELECT count(*) FROM collection_items WHERE available"));
        Assert.Equal(0, await Count(silo, "SELECT count(*) FROM gifs WHERE telling_due"));

        Assert.Null((await silo.Grains.Gif(gif).Restore(ada, null)).Error);
        Assert.Equal(2, await Count(silo, "SELECT count(*) FROM collection_items WHERE available"));
        Assert.Null((await silo.Grains.Gif(gif).Delete(ada)).Error);
        Assert.Equal(0, await Count(silo, "SELECT count(*) FROM collection_items WHERE available"));
        Assert.Equal(0, await Count(silo, "SELECT count(*) FROM gifs WHERE telling_due"));
    }

    private static Task<int> Execute(GrainsSilo silo, string sql) => silo.Postgres.Run(connection => connection.ExecuteAsync(sql));

    private static Task<long> Count(GrainsSilo silo, string sql) => silo.Postgres.Run(connection => connection.ExecuteScalarAsync<long>(sql));

    private static async Task<UserId> Register(GrainsSilo silo)
    {
        var id = UserId.New();
        var name = "u" + id.Value.ToString("N")[^12..];
        Assert.Null((await silo.Grains.User(id).Register(new("Ada", "Lovelace", name + "@example.org", name, Password), Client)).Error);
        return id;
    }
}
