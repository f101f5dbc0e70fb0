using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Site;

namespace GifShare.Http.Tests.Gifs;

public sealed class GifsTests(GifsProduct product) : IClassFixture<GifsProduct>
{
    [Fact]
    public async Task A_linked_gif_is_made_once_and_read_back()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var link = Steps.LinkedGif();
        link["title"] = "  <script>alert(1)</script> ";
        link["tags"] = new JsonArray("cat");
        var made = await ada.PostAsync("/v1/gifs", link);
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal($"/v1/gifs/{made["id"]}", made.Headers.Location?.ToString());
        Assert.Equal("<script>alert(1)</script>", (string?)made["title"]);
        Assert.Equal((string?)link["url"], (string?)made["url"]);
        Assert.Equal((string?)link["url"], (string?)made["previewUrl"]);
        Assert.Equal(ada.Username, (string?)made["owner"]!["username"]);
        Assert.Equal(["id", "url", "previewUrl", "width", "height", "provider", "title", "altText", "tags", "rating", "size", "contentType", "owner", "createdAt", "fileName", "status"],
            made.Json.AsObject().Select(member => member.Key).ToArray());

        var again = await ada.PostAsync("/v1/gifs", link.DeepClone());
        Assert.Equal((HttpStatusCode.OK, (string?)made["id"]), (again.Status, (string?)again["id"]));
        Assert.Equal(made.Json.ToJsonString(), (await ada.GetAsync($"/v1/gifs/{made["id"]}")).Json.ToJsonString());
    }

    [Theory]
    [InlineData("sailing.gif", "image/gif")]
    [InlineData("plasma.gif", "image/gif")]
    [InlineData("plain.png", "image/png")]
    [InlineData("progressive.jpg", "image/jpeg")]
    [InlineData("animated.webp", "image/webp")]
    public async Task An_upload_is_served_as_what_it_is(string sample, string type)
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var bytes = GifFiles.Sample(sample);
        var made = await ada.UploadAsync(bytes, ("title", "Sailing"), ("tags", "sea, boat"), ("rating", "pg"), ("altText", ""));
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal((type, "upload", "pg", "Sailing"), ((string?)made["contentType"], (string?)made["provider"], (string?)made["rating"], (string?)made["title"]));
        Assert.Equal(["sea", "boat"], made["tags"]!.AsArray().Select(tag => (string)tag!).ToArray());
        Assert.Null(made["altText"]);

        var served = await ada.GetAsync((string)made["url"]!);
        Assert.Equal(HttpStatusCode.OK, served.Status);
        Assert.Equal(type, served.ContentHeaders.ContentType?.ToString());
        var body = served.Bytes;
        Assert.Equal((long)made["size"]!, body.Length);
        if (type == "image/gif")
            Assert.Equal(bytes, body);

        var again = await ada.UploadAsync(bytes);
        Assert.Equal((HttpStatusCode.OK, (string?)made["id"]), (again.Status, (string?)again["id"]));
        Assert.Equal((long)made["size"]!, (long)(await ada.GetAsync("/v1/users/me"))["storageUsed"]!);
    }

    [Fact]
    public async Task What_is_no_whole_image_is_415_and_what_is_too_long_413()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var gif = GifFiles.Animation();
        foreach (var bytes in (byte[][])[[], Encoding.ASCII.GetBytes("GIF89a<script>alert(1)</script>"), gif[..^2], Encoding.ASCII.GetBytes("<svg xmlns='http://www.w3.org/2000/svg'/>")])
            Is(HttpStatusCode.UnsupportedMediaType, "unsupported_media", await ada.UploadAsync(bytes));
        Is(HttpStatusCode.RequestEntityTooLarge, "too_large", await ada.UploadAsync(new byte[(25 << 20) + 1]));
        Is(HttpStatusCode.RequestEntityTooLarge, "too_large", await ada.UploadAsync(new byte[26 << 20]));
        Is(HttpStatusCode.RequestEntityTooLarge, "too_large", await ada.UploadAsync(gif, ("title", new string('x', 65_537))));
        Is(HttpStatusCode.UnsupportedMediaType, "unsupported_media", await ada.PostAsync("/v1/gifs", new StringContent("{}", Encoding.UTF8, "text/plain")));
        Assert.Equal(0, (long)(await ada.GetAsync("/v1/users/me"))["storageUsed"]!);
    }

    [Fact]
    public async Task Bad_forms_are_400_and_name_the_member()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var gif = GifFiles.Animation();
        Names("title", await ada.UploadAsync(gif, ("title", "a\0b")));
        Names("title", await ada.UploadAsync(gif, ("title", "a"), ("title", "b")));
        Names("rating", await ada.UploadAsync(gif, ("rating", "xxx")));
        Names("tags", await ada.UploadAsync(gif, ("tags", "[1]")));
        Names("tags", await ada.UploadAsync(gif, ("tags", "[\"a\"")));
        Names("provider", await ada.UploadAsync(gif, ("provider", "giphy")));
        Names("file", await ada.PostAsync("/v1/gifs", new MultipartFormDataContent { { new StringContent("x"), "title" } }));
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
            Is(HttpStatusCode.BadRequest, "invalid_request", await ada.PostAsync("/v1/gifs", content));
        }
    }

    [Fact]
    public async Task What_is_served_has_no_words_in_it_and_is_one_gif_whatever_they_were()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var gif = GifFiles.Animation();
        byte[] Commented(string comment) =>
        [
            .. gif[..^1], 0x21, 0xfe, (byte)comment.Length, .. Encoding.ASCII.GetBytes(comment), 0,
            0x21, 0xff, 11, .. "XMP DataXMP"u8, (byte)comment.Length, .. Encoding.ASCII.GetBytes(comment), 0, 0x3b,
        ];
        var made = await ada.UploadAsync(Commented("GPS 48.2082 N, by Ada Name"));
        Assert.Equal((HttpStatusCode.Created, gif.Length), (made.Status, (int)made["size"]!));
        foreach (var address in (string[])[(string)made["url"]!, made["url"] + "&still=1"])
        {
            var served = await ada.GetAsync(address);
            Assert.Equal(HttpStatusCode.OK, served.Status);
            Assert.DoesNotContain("Name", Encoding.Latin1.GetString(served.Bytes), StringComparison.Ordinal);
        }

        var again = await ada.UploadAsync(Commented("another"));
        Assert.Equal((HttpStatusCode.OK, (string?)made["id"]), (again.Status, (string?)again["id"]));
        Assert.Equal(gif.Length, (int)(await ada.GetAsync("/v1/users/me"))["storageUsed"]!);
    }

    [Fact]
    public async Task A_picture_bomb_is_415_and_names_the_limit_wherever_it_is_sent()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        byte[] bomb = [.. "GIF89a"u8, 0x40, 0x1f, 0x58, 0x1b, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b];
        const string limit = "This picture has 56 megapixels; at most 50 are taken.";
        var refused = await ada.UploadAsync(bomb);
        Is(HttpStatusCode.UnsupportedMediaType, "unsupported_media", refused);
        Assert.Equal(limit, (string?)refused["detail"]);
        var avatar = new ByteArrayContent(bomb);
        avatar.Headers.ContentType = new("image/gif");
        refused = await ada.SendAsync("PUT", "/v1/users/me/avatar", avatar);
        Is(HttpStatusCode.UnsupportedMediaType, "unsupported_media", refused);
        Assert.Equal(limit, (string?)refused["detail"]);

        using var browser = new Browser(product.Address);
        await browser.SignIn(ada.Username, ApiClient.Password);
        var settings = await browser.Get("/settings");
        using var form = new MultipartFormDataContent { { new StringContent(Browser.FormToken(settings)), "_antiforgery" }, { new ByteArrayContent(bomb), "avatar", "a.gif" } };
        Assert.Contains(limit, (await browser.PostJson("/settings/avatar", form, Browser.FormToken(settings))).Text, StringComparison.Ordinal);
        Assert.Equal(0, product.Staged);
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
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var answer = await ada.PostAsync("/v1/gifs", new StringContent(body, Encoding.UTF8, "application/json"));
        Is(HttpStatusCode.BadRequest, "invalid_request", answer);
        if (field is not null)
            Assert.NotNull(answer["errors"]?[field]);
    }

    [Fact]
    public async Task The_quota_is_a_409_that_changes_nothing()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        long used = 0;
        Answer answer;
        while ((answer = await ada.UploadAsync(GifFiles.Animation())).Status == HttpStatusCode.Created)
            used += (long)answer["size"]!;
        Is(HttpStatusCode.Conflict, "quota_exceeded", answer);
        var me = (await ada.GetAsync("/v1/users/me")).Json;
        Assert.Equal((used, GifsProduct.Quota), ((long)me["storageUsed"]!, (long)me["storageQuota"]!));
        Assert.InRange(used, GifsProduct.Quota - 70_000, GifsProduct.Quota);
    }

    [Fact]
    public async Task The_life_of_a_gif()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var eve = await ApiClient.RegisterAsync(product.Address);
        var id = await ada.NewGifAsync();
        var path = $"/v1/gifs/{id}";

        var patched = await ada.PatchAsync(path, new JsonObject { ["title"] = "new", ["tags"] = new JsonArray("a"), ["rating"] = "r" });
        Assert.Equal((HttpStatusCode.OK, "new", "r"), (patched.Status, (string?)patched["title"], (string?)patched["rating"]));
        patched = await ada.PatchAsync(path, new JsonObject { ["title"] = null });
        Assert.Equal((null, "r", 1), ((string?)patched["title"], (string?)patched["rating"], patched["tags"]!.AsArray().Count));
        Names("url", await ada.PatchAsync(path, new JsonObject { ["url"] = "https://a.example" }));

        foreach (var (method, body) in new (string, JsonNode?)[] { ("GET", null), ("PATCH", new JsonObject()), ("DELETE", null), ("POST", null) })
        {
            var at = method == "POST" ? path + "/restore" : path;
            Is(HttpStatusCode.NotFound, "not_found", await eve.SendAsync(method, at, body?.DeepClone()));
            Is(HttpStatusCode.NotFound, "not_found", await ada.SendAsync(method, at.Replace(id, Guid.NewGuid().ToString()), body?.DeepClone()));
            Is(HttpStatusCode.NotFound, "not_found", await ada.SendAsync(method, at.Replace(id, "nonsense"), body?.DeepClone()));
            if (method != "GET")
                Is(HttpStatusCode.Unauthorized, "unauthenticated", await ada.As(null).SendAsync(method, at, body?.DeepClone()));
        }

        Assert.Equal(HttpStatusCode.OK, (await ada.PostAsync(path + "/restore")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await ada.DeleteAsync(path)).Status);
        Is(HttpStatusCode.NotFound, "not_found", await ada.DeleteAsync(path));
        Is(HttpStatusCode.NotFound, "not_found", await ada.GetAsync(path));
        Assert.Equal(id, (string?)(await ada.PostAsync(path + "/restore"))["id"]);
        Assert.Equal(HttpStatusCode.OK, (await ada.GetAsync(path)).Status);
    }

    [Fact]
    public async Task The_same_key_is_the_same_answer_and_another_body_a_conflict()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var bytes = GifFiles.Animation();
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var first = await ada.PostAsync("/v1/gifs", Steps.Form(bytes, "cat.gif", ("title", "a")), key);
        var replay = await ada.PostAsync("/v1/gifs", Steps.Form(bytes, "cat.gif", ("title", "a")), key);
        var other = await ada.PostAsync("/v1/gifs", Steps.Form(bytes, "cat.gif", ("title", "b")), key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.Conflict), (first.Status, replay.Status, other.Status));
        Assert.True(replay.IsReplay);
        Assert.Equal(first.Text, replay.Text);

        key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var link = Steps.LinkedGif().ToJsonString();
        var linked = await ada.PostAsync("/v1/gifs", Json(link), key);
        var again = await ada.PostAsync("/v1/gifs", Json(link), key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (linked.Status, again.Status));
        Assert.Equal(linked.Text, again.Text);

        static StringContent Json(string text) => new(text, new MediaTypeHeaderValue("application/json"));
    }

    [Fact]
    public async Task A_cut_or_refused_upload_leaves_nothing_staged()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var gif = GifFiles.Animation();
        await ada.UploadAsync(gif, ("rating", "xxx"));
        await ada.PostAsync("/v1/gifs", Steps.Form(gif, "cat.gif").With("title", "after the file").With("unknown", "x"));
        Assert.Equal(0, product.Staged);

        var head = $"POST /v1/gifs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ada.Token}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.gif\"\r\n\r\n";
        using (var client = new TcpClient())
        {
            await client.ConnectAsync("localhost", product.Address.Port, TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(gif.AsMemory(0, 30_000), TestContext.Current.CancellationToken);
            await Eventually.True(() => product.Staged == 1, TestContext.Current.CancellationToken);
        }

        await Eventually.True(() => product.Staged == 0, TestContext.Current.CancellationToken);
        Assert.Equal(0, (long)(await ada.GetAsync("/v1/users/me"))["storageUsed"]!);
        Assert.Equal(HttpStatusCode.Created, (await ada.UploadAsync(gif)).Status);
    }

    [Fact]
    public async Task The_trash_lists_what_can_come_back()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add(await ada.NewGifAsync());
            await ada.DeleteAsync($"/v1/gifs/{ids[i]}");
        }

        var first = (await ada.GetAsync("/v1/trash?type=gif&limit=2")).Json;
        var second = (await ada.GetAsync($"/v1/trash?type=gif&limit=2&cursor={first["next"]}")).Json;
        Assert.Equal([ids[2], ids[1], ids[0]], first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(item => (string)item!["gif"]!["id"]!).ToArray());
        Assert.Null(second["next"]);
        Names("type", await ada.GetAsync("/v1/trash"));
        Names("type", await ada.GetAsync("/v1/trash?type=user"));
        Is(HttpStatusCode.BadRequest, "invalid_request", await ada.GetAsync("/v1/trash?type=gif&cursor=x"));
        Is(HttpStatusCode.Unauthorized, "unauthenticated", await ada.As(null).GetAsync("/v1/trash?type=gif"));
    }

    private static void Names(string field, Answer answer)
    {
        Is(HttpStatusCode.BadRequest, "invalid_request", answer);
        Assert.NotNull(answer["errors"]?[field]);
    }

    private static void Is(HttpStatusCode status, string code, Answer answer) => Assert.Equal((status, code), (answer.Status, answer.Code));
}
