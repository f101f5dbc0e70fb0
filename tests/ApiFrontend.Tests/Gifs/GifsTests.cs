using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using GifShare.ApiFrontend.Tests.Accounts;
using GifShare.Fixtures;

namespace GifShare.ApiFrontend.Tests.Gifs;

public sealed class GifsTests(GifsProduct product) : IClassFixture<GifsProduct>
{
    [Fact]
    public async Task A_linked_gif_is_made_once_and_read_back()
    {
        using var ada = await Person.Register(product.Address);
        var link = GifsApi.Link();
        link["title"] = "  <script>alert(1)</script> ";
        link["tags"] = new JsonArray("cat");
        var made = await ada.Send("POST", "/v1/gifs", link);
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal($"/v1/gifs/{made.Json!["id"]}", made.Headers.Location?.ToString());
        Assert.Equal("<script>alert(1)</script>", (string?)made.Json["title"]);
        Assert.Equal((string?)link["url"], (string?)made.Json["url"]);
        Assert.Equal((string?)link["url"], (string?)made.Json["previewUrl"]);
        Assert.Equal(ada.Username, (string?)made.Json["owner"]!["username"]);
        Assert.Equal(["id", "url", "previewUrl", "width", "height", "provider", "title", "altText", "tags", "rating", "size", "contentType", "owner", "createdAt"],
            made.Json.AsObject().Select(member => member.Key).ToArray());

        var again = await ada.Send("POST", "/v1/gifs", link.DeepClone());
        Assert.Equal((HttpStatusCode.OK, (string?)made.Json["id"]), (again.Status, (string?)again.Json!["id"]));
        Assert.Equal(made.Json.ToJsonString(), (await ada.Send("GET", $"/v1/gifs/{made.Json["id"]}")).Json!.ToJsonString());
    }

    [Theory]
    [InlineData("sailing.gif", "image/gif")]
    [InlineData("plasma.gif", "image/gif")]
    [InlineData("plain.png", "image/png")]
    [InlineData("progressive.jpg", "image/jpeg")]
    [InlineData("animated.webp", "image/webp")]
    public async Task An_upload_is_served_as_what_it_is(string sample, string type)
    {
        using var ada = await Person.Register(product.Address);
        var bytes = GifsApi.Sample(sample);
        var made = await ada.Upload(bytes, ("title", "Sailing"), ("tags", "sea, boat"), ("rating", "pg"), ("altText", ""));
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal((type, "upload", "pg", "Sailing"), ((string?)made.Json!["contentType"], (string?)made.Json["provider"], (string?)made.Json["rating"], (string?)made.Json["title"]));
        Assert.Equal(["sea", "boat"], made.Json["tags"]!.AsArray().Select(tag => (string)tag!).ToArray());
        Assert.Null(made.Json["altText"]);

        using var served = await ada.Raw(product.Address, "GET", (string)made.Json["url"]!);
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        Assert.Equal(type, served.Content.Headers.ContentType?.ToString());
        var body = await served.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal((long)made.Json["size"]!, body.Length);
        if (type == "image/gif")
            Assert.Equal(bytes, body);

        var again = await ada.Upload(bytes);
        Assert.Equal((HttpStatusCode.OK, (string?)made.Json["id"]), (again.Status, (string?)again.Json!["id"]));
        Assert.Equal((long)made.Json["size"]!, (long)(await ada.Send("GET", "/v1/users/me")).Json!["storageUsed"]!);
    }

    [Fact]
    public async Task What_is_no_whole_image_is_415_and_what_is_too_long_413()
    {
        using var ada = await Person.Register(product.Address);
        var gif = GifsApi.Bytes();
        foreach (var bytes in (byte[][])[[], Encoding.ASCII.GetBytes("GIF89a<script>alert(1)</script>"), gif[..^2], Encoding.ASCII.GetBytes("<svg xmlns='http://www.w3.org/2000/svg'/>")])
            Is(HttpStatusCode.UnsupportedMediaType, "unsupported_media", await ada.Upload(bytes));
        Is(HttpStatusCode.RequestEntityTooLarge, "too_large", await ada.Upload(new byte[(25 << 20) + 1]));
        Is(HttpStatusCode.RequestEntityTooLarge, "too_large", await ada.Upload(new byte[26 << 20]));
        Is(HttpStatusCode.RequestEntityTooLarge, "too_large", await ada.Upload(gif, ("title", new string('x', 65_537))));
        Is(HttpStatusCode.UnsupportedMediaType, "unsupported_media", await ada.Send("POST", "/v1/gifs", new StringContent("{}", Encoding.UTF8, "text/plain")));
        Assert.Equal(0, (long)(await ada.Send("GET", "/v1/users/me")).Json!["storageUsed"]!);
    }

    [Fact]
    public async Task Bad_forms_are_400_and_name_the_member()
    {
        using var ada = await Person.Register(product.Address);
        var gif = GifsApi.Bytes();
        Names("title", await ada.Upload(gif, ("title", "a\0b")));
        Names("title", await ada.Upload(gif, ("title", "a"), ("title", "b")));
        Names("rating", await ada.Upload(gif, ("rating", "xxx")));
        Names("tags", await ada.Upload(gif, ("tags", "[1]")));
        Names("tags", await ada.Upload(gif, ("tags", "[\"a\"")));
        Names("provider", await ada.Upload(gif, ("provider", "giphy")));
        Names("file", await ada.Send("POST", "/v1/gifs", new MultipartFormDataContent { { new StringContent("x"), "title" } }));
        foreach (var (type, body) in new[]
        {
            ("multipart/form-data", "x"),
            ("multipart/form-data; boundary=" + new string('b', 100), "x"),
            ("multipart/form-data; boundary=b", ""),
            ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.gif\"\r\n\r\nGIF89a"),
            ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: attachment; name=\"title\"\r\n\r\nx\r\n--b--\r\n"),
            ("multipart/form-data; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n"),
        })
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            Is(HttpStatusCode.BadRequest, "invalid_request", await ada.Send("POST", "/v1/gifs", content));
        }
    }

    [Theory]
    [InlineData("{}", "url")]
    [InlineData("[]", null)]
    [InlineData("null", null)]
    [InlineData("{", null)]
    [InlineData("""{"url":"https://a.example/","width":1,"height":1,"provider":"x","more":1}""", "more")]
    [InlineData("""{"url":"https://a.example/","url":"https://b.example/","width":1,"height":1,"provider":"x"}""", null)]
    [InlineData("""{"url":"https://a.example/","width":"1","height":1,"provider":"x"}""", "width")]
    [InlineData("""{"url":"https://a.example/","width":1.5,"height":1,"provider":"x"}""", "width")]
    [InlineData("""{"url":"https://a.example/","width":99999999999,"height":1,"provider":"x"}""", "width")]
    [InlineData("""{"url":null,"width":1,"height":1,"provider":"x"}""", null)]
    [InlineData("""{"url":"http://a.example/","width":1,"height":1,"provider":"x"}""", "url")]
    [InlineData("""{"url":"https://a.example/","width":1,"height":1,"provider":"upload"}""", "provider")]
    [InlineData("""{"url":"https://a.example/","width":1,"height":1,"provider":"x","tags":[null]}""", "tags")]
    [InlineData("""{"url":"https://a.example/","width":1,"height":1,"provider":"x","tags":"a"}""", "tags")]
    public async Task Bad_bodies_are_400(string body, string? field)
    {
        using var ada = await Person.Register(product.Address);
        var answer = await ada.Send("POST", "/v1/gifs", new StringContent(body, Encoding.UTF8, "application/json"));
        Is(HttpStatusCode.BadRequest, "invalid_request", answer);
        if (field is not null)
            Assert.NotNull(answer.Json!["errors"]?[field]);
    }

    [Fact]
    public async Task The_quota_is_a_409_that_changes_nothing()
    {
        using var ada = await Person.Register(product.Address);
        long used = 0;
        Answer answer;
        while ((answer = await ada.Upload(GifsApi.Bytes())).Status == HttpStatusCode.Created)
            used += (long)answer.Json!["size"]!;
        Is(HttpStatusCode.Conflict, "quota_exceeded", answer);
        var me = (await ada.Send("GET", "/v1/users/me")).Json!;
        Assert.Equal((used, GifsProduct.Quota), ((long)me["storageUsed"]!, (long)me["storageQuota"]!));
        Assert.InRange(used, GifsProduct.Quota - 70_000, GifsProduct.Quota);
    }

    [Fact]
    public async Task The_life_of_a_gif()
    {
        using var ada = await Person.Register(product.Address);
        using var eve = await Person.Register(product.Address);
        var id = await ada.NewLinked();
        var path = $"/v1/gifs/{id}";

        var patched = await ada.Send("PATCH", path, new JsonObject { ["title"] = "new", ["tags"] = new JsonArray("a"), ["rating"] = "r" });
        Assert.Equal((HttpStatusCode.OK, "new", "r"), (patched.Status, (string?)patched.Json!["title"], (string?)patched.Json["rating"]));
        patched = await ada.Send("PATCH", path, new JsonObject { ["title"] = null });
        Assert.Equal((null, "r", 1), ((string?)patched.Json!["title"], (string?)patched.Json["rating"], patched.Json["tags"]!.AsArray().Count));
        Names("url", await ada.Send("PATCH", path, new JsonObject { ["url"] = "https://a.example" }));

        foreach (var (method, body) in new (string, JsonNode?)[] { ("GET", null), ("PATCH", new JsonObject()), ("DELETE", null), ("POST", null) })
        {
            var at = method == "POST" ? path + "/restore" : path;
            Is(HttpStatusCode.NotFound, "not_found", await eve.Send(method, at, body?.DeepClone()));
            Is(HttpStatusCode.NotFound, "not_found", await ada.Send(method, at.Replace(id, Guid.NewGuid().ToString()), body?.DeepClone()));
            Is(HttpStatusCode.NotFound, "not_found", await ada.Send(method, at.Replace(id, "nonsense"), body?.DeepClone()));
            if (method != "GET")
                Is(HttpStatusCode.Unauthorized, "unauthenticated", await ada.Send(method, at, body?.DeepClone(), ""));
        }

        Assert.Equal(HttpStatusCode.OK, (await ada.Send("POST", path + "/restore")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await ada.Send("DELETE", path)).Status);
        Is(HttpStatusCode.NotFound, "not_found", await ada.Send("DELETE", path));
        Is(HttpStatusCode.NotFound, "not_found", await ada.Send("GET", path));
        Assert.Equal(id, (string?)(await ada.Send("POST", path + "/restore")).Json!["id"]);
        Assert.Equal(HttpStatusCode.OK, (await ada.Send("GET", path)).Status);
    }

    [Fact]
    public async Task The_same_key_is_the_same_answer_and_another_body_a_conflict()
    {
        using var ada = await Person.Register(product.Address);
        var bytes = GifsApi.Bytes();
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        using var first = await ada.Raw(product.Address, "POST", "/v1/gifs", GifsApi.Form(bytes, ("title", "a")), key);
        using var replay = await ada.Raw(product.Address, "POST", "/v1/gifs", GifsApi.Form(bytes, ("title", "a")), key);
        using var other = await ada.Raw(product.Address, "POST", "/v1/gifs", GifsApi.Form(bytes, ("title", "b")), key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.Conflict), (first.StatusCode, replay.StatusCode, other.StatusCode));
        Assert.Equal("true", replay.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(await Text(first), await Text(replay));

        key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var link = GifsApi.Link().ToJsonString();
        using var linked = await ada.Raw(product.Address, "POST", "/v1/gifs", Json(link), key);
        using var again = await ada.Raw(product.Address, "POST", "/v1/gifs", Json(link), key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (linked.StatusCode, again.StatusCode));
        Assert.Equal(await Text(linked), await Text(again));

        static StringContent Json(string text) => new(text, new MediaTypeHeaderValue("application/json"));
        static Task<string> Text(HttpResponseMessage response) => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_cut_or_refused_upload_leaves_nothing_staged()
    {
        using var ada = await Person.Register(product.Address);
        var gif = GifsApi.Bytes();
        await ada.Upload(gif, ("rating", "xxx"));
        await ada.Send("POST", "/v1/gifs", GifsApi.Form(gif).With("title", "after the file").With("unknown", "x"));
        Assert.Equal(0, product.Staged);

        var head = $"POST /v1/gifs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ada.Access}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.gif\"\r\n\r\n";
        using (var client = new TcpClient())
        {
            await client.ConnectAsync("localhost", product.Address.Port, TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(gif.AsMemory(0, 30_000), TestContext.Current.CancellationToken);
            await Eventually.True(() => product.Staged == 1, TestContext.Current.CancellationToken);
        }

        await Eventually.True(() => product.Staged == 0, TestContext.Current.CancellationToken);
        Assert.Equal(0, (long)(await ada.Send("GET", "/v1/users/me")).Json!["storageUsed"]!);
        Assert.Equal(HttpStatusCode.Created, (await ada.Upload(gif)).Status);
    }

    [Fact]
    public async Task The_trash_lists_what_can_come_back()
    {
        using var ada = await Person.Register(product.Address);
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add(await ada.NewLinked());
            await ada.Send("DELETE", $"/v1/gifs/{ids[i]}");
        }

        var first = (await ada.Send("GET", "/v1/trash?type=gif&limit=2")).Json!;
        var second = (await ada.Send("GET", $"/v1/trash?type=gif&limit=2&cursor={first["next"]}")).Json!;
        Assert.Equal([ids[2], ids[1], ids[0]], first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(item => (string)item!["gif"]!["id"]!).ToArray());
        Assert.Null(second["next"]);
        Names("type", await ada.Send("GET", "/v1/trash"));
        Names("type", await ada.Send("GET", "/v1/trash?type=user"));
        Is(HttpStatusCode.BadRequest, "invalid_request", await ada.Send("GET", "/v1/trash?type=gif&cursor=x"));
        Is(HttpStatusCode.Unauthorized, "unauthenticated", await ada.Send("GET", "/v1/trash?type=gif", token: ""));
    }

    private static void Names(string field, Answer answer)
    {
        Is(HttpStatusCode.BadRequest, "invalid_request", answer);
        Assert.NotNull(answer.Json!["errors"]?[field]);
    }

    private static void Is(HttpStatusCode status, string code, Answer answer) => Assert.Equal((status, code), (answer.Status, answer.Code));
}
