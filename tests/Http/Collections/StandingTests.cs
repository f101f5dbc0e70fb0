using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GifShare.Http.Tests.Collections;

/// <summary>What stands when grains go away, keys run out and the database is away. A product of its own: it takes the database away.</summary>
public class StandingTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task Pages_of_a_long_collection_are_the_same_after_its_grain_was_away()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var gifs = new List<string>();
        for (var i = 0; i < 55; i++)
            gifs.Add(await me.AddNewGifAsync(id, $"title {i}"));
        var link = (string)(await me.NewLinkAsync(id))["token"]!;
        (await me.DeleteAsync($"/v1/gifs/{gifs[3]}")).Is(HttpStatusCode.NoContent);
        (await me.DeleteAsync($"/v1/collections/{id}/items/{gifs[4]}")).Is(HttpStatusCode.NoContent);
        gifs.RemoveRange(3, 2);
        foreach (var cover in new[] { gifs[52], gifs[1], null })
        {
            (await me.PatchAsync($"/v1/collections/{id}", new JsonObject { ["coverGifId"] = cover })).Is(HttpStatusCode.OK);
            await Eventually.True(async () => (await me.ItemsAsync(id)).SequenceEqual(gifs), TestContext.Current.CancellationToken);
            foreach (var path in new[] { $"/v1/shared/{link}", $"/v1/collections/{id}/items?limit=20", $"/v1/collections/{id}/items?limit=50", $"/v1/collections/{id}/items?limit=100" })
            {
                var before = await Shown(path);
                await Forget();
                Assert.Equal(before, await Shown(path));
                // The page before an edit and the page after it, both of the same activation.
                Assert.Equal(before, await Shown(path));
            }
        }

        async Task<string> Shown(string path)
        {
            var page = (await (path.Contains("shared", StringComparison.Ordinal) ? guest : me).GetAsync(path)).Is(HttpStatusCode.OK).Json;
            (page["next"], page["itemsNext"]) = (null, null);
            // A view more with every read.
            page["collection"]?.AsObject().Remove("viewCount");
            return page.ToJsonString();
        }
    }

    [Fact]
    public async Task A_collection_is_the_same_after_its_grain_was_away()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync("public");
        for (var i = 0; i < 5; i++)
            await me.AddNewGifAsync(id, $"title {i}");
        var link = await me.NewLinkAsync(id, new JsonObject { ["maxViews"] = 3 });
        (await guest.GetAsync($"/v1/shared/{(string)link["token"]!}")).Is(HttpStatusCode.OK);
        await guest.GetAsync($"/v1/collections/{id}");
        await me.PutAsync($"/v1/collections/{id}/like");
        await Forget();
        var before = await me.GetAsync($"/v1/collections/{id}");
        Assert.Equal(2, (int)before.Is(HttpStatusCode.OK)["viewCount"]!);
        Assert.Equal(1, (int)before["likeCount"]!);
        var items = await me.GetAsync($"/v1/collections/{id}/items");
        await Forget();
        Assert.Equal(before.ETag, (await me.GetAsync($"/v1/collections/{id}")).ETag);
        Assert.Equal(items.ETag, (await me.GetAsync($"/v1/collections/{id}/items")).ETag);
        (await guest.GetAsync($"/v1/shared/{(string)link["token"]!}")).Is(HttpStatusCode.OK);
        await Forget();
        (await guest.GetAsync($"/v1/shared/{(string)link["token"]!}")).Is(HttpStatusCode.OK);
        (await guest.GetAsync($"/v1/shared/{(string)link["token"]!}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        await product.CountsAgree();
    }

    [Fact]
    public async Task What_a_crash_left_undone_is_mended_when_the_collection_is_next_used()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        var (a, b) = (await me.AddNewGifAsync(id), await me.AddNewGifAsync(id));
        await Forget();
        await Sql($"UPDATE gifshare.gifs SET deleted_at = now() WHERE id = '{a}'");
        Assert.Equal([b], await me.ItemsAsync(id));
        Assert.Equal(1, (int)(await me.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK)["itemCount"]!);
        await product.CountsAgree();
    }

    [Fact]
    public async Task Keys_that_run_out_are_written_anew_and_pages_go_on()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        List<string> order = [];
        for (var i = 0; i < 6; i++)
            order.Add(await me.AddNewGifAsync(id));
        var removed = await me.AddNewGifAsync(id);
        (await me.DeleteAsync($"/v1/collections/{id}/items/{removed}")).Is(HttpStatusCode.NoContent);
        var next = (string)(await me.GetAsync($"/v1/collections/{id}/items?limit=2")).Is(HttpStatusCode.OK)["next"]!;
        var second = order[1];
        var moved = 0;
        while (await Scalar<int>($"SELECT key_epoch FROM gifshare.collections WHERE id = '{id}'") == 0)
        {
            // Always to the same place: the gap before the last item halves every time.
            var gif = order[2];
            (await me.PatchAsync($"/v1/collections/{id}/items/{gif}", new JsonObject { ["before"] = order[5] })).Is(HttpStatusCode.OK);
            order.Remove(gif);
            order.Insert(4, gif);
            Assert.True(moved++ < 500, "The keys never ran out.");
        }

        Assert.True(moved > 100, $"after {moved} moves");
        Assert.Equal(order, await me.ItemsAsync(id));
        Assert.True(await Scalar<int>($"SELECT max(length(position)) FROM gifshare.collection_items WHERE collection_id = '{id}'") <= 64);
        var rest = (await me.GetAsync($"/v1/collections/{id}/items?cursor={next}")).Is(HttpStatusCode.OK)["items"]!.AsArray().Select(item => (string)item!["gif"]!["id"]!);
        Assert.Equal(order[(order.IndexOf(second) + 1)..], rest);
        (await me.PostAsync($"/v1/collections/{id}/items/{removed}/restore")).Is(HttpStatusCode.OK);
        Assert.Equal([.. order, removed], await me.ItemsAsync(id));
        await product.CountsAgree();
    }

    [Fact]
    public async Task Without_the_database_hot_pages_are_read_and_writes_fail_until_it_is_back()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync("public");
        await me.AddNewGifAsync(id);
        var token = (string)(await me.NewLinkAsync(id))["token"]!;
        var body = new JsonObject { ["gifId"] = await me.NewGifAsync() };
        (await guest.GetAsync($"/v1/shared/{token}")).Is(HttpStatusCode.OK);
        (await me.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK);

        var database = new NpgsqlConnectionStringBuilder(product.Product.ConnectionString).Database!;
        await Elsewhere($"ALTER DATABASE {database} ALLOW_CONNECTIONS false");
        await Elsewhere($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        try
        {
            (await guest.GetAsync($"/v1/shared/{token}")).Is(HttpStatusCode.OK);
            (await me.PostAsync($"/v1/collections/{id}/items", body)).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
            (await me.PatchAsync($"/v1/collections/{id}", new JsonObject { ["name"] = "Dogs" })).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
            for (var i = 0; i < 5; i++)
                Assert.Equal("Cats", (string)(await guest.GetAsync($"/v1/shared/{token}")).Is(HttpStatusCode.OK)["collection"]!["name"]!);
        }
        finally
        {
            await Elsewhere($"ALTER DATABASE {database} ALLOW_CONNECTIONS true");
        }

        await Eventually.True(
            async () => (await me.PostAsync($"/v1/collections/{id}/items", body)).Status is HttpStatusCode.Created or HttpStatusCode.OK, TestContext.Current.CancellationToken);
        Assert.Equal(2, (await me.ItemsAsync(id)).Count);
        await Eventually.True(async () => (int)(await me.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK)["viewCount"]! == 7, TestContext.Current.CancellationToken);
        await product.CountsAgree();
    }

    /// <summary>Whoever was told that it is done, by the row of an idempotency key, sees it, though the grain does not know yet.</summary>
    [Fact]
    public async Task After_a_write_whose_outcome_is_unknown_readers_see_the_rows()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync("public");
        var path = $"/v1/collections/{id}";
        await Sql($"UPDATE gifshare.collections SET name = 'Birds', version = version + 1, revision = revision + 1 WHERE id = '{id}'");
        (await me.PatchAsync(path, new JsonObject { ["name"] = "Dogs" })).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.Equal("Birds", (string)(await me.GetAsync(path)).Is(HttpStatusCode.OK)["name"]!);

        (await me.DeleteAsync(path)).Is(HttpStatusCode.NoContent);
        await Sql($"UPDATE gifshare.collections SET deleted_at = NULL, version = version + 1, revision = revision + 1 WHERE id = '{id}'");
        (await me.PostAsync(path + "/restore", null)).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        (await me.PostAsync(path + "/items", new JsonObject { ["url"] = "https://media.example.org/1.gif", ["width"] = 1, ["height"] = 1, ["provider"] = "giphy" })).Is(HttpStatusCode.Created);
        await product.CountsAgree();
    }

    /// <summary>Every idle activation goes away.</summary>
    private Task Forget() => product.Product.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);

    private async Task Sql(string sql)
    {
        await using var source = NpgsqlDataSource.Create(product.Product.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task<T> Scalar<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(product.Product.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private async Task Elsewhere(string sql)
    {
        var elsewhere = new NpgsqlConnectionStringBuilder(product.Product.ConnectionString) { Database = "postgres", Pooling = false };
        await using var source = NpgsqlDataSource.Create(elsewhere.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
