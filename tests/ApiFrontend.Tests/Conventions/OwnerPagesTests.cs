using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using GifShare.ApiFrontend.Tests.Accounts;
using GifShare.Fixtures;

namespace GifShare.ApiFrontend.Tests.Conventions;

/// <summary>What an owner does to a collection by plain forms, as without a script; and what its script is answered.</summary>
public sealed class OwnerPagesTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private static byte[] Gif(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", name));

    [Fact]
    public async Task What_could_be_added_stays_and_the_rest_is_named()
    {
        using var ada = await Owner.Enter(product);
        var page = $"/c/{ada.Collection}/add";
        var reply = await ada.Browser.Submit(page, page, files: [("happy_hearts.gif", Gif("hearts.gif")), ("fake <b>.gif", "no"u8.ToArray()), ("IMG_2034.gif", Gif("sailing.gif"))]);
        Assert.Equal(400, reply.Code);
        Assert.Contains("fake &lt;b&gt;.gif", reply.Text, StringComparison.Ordinal);
        Assert.Contains("2 GIFs added", reply.Text, StringComparison.Ordinal);
        Assert.Contains("name=\"what\"", reply.Text, StringComparison.Ordinal);
        var items = await ada.Items();
        Assert.Equal(["happy hearts", null], items.Select(item => (string?)item!["gif"]!["title"]));
        var more = await ada.Browser.Submit(page, page, files: [("x.gif", Gif("plasma.gif")), ("y.gif", Gif("sailing.gif"))]);
        Assert.Contains("1 GIF added.", (await ada.Browser.Get(more.Header("Location")!)).Text, StringComparison.Ordinal);
        // y.gif was there before, and stays.
        await ada.Undo(more.Header("Location")!);
        Assert.Equal(2, (await ada.Items()).Count);
        Assert.Equal(400, (await ada.Browser.Submit(page, page, files: [])).Code);
        Assert.Equal($"/c/{ada.Collection}?done=added", (await ada.Browser.Submit(page, page, files: [("y.gif", Gif("sailing.gif"))])).Header("Location"));
    }

    [Fact]
    public async Task An_address_is_kept_and_a_page_of_giphy_becomes_its_gif()
    {
        using var ada = await Owner.Enter(product);
        var (page, action) = ($"/c/{ada.Collection}/add", $"/c/{ada.Collection}/add/address");
        foreach (var (typed, url, provider) in new[]
        {
            ("https://giphy.com/gifs/cat-dance-3o7abKhOpu0NwenH3O", "https://media.giphy.com/media/3o7abKhOpu0NwenH3O/giphy.gif", "giphy"),
            (" media.tenor.com/abc/cat.gif ", "https://media.tenor.com/abc/cat.gif", "tenor"),
            ("http://www.example.org/x.gif?a=1&b=2", "https://www.example.org/x.gif?a=1&b=2", "example.org"),
        })
        {
            Assert.Equal(303, (await ada.Browser.Submit(page, action, new() { ["address"] = typed, ["title"] = "Dance", ["altText"] = "" })).Code);
            var gif = (await ada.Items()).Last()!["gif"]!;
            Assert.Equal((url, provider, 480, 360), ((string)gif["url"]!, (string)gif["provider"]!, (int)gif["width"]!, (int)gif["height"]!));
        }

        foreach (var (address, width) in new[] { ("https://tenor.com/view/cat-1", ""), ("nonsense", ""), ("javascript:alert(1)", ""), ("https://u:p@example.org/x.gif", ""), ("https://example.org/y.gif", "0") })
        {
            var refused = await ada.Browser.Submit(page, action, new() { ["address"] = address, ["title"] = "Typed \"words\"", ["width"] = width });
            Assert.Equal(400, refused.Code);
            Assert.Contains("Typed &quot;words&quot;", refused.Text, StringComparison.Ordinal);
            Assert.Contains($"value=\"{WebUtility.HtmlEncode(address)}\"", refused.Text, StringComparison.Ordinal);
        }

        Assert.Equal(3, (await ada.Items()).Count);
    }

    [Fact]
    public async Task An_item_is_described_noted_moved_made_the_cover_removed_and_comes_back()
    {
        using var ada = await Owner.Enter(product, 3);
        var path = $"/c/{ada.Collection}/items/{ada.Gifs[2]}";
        Assert.Contains("3 of 3", (await ada.Browser.Get(path)).Text, StringComparison.Ordinal);
        var texts = new Dictionary<string, string> { ["title"] = "A <cat>", ["altText"] = "A cat sleeps.", ["tags"] = "cat,  sleep , cat", ["rating"] = "pg", ["note"] = "My favourite" };
        var saved = (await ada.Browser.Submit(path, path, texts)).Header("Location")!;
        Assert.StartsWith($"/c/{ada.Collection}?done=saved&undo=", saved, StringComparison.Ordinal);
        var item = (await ada.Items())[2]!;
        Assert.Equal(("A <cat>", "A cat sleeps.", "pg", "My favourite"), ((string)item["gif"]!["title"]!, (string)item["gif"]!["altText"]!, (string)item["gif"]!["rating"]!, (string)item["note"]!));
        Assert.Equal(["cat", "sleep"], item["gif"]!["tags"]!.AsArray().Select(tag => (string)tag!));

        texts["title"] = new string('x', 201);
        texts["note"] = "Typed and kept";
        var refused = await ada.Browser.Submit(path, path, texts);
        Assert.Equal(400, refused.Code);
        Assert.Contains("Typed and kept", refused.Text, StringComparison.Ordinal);

        Assert.Equal(303, (await ada.Browser.Submit(path, path + "/place", new() { ["place"] = "1" })).Code);
        Assert.Equal([ada.Gifs[2], ada.Gifs[0], ada.Gifs[1]], await ada.Order());
        Assert.Equal(303, (await ada.Browser.Submit(path, path + "/place", new() { ["place"] = "2" })).Code);
        Assert.Equal([ada.Gifs[0], ada.Gifs[2], ada.Gifs[1]], await ada.Order());
        Assert.Equal(303, (await ada.Browser.Submit(path, path + "/place", new() { ["place"] = "99" })).Code);
        Assert.Equal(ada.Gifs, await ada.Order());
        Assert.Equal(400, (await ada.Browser.Submit(path, path + "/place", new() { ["place"] = "first" })).Code);
        Assert.Equal(303, (await ada.Browser.Submit(path, path + "/cover")).Code);
        Assert.Contains("This is the cover", (await ada.Browser.Get(path)).Text, StringComparison.Ordinal);

        var middle = $"/c/{ada.Collection}/items/{ada.Gifs[1]}";
        var removed = (await ada.Browser.Submit(middle, middle + "/remove")).Header("Location")!;
        Assert.Equal($"/c/{ada.Collection}?done=item-removed&of={ada.Gifs[1]}&in={ada.Collection}", removed);
        Assert.Equal([ada.Gifs[0], ada.Gifs[2]], await ada.Order());
        Assert.Equal(303, (await ada.Browser.Submit(removed, middle + "/restore")).Code);
        Assert.Equal(ada.Gifs, await ada.Order());
    }

    [Fact]
    public async Task Chosen_items_are_removed_moved_and_copied_and_each_is_undone()
    {
        using var ada = await Owner.Enter(product, 5);
        var page = $"/c/{ada.Collection}";
        var chosen = $"{ada.Gifs[1]},{ada.Gifs[3]}";

        var removed = await ada.Select(new() { ["gif"] = chosen, ["do"] = "remove" });
        Assert.Equal([ada.Gifs[0], ada.Gifs[2], ada.Gifs[4]], await ada.Order());
        Assert.Contains("2 GIFs removed.", (await ada.Browser.Get(removed)).Text, StringComparison.Ordinal);
        await ada.Undo(removed);
        Assert.Equal(ada.Gifs, await ada.Order());

        var picked = await ada.Browser.Submit(page, page + "/items/selected", new() { ["gif"] = chosen, ["do"] = "move" });
        Assert.Contains("Which collection?", picked.Text, StringComparison.Ordinal);
        Assert.Contains($"value=\"{ada.Gifs[3]}\"", picked.Text, StringComparison.Ordinal);
        Assert.Equal(400, (await ada.Browser.Submit(page, page + "/items/selected", new() { ["gif"] = chosen, ["do"] = "move", ["target"] = "new" })).Code);
        var moved = await ada.Select(new() { ["gif"] = chosen, ["do"] = "move", ["target"] = "new", ["name"] = "Other <cats>" });
        Assert.Contains("Other &lt;cats&gt;", (await ada.Browser.Get(moved)).Text, StringComparison.Ordinal);
        var target = await ada.CollectionNamed("Other <cats>");
        Assert.Equal([ada.Gifs[1], ada.Gifs[3]], await ada.Order(target));
        Assert.Equal(3, (await ada.Order()).Count);
        await ada.Undo(moved);
        Assert.Equal(ada.Gifs, await ada.Order());
        Assert.Equal(404, (await ada.Wire.Send("GET", $"/v1/collections/{target}")).Code);

        // One of the two is there already, and stays when the copy is undone.
        var other = await ada.NewCollection("Copies");
        Assert.Equal(201, (await ada.Wire.Send("POST", $"/v1/collections/{other}/items", $$"""{"gifId":"{{ada.Gifs[3]}}"}""")).Code);
        var copied = await ada.Select(new() { ["gif"] = chosen, ["do"] = "copy", ["target"] = other });
        Assert.Equal([ada.Gifs[3], ada.Gifs[1]], await ada.Order(other));
        await ada.Undo(copied);
        Assert.Equal([ada.Gifs[3]], await ada.Order(other));
        Assert.Equal(ada.Gifs, await ada.Order());

        // What another tab has removed meanwhile is passed over.
        Assert.Equal(204, (await ada.Wire.Send("DELETE", $"/v1/collections/{ada.Collection}/items/{ada.Gifs[1]}")).Code);
        await ada.Undo(await ada.Select(new() { ["gif"] = chosen, ["do"] = "remove" }));
        Assert.Equal([ada.Gifs[0], ada.Gifs[2], ada.Gifs[3], ada.Gifs[4]], await ada.Order());
    }

    [Theory]
    [InlineData("remove", "")]
    [InlineData("remove", "nonsense")]
    [InlineData("dance", "ok")]
    [InlineData("move", "ok")]
    public async Task A_wrong_choice_is_refused_and_changes_nothing(string deed, string gif)
    {
        using var ada = await Owner.Enter(product, 1);
        var form = new Dictionary<string, string> { ["gif"] = gif == "ok" ? ada.Gifs[0] : gif, ["do"] = deed, ["target"] = Guid.NewGuid().ToString() };
        var reply = await ada.Browser.Submit($"/c/{ada.Collection}", $"/c/{ada.Collection}/items/selected", form);
        Assert.True(reply.Code is 400 or 404, $"{reply.Code}");
        Assert.Equal(ada.Gifs, await ada.Order());
    }

    [Fact]
    public async Task What_was_not_done_cannot_be_undone()
    {
        using var ada = await Owner.Enter(product, 2);
        using var eve = await Owner.Enter(product, 2);
        var ticket = Ticket(await ada.Select(new() { ["gif"] = ada.Gifs[0], ["do"] = "remove" }));
        var token = Browser.FormToken(await eve.Browser.Get("/collections"));
        foreach (var what in new[] { ticket, ticket[..^4] + "AAAA", "AAAA", "" })
            Assert.Equal(400, (await eve.Browser.Post("/undo", new() { ["_antiforgery"] = token, ["what"] = what })).Code);
        Assert.Equal([ada.Gifs[1]], await ada.Order());
    }

    [Fact]
    public async Task Undoing_a_move_keeps_what_the_new_collection_got_meanwhile()
    {
        using var ada = await Owner.Enter(product, 2);
        var moved = await ada.Select(new() { ["gif"] = ada.Gifs[0], ["do"] = "move", ["target"] = "new", ["name"] = "Meanwhile" });
        var made = await ada.CollectionNamed("Meanwhile");
        // As many as the move brought, but another one.
        Assert.Equal(200, (await ada.Wire.Send("POST", $"/v1/collections/{made}/items/batch", $$"""{"remove":["{{ada.Gifs[0]}}"],"add":["{{ada.Gifs[1]}}"]}""")).Code);
        await ada.Undo(moved);
        Assert.Equal(ada.Gifs, await ada.Order());
        Assert.Equal([ada.Gifs[1]], await ada.Order(made));
    }

    [Fact]
    public async Task Chosen_items_come_as_a_zip()
    {
        using var ada = await Owner.Enter(product, 1);
        var add = $"/c/{ada.Collection}/add";
        Assert.Equal(303, (await ada.Browser.Submit(add, add, files: [("hearts.gif", Gif("hearts.gif")), ("plasma.gif", Gif("plasma.gif"))])).Code);
        var order = await ada.Order();
        var token = Browser.FormToken(await ada.Browser.Get($"/c/{ada.Collection}"));
        var bytes = await ada.Browser.Bytes($"/c/{ada.Collection}/items/selected", new() { ["_antiforgery"] = token, ["gif"] = $"{order[0]},{order[2]}", ["do"] = "download" });
        using var zip = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal(["0002-plasma.gif", "index.json"], zip.Entries.Select(entry => entry.FullName));
        using var all = new ZipArchive(new MemoryStream(await ada.Browser.Bytes($"/c/{ada.Collection}/download")));
        Assert.Equal(3, all.Entries.Count);
    }

    [Fact]
    public async Task A_script_sends_one_file_and_is_told_what_became_of_it()
    {
        using var ada = await Owner.Enter(product);
        var page = await ada.Browser.Get($"/c/{ada.Collection}/add");
        async Task<Reply> Send(string name, byte[] bytes) => await ada.Browser.PostJson(
            $"/c/{ada.Collection}/add", new MultipartFormDataContent { { new ByteArrayContent(bytes), "files", name } }, Browser.FormToken(page));
        var first = await Send("hearts.gif", Gif("hearts.gif"));
        Assert.Equal((200, true, "hearts"), (first.Code, (bool)first.Json!["isNew"]!, (string)first.Json["gif"]!["title"]!));
        Assert.False((bool)(await Send("hearts.gif", Gif("hearts.gif"))).Json!["isNew"]!);
        Assert.Equal("unsupported_media", (string)(await Send("x.gif", "x"u8.ToArray())).Json!["code"]!);
        Assert.Equal("too_large", (string)(await Send("x.gif", new byte[(25 << 20) + 1])).Json!["code"]!);
        var answer = await ada.Browser.PostJson(
            $"/c/{ada.Collection}/items/selected", new MultipartFormDataContent { { new StringContent("remove"), "do" }, { new StringContent((await ada.Order())[0]), "gif" } }, Browser.FormToken(page));
        Assert.Equal(1, (int)answer.Json!["count"]!);
        var undone = await ada.Browser.PostJson(
            "/undo", new MultipartFormDataContent { { new StringContent((string)answer.Json["undo"]!), "what" } }, Browser.FormToken(page));
        Assert.Equal((200, "Undone."), (undone.Code, (string?)undone.Json!["text"]));
        Assert.Single(await ada.Order());
        Assert.Equal(400, (await ada.Browser.PostJson("/undo", new MultipartFormDataContent { { new StringContent("x"), "what" } }, "forged")).Code);
    }

    [Fact]
    public async Task Files_are_counted_and_not_forms()
    {
        var settings = ConventionsProduct.NoLimits;
        settings["RateLimits:UploadsPerHour"] = "3";
        await using var strict = await TestProduct.StartAsync(settings);
        using var person = await Person.Register(strict.BaseAddress);
        using var browser = new Browser(strict.BaseAddress);
        await browser.SignIn(person.Username, Person.Password);
        using var wire = new Wire(strict.BaseAddress, person.Access);
        var collection = (string)(await wire.Send("POST", "/v1/collections", """{"name":"Few"}""")).Json!["id"]!;
        var page = $"/c/{collection}/add";
        var reply = await browser.Submit(page, page, files: [.. ((string[])["bouncing-balls", "hearts", "plasma", "sailing"]).Select(name => (name + ".gif", Gif(name + ".gif")))]);
        Assert.Equal(400, reply.Code);
        Assert.Contains("3 GIFs added", reply.Text, StringComparison.Ordinal);
        Assert.Contains("sailing.gif: That is more than you may upload in an hour", reply.Text, StringComparison.Ordinal);
        Assert.Equal(429, (await browser.Submit(page, page, files: [("sailing.gif", Gif("sailing.gif"))])).Code);
    }

    [Theory]
    [InlineData("private", 404)]
    [InlineData("public", 200)]
    public async Task Others_like_copy_and_download_what_they_may_see_and_edit_nothing(string visibility, int expected)
    {
        using var ada = await Owner.Enter(product, 2);
        using var eve = await Owner.Enter(product);
        Assert.Equal(200, (await ada.Wire.Send("PATCH", $"/v1/collections/{ada.Collection}", $$"""{"visibility":"{{visibility}}"}""")).Code);
        var (page, item) = ($"/c/{ada.Collection}", $"/c/{ada.Collection}/items/{ada.Gifs[0]}");
        var token = Browser.FormToken(await eve.Browser.Get("/collections"));
        Dictionary<string, string> Form(params (string Name, string Value)[] fields) => new(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))) { ["_antiforgery"] = token };

        using var guest = new Browser(product.Address);
        foreach (var path in (string[])[page, page + "/download"])
        {
            Assert.Equal(expected, (await guest.Get(path)).Code);
            Assert.Equal(expected, (await eve.Browser.Get(path)).Code);
        }

        Assert.Equal(expected, (await eve.Browser.Get(page + "/pick?do=all")).Code);
        Assert.Equal(expected == 200 ? 303 : 404, (await eve.Browser.Post(page + "/like", Form(("liked", "1")))).Code);
        Assert.Equal(expected == 200 ? 303 : 404, (await eve.Browser.Post(page + "/copy", Form(("target", "new"), ("name", "Mine now")))).Code);
        if (expected == 200)
        {
            Assert.Equal(ada.Gifs, await eve.Order(await eve.CollectionNamed("Mine now")));
            var shown = (await eve.Browser.Get(page)).Text;
            Assert.Contains("aria-pressed=\"true\"", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("/items/selected", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("/add", shown, StringComparison.Ordinal);
        }

        foreach (var path in (string[])[page + "/add", item])
            Assert.Equal(404, (await eve.Browser.Get(path)).Code);
        foreach (var (path, form) in new (string, Dictionary<string, string>)[]
        {
            (page + "/add/address", Form(("address", "https://example.org/x.gif"))), (item, Form(("title", "Taken"))), (item + "/place", Form(("place", "2"))), (item + "/cover", Form()),
            (item + "/remove", Form()), (item + "/restore", Form()), (page + "/items/selected", Form(("do", "remove"), ("gif", ada.Gifs[0]))),
            (page + "/items/selected", Form(("do", "move"), ("gif", ada.Gifs[0]), ("target", eve.Collection))),
        })
        {
            var reply = await eve.Browser.Post(path, form);
            Assert.True(reply.Code is 404 or 403 || (reply.Code == 303 && visibility == "private" && path.EndsWith("/remove", StringComparison.Ordinal)), $"{path}: {reply.Code}");
        }

        Assert.Equal(ada.Gifs, await ada.Order());
        Assert.Null((string?)(await ada.Items())[0]!["gif"]!["title"]);
    }

    private static string Ticket(string location) => location[(location.IndexOf("&undo=", StringComparison.Ordinal) + 6)..];

    /// <summary>Somebody with a collection of linked gifs, at its pages and at the API.</summary>
    private sealed class Owner(ConventionsProduct product, Person person) : IDisposable
    {
        public Browser Browser { get; } = new(product.Address);

        public Wire Wire { get; } = product.NewWire(person.Access);

        public string Collection { get; private set; } = "";

        public List<string> Gifs { get; } = [];

        public static async Task<Owner> Enter(ConventionsProduct product, int gifs = 0)
        {
            var owner = new Owner(product, await Person.Register(product.Address));
            await owner.Browser.SignIn(owner.Username, Person.Password);
            owner.Collection = await owner.NewCollection("Cats");
            for (var i = 0; i < gifs; i++)
            {
                var made = await owner.Wire.Send(
                    "POST", $"/v1/collections/{owner.Collection}/items", $$"""{"url":"https://media.example.org/{{Guid.NewGuid():N}}.gif","width":100,"height":80,"provider":"example.org"}""");
                owner.Gifs.Add((string)made.Json!["gif"]!["id"]!);
            }

            return owner;
        }

        private string Username => person.Username;

        public async Task<string> NewCollection(string name) => (string)(await Wire.Send("POST", "/v1/collections", $$"""{"name":"{{name}}"}""")).Json!["id"]!;

        public async Task<string> CollectionNamed(string name) => (string)(await Wire.Send("GET", "/v1/collections")).Json!["items"]!.AsArray().Single(c => (string)c!["name"]! == name)!["id"]!;

        public async Task<JsonArray> Items(string? collection = null) =>
            (await Wire.Send("GET", $"/v1/collections/{collection ?? Collection}/items?limit=100")).Json!["items"]!.AsArray();

        public async Task<List<string>> Order(string? collection = null) => [.. (await Items(collection)).Select(item => (string)item!["gif"]!["id"]!)];

        /// <summary>Sends the form of the ticked boxes; the address it leads to.</summary>
        public async Task<string> Select(Dictionary<string, string> form)
        {
            var reply = await Browser.Submit($"/c/{Collection}", $"/c/{Collection}/items/selected", form);
            Assert.Equal(303, reply.Code);
            return reply.Header("Location")!;
        }

        public async Task Undo(string location) => Assert.Equal(303, (await Browser.Submit(location, "/undo", new() { ["what"] = Ticket(location) })).Code);

        public void Dispose()
        {
            Browser.Dispose();
            Wire.Dispose();
            person.Dispose();
        }
    }
}
