using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Collections;

/// <summary>ZIPs: what is in them, what they cost, and what becomes of one whose end nobody may see any more.</summary>
public sealed class DownloadTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private static readonly HttpClient Http = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Uri Address => product.Product.BaseAddress;

    [Fact]
    public async Task Many_pages_make_one_archive_in_the_order_of_the_collection()
    {
        using var me = await ApiClient.RegisterAsync(Address);
        var id = await me.NewCollectionAsync();
        await Fill(me, id, 120);
        var first = await me.NewUploadAsync(Gif(1), "One");
        var last = await me.NewUploadAsync(Gif(1), "Two");
        (await me.PostAsync($"/v1/collections/{id}/items", new JsonObject { ["gifId"] = last })).Is(HttpStatusCode.Created);
        var before = (await me.ItemsAsync(id))[0];
        (await me.PostAsync($"/v1/collections/{id}/items", new JsonObject { ["gifId"] = first, ["before"] = before })).Is(HttpStatusCode.Created);

        using var zip = await Zip(await me.GetAsync($"/v1/collections/{id}/download"));
        Assert.Equal(["0001-One.gif", "0122-Two.gif", "index.json"], zip.Entries.Select(entry => entry.FullName));
        var items = (await Index(zip))["items"]!.AsArray();
        Assert.Equal(122, items.Count);
        Assert.Equal([first, last], ((JsonNode?[])[items[0], items[^1]]).Select(item => (string)item!["item"]!["gif"]!["id"]!));
        Assert.Equal(["0001-One.gif", "0122-Two.gif"], items.Select(item => (string?)item!["file"]).OfType<string>());
        Assert.Equal(122, items.Select(item => (string)item!["item"]!["gif"]!["id"]!).Distinct().Count());
    }

    [Fact]
    public async Task Names_keep_their_letters_and_say_so()
    {
        using var me = await ApiClient.RegisterAsync(Address);
        var id = await me.NewCollectionAsync(name: "Größe 😀: alles");
        foreach (var (file, title) in ((string, string)[])[("x.gif", "Große Katze 😀"), ("Kätzchen 😀.gif", ""), ("con.gif", ""), ("x.gif", "???"), ("...", ""), ("x.gif", "Große Katze 😀")])
            (await me.UploadAsync($"/v1/collections/{id}/items", Gif(1), file, ("title", title))).Is(HttpStatusCode.Created);

        var reply = await me.GetAsync($"/v1/collections/{id}/download");
        using var zip = await Zip(reply);
        Assert.Equal(
            ["0001-Große-Katze-😀.gif", "0002-Kätzchen-😀.gif", "0003-_con.gif", "0004-x.gif", "0005-gif.gif", "0006-Große-Katze-😀.gif", "index.json"],
            zip.Entries.Select(entry => entry.FullName));
        // Bit 11 of the flags: the name is UTF-8. Without it old programs read it in their own code page.
        Assert.Equal(0x800, BinaryPrimitives.ReadUInt16LittleEndian(reply.Bytes.AsSpan(6)) & 0x800);
        Assert.Equal("attachment; filename=Gr__e-__-alles.zip; filename*=UTF-8''Gr%C3%B6%C3%9Fe-%F0%9F%98%80-alles.zip", reply.ContentHeaders.GetValues("Content-Disposition").Single());
        Assert.Equal("Kätzchen 😀.gif", (string)(await Index(zip))["items"]![1]!["item"]!["gif"]!["fileName"]!);
        var shown = (await me.GetAsync($"/v1/collections/{id}/items")).Is(HttpStatusCode.OK)["items"]!.AsArray();
        Assert.Equal(["x.gif", "Kätzchen 😀.gif", "con.gif", "x.gif", null, "x.gif"], shown.Select(item => (string?)item!["gif"]!["fileName"]));
    }

    [Fact]
    public async Task A_download_breaks_when_its_link_ends()
    {
        using var me = await ApiClient.RegisterAsync(Address);
        var id = await me.NewCollectionAsync();
        (await me.UploadAsync($"/v1/collections/{id}/items", Gif(20 << 20), "large.gif", ("title", "Large"))).Is(HttpStatusCode.Created);
        await Fill(me, id, 100);
        var link = await me.NewLinkAsync(id);
        using var guest = await Begin(Address, $"/v1/shared/{(string)link["token"]!}/download");
        Assert.Equal(HttpStatusCode.OK, guest.StatusCode);
        (await me.DeleteAsync($"/v1/collections/{id}/links/{(string)link["id"]!}")).Is(HttpStatusCode.NoContent);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using var body = await guest.Content.ReadAsStreamAsync(Cancel);
            await body.CopyToAsync(Stream.Null, Cancel);
        });
    }

    [Fact]
    public async Task As_many_at_a_time_as_an_address_an_account_and_the_whole_may_have()
    {
        await using var narrow = await Start(("Downloads:Most", "5"), ("Downloads:MostPerAddress", "2"), ("Downloads:MostPerAccount", "3"));
        using var me = await ApiClient.RegisterAsync(narrow.BaseAddress);
        var id = await me.NewCollectionAsync("public");
        (await me.UploadAsync($"/v1/collections/{id}/items", Gif(20 << 20), "large.gif", ("title", "Large"))).Is(HttpStatusCode.Created);
        var path = $"/v1/collections/{id}/download";
        List<HttpResponseMessage> running = [];

        await Open("192.0.2.1");
        await Open("192.0.2.1");
        await Refused("192.0.2.1", HttpStatusCode.TooManyRequests, "rate_limited");
        await Open("192.0.2.2", me);
        await Open("192.0.2.3", me);
        await Open("192.0.2.4", me);
        await Refused("192.0.2.5", HttpStatusCode.TooManyRequests, "rate_limited", me);
        await Refused("192.0.2.6", HttpStatusCode.ServiceUnavailable, "unavailable");
        // What is there may be asked all the time.
        using var head = await Begin(narrow.BaseAddress, path, "192.0.2.1", null, HttpMethod.Head);
        Assert.Equal((HttpStatusCode.OK, "application/zip"), (head.StatusCode, head.Content.Headers.ContentType?.MediaType));

        foreach (var one in running)
            one.Dispose();
        await Eventually.True(async () =>
        {
            using var again = await Begin(narrow.BaseAddress, path, "192.0.2.1");
            return again.StatusCode == HttpStatusCode.OK;
        }, Cancel);

        async Task Open(string from, ApiClient? who = null)
        {
            running.Add(await Begin(narrow.BaseAddress, path, from, who));
            Assert.Equal(HttpStatusCode.OK, running[^1].StatusCode);
        }

        async Task Refused(string from, HttpStatusCode expected, string code, ApiClient? who = null)
        {
            using var answer = await Begin(narrow.BaseAddress, path, from, who);
            Assert.Equal((expected, code), (answer.StatusCode, (string)JsonNode.Parse(await answer.Content.ReadAsByteArrayAsync(Cancel))!["code"]!));
            Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        }
    }

    [Fact]
    public async Task Who_takes_nothing_holds_no_place()
    {
        await using var narrow = await Start(("Downloads:MostPerAddress", "1"), ("Downloads:StallSeconds", "1"));
        using var me = await ApiClient.RegisterAsync(narrow.BaseAddress);
        var id = await me.NewCollectionAsync("public");
        (await me.UploadAsync($"/v1/collections/{id}/items", Gif(20 << 20), "large.gif", ("title", "Large"))).Is(HttpStatusCode.Created);
        using var idle = await Begin(narrow.BaseAddress, $"/v1/collections/{id}/download");
        Assert.Equal(HttpStatusCode.OK, idle.StatusCode);
        await Eventually.True(async () =>
        {
            using var other = await Begin(narrow.BaseAddress, $"/v1/collections/{id}/download");
            return other.StatusCode == HttpStatusCode.OK;
        }, Cancel);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using var body = await idle.Content.ReadAsStreamAsync(Cancel);
            await body.CopyToAsync(Stream.Null, Cancel);
        });
    }

    [Fact]
    public async Task It_costs_reads_by_its_size()
    {
        await using var narrow = await Start(("RateLimits:ReadsPerMinutePerAddress", "20"));
        using var me = await ApiClient.RegisterAsync(narrow.BaseAddress);
        var id = await me.NewCollectionAsync("public");
        await Fill(me, id, 120);
        // 1 for the request and 3 for 120 items.
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.OK, await Read("192.0.2.1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await Read("192.0.2.1"));
        Assert.Equal(HttpStatusCode.OK, await Read("192.0.2.2"));

        async Task<HttpStatusCode> Read(string from)
        {
            using var answer = await Begin(narrow.BaseAddress, $"/v1/collections/{id}/download", from);
            await answer.Content.ReadAsByteArrayAsync(Cancel);
            return answer.StatusCode;
        }
    }

    private static Task<TestProduct> Start(params IEnumerable<(string Name, string Value)> settings) => TestProduct.StartAsync(
        settings.Append(("ForwardedHeaders:KnownProxies", "127.0.0.1;::1")).Append(("RateLimits:WritesPerMinute", "0")).ToDictionary(pair => pair.Item1, string? (pair) => pair.Item2));

    /// <summary>The head of the answer; its body waits until it is read.</summary>
    private static async Task<HttpResponseMessage> Begin(Uri address, string path, string from = "192.0.2.1", ApiClient? who = null, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(address, path)) { Headers = { { "X-Forwarded-For", from } } };
        if (who is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", who.Token);
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }

    /// <summary>So many linked gifs.</summary>
    private static async Task Fill(ApiClient owner, string collection, int count)
    {
        var gifs = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => owner.NewGifAsync()));
        foreach (var some in gifs.Chunk(50))
            (await owner.PostAsync($"/v1/collections/{collection}/items/batch", new JsonObject { ["add"] = new JsonArray([.. some.Select(gif => (JsonNode)gif)]) })).Is(HttpStatusCode.OK);
    }

    private static Task<ZipArchive> Zip(Answer reply)
    {
        reply.Is(HttpStatusCode.OK);
        return ZipArchive.CreateAsync(new MemoryStream(reply.Bytes), ZipArchiveMode.Read, leaveOpen: false, entryNameEncoding: null, Cancel);
    }

    private static async Task<JsonNode> Index(ZipArchive zip)
    {
        await using var index = await zip.GetEntry("index.json")!.OpenAsync(Cancel);
        return (await JsonNode.ParseAsync(index, cancellationToken: Cancel))!;
    }

    /// <summary>A GIF of about so many bytes, unlike any other: noise, each pixel a code of nine bits.</summary>
    private static byte[] Gif(int bytes)
    {
        const int width = 1000, clear = 256, end = 257, beforeCodesGrow = 250;
        var height = Math.Max(1, bytes * 8 / 9 / width);
        using var gif = new MemoryStream();
        gif.Write("GIF89a"u8);
        gif.Write([width & 255, width >> 8, (byte)height, (byte)(height >> 8), 0xf7, 0, 0, .. RandomNumberGenerator.GetBytes(768)]);
        gif.Write([0x2c, 0, 0, 0, 0, width & 255, width >> 8, (byte)height, (byte)(height >> 8), 0, 8]);
        var (codes, bits, pending) = (new MemoryStream(), 0, 0);
        var pixels = RandomNumberGenerator.GetBytes(width * height);
        for (var i = 0; i < pixels.Length; i++)
        {
            if (i % beforeCodesGrow == 0)
                Put(clear);
            Put(pixels[i]);
        }

        Put(end);
        if (bits > 0)
            codes.WriteByte((byte)pending);
        foreach (var block in codes.ToArray().Chunk(255))
            gif.Write([(byte)block.Length, .. block]);
        gif.Write([0, 0x3b]);
        return gif.ToArray();

        void Put(int code)
        {
            pending |= code << bits;
            for (bits += 9; bits >= 8; bits -= 8, pending >>= 8)
                codes.WriteByte((byte)pending);
        }
    }
}
