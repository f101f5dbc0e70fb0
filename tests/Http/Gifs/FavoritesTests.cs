using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Gifs;

public sealed class FavoritesTests(GifsProduct product) : IClassFixture<GifsProduct>
{
    [Fact]
    public async Task Favourites_are_idempotent_and_listed_newest_first()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var eve = await ApiClient.RegisterAsync(product.Address);
        List<string> ids = [];
        for (var i = 0; i < 3; i++)
        {
            ids.Insert(0, await ada.NewGifAsync());
            Assert.Equal(HttpStatusCode.NoContent, (await ada.PutAsync($"/v1/favorites/{ids[0]}")).Status);
        }

        Assert.Equal(HttpStatusCode.NoContent, (await ada.PutAsync($"/v1/favorites/{ids[2]}")).Status);
        var first = (await ada.GetAsync("/v1/favorites?limit=2")).Json;
        var second = (await ada.GetAsync($"/v1/favorites?limit=2&cursor={first["next"]}")).Json;
        Assert.Equal(ids, first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(item => (string)item!["id"]!));
        Assert.Equal("invalid_request", (await eve.GetAsync($"/v1/favorites?cursor={first["next"]}")).Code);
        Assert.Equal("invalid_request", (await ada.GetAsync("/v1/favorites?limit=0")).Code);

        Assert.Equal("not_found", (await eve.PutAsync($"/v1/favorites/{ids[0]}")).Code);
        Assert.Equal("not_found", (await ada.PutAsync("/v1/favorites/nonsense")).Code);
        Assert.Equal("not_found", (await ada.DeleteAsync("/v1/favorites/nonsense")).Code);
        Assert.Equal("unauthenticated", (await ada.As(null).PutAsync($"/v1/favorites/{ids[0]}")).Code);
        Assert.Equal(HttpStatusCode.NoContent, (await ada.DeleteAsync($"/v1/favorites/{ids[0]}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await ada.DeleteAsync($"/v1/favorites/{ids[0]}")).Status);
        Assert.Equal(2, (await ada.GetAsync("/v1/favorites"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Which_of_some_ids_are_favourites_is_said_exactly()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var (mine, other, gone) = (await ada.NewGifAsync(), await ada.NewGifAsync(), await ada.NewGifAsync());
        foreach (var id in new[] { mine, gone })
            await ada.PutAsync($"/v1/favorites/{id}");
        await ada.DeleteAsync($"/v1/favorites/{gone}");
        var said = await ada.GetAsync($"/v1/favorites/among?ids={mine},{other},{gone},{Guid.NewGuid()}");
        Assert.Equal([mine], said["items"]!.AsArray().Select(id => (string)id!));
        Assert.Empty((await ada.GetAsync("/v1/favorites/among"))["items"]!.AsArray());
        Assert.Equal("invalid_request", (await ada.GetAsync("/v1/favorites/among?ids=nonsense")).Code);
        var many = string.Join(',', Enumerable.Range(0, 101).Select(_ => Guid.NewGuid()));
        Assert.Equal("invalid_request", (await ada.GetAsync("/v1/favorites/among?ids=" + many)).Code);
        await ada.DeleteAsync($"/v1/gifs/{mine}");
        Assert.Empty((await ada.GetAsync($"/v1/favorites/among?ids={mine}"))["items"]!.AsArray());
    }

    [Fact]
    public async Task The_filter_has_a_tag_that_changes_with_it()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var empty = await ada.GetAsync("/v1/favorites/filter");
        Assert.Equal(("application/octet-stream", "0"), (empty.ContentHeaders.ContentType?.ToString(), empty.Headers.GetValues("Bloom-Count").Single()));
        var tag = empty.Headers.ETag!.ToString();
        var same = await ada.GetAsync("/v1/favorites/filter", ("If-None-Match", tag));
        Assert.Equal((HttpStatusCode.NotModified, tag), (same.Status, same.Headers.ETag!.ToString()));
        await ada.PutAsync($"/v1/favorites/{await ada.NewGifAsync()}");
        var changed = await ada.GetAsync("/v1/favorites/filter", ("If-None-Match", tag));
        Assert.Equal((HttpStatusCode.OK, "1"), (changed.Status, changed.Headers.GetValues("Bloom-Count").Single()));
        var other = await ada.GetAsync("/v1/favorites/filter", ("If-Match", tag));
        Assert.Equal((HttpStatusCode.PreconditionFailed, "application/problem+json"), (other.Status, other.ContentType));
        var head = await ada.SendAsync("HEAD", "/v1/favorites/filter");
        Assert.Equal((HttpStatusCode.OK, changed.Headers.ETag), (head.Status, head.Headers.ETag));
    }

    [Fact]
    public async Task The_documented_probe_in_JavaScript_finds_all_of_10000_favourites_and_few_others()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var user = Guid.Parse((string)ada.User["id"]!);
        List<string> favorites = [];
        for (var i = 0; i < 100; i++)
            favorites.Add(await ada.NewGifAsync());
        var rows = Enumerable.Range(0, 9_900).Select(_ => Guid.CreateVersion7()).ToArray();
        await product.Execute(
            "INSERT INTO gifs (id, owner_id, provider, url, width, height, created_at, updated_at) SELECT id, $1, 'x', 'https://a.example/' || id, 1, 1, now(), now() FROM unnest($2) id", user, rows);
        await product.Execute("INSERT INTO favorites SELECT $1, id, now() FROM unnest($2) id", user, rows);

        // Half of these before the grain has loaded its filter, half after.
        for (var i = 0; i < favorites.Count; i++)
        {
            if (i == 50)
                await ada.GetAsync("/v1/favorites/filter");
            Assert.Equal(HttpStatusCode.NoContent, (await ada.PutAsync($"/v1/favorites/{favorites[i]}")).Status);
        }

        favorites.AddRange(rows.Select(id => id.ToString()));
        var others = Enumerable.Range(0, 20_000).Select(i => (i % 2 == 0 ? Guid.NewGuid() : Guid.CreateVersion7()).ToString());
        var said = await Probe(new JsonObject
        {
            ["server"] = product.Address.ToString().TrimEnd('/'),
            ["token"] = ada.Token,
            ["favorites"] = new JsonArray([.. favorites.Select(id => JsonValue.Create(id))]),
            ["others"] = new JsonArray([.. others.Select(id => JsonValue.Create(id))]),
        });
        Assert.Equal((10_000, 10_000), ((int)said["count"]!, (int)said["found"]!));
        Assert.InRange((int)said["wrong"]!, 1, 200);
    }

    private static async Task<JsonNode> Probe(JsonObject input)
    {
        using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "Gifs", "probe.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.StandardInput.WriteAsync(input.ToJsonString());
        node.StandardInput.Close();
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(node.ExitCode == 0, await error);
        return JsonNode.Parse(await output)!;
    }
}
