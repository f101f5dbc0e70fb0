using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using GifShare.ApiFrontend.Limits;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Site;
using GifShare.ObjectStore;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Http.Tests.Gifs;

/// <summary>Uploads that do not finish.</summary>
public sealed class UploadsTests
{
    private const long Quota = 1_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_on_the_way_counts_against_the_quota_and_the_room_of_all()
    {
        await using var product = await Start([("Connections:MinBytesPerSecond", "0"), ("Storage:QuotaPerUser", $"{Quota}"), ("Uploads:MaxBytes", $"{2 * UploadRoom.OneFile}")]);
        using var eve = await ApiClient.RegisterAsync(product.BaseAddress);
        using var mallory = await ApiClient.RegisterAsync(product.BaseAddress);
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        var gif = GifFiles.Animation();

        // Announcing is enough for the account, and costs the others nothing.
        using (var unsent = await Unfinished.Open(product, eve, (int)UploadRoom.OneFile, 0))
        {
            await Eventually.True(() => StagedFiles(product).Count == 1, Token);
            var refused = await eve.UploadAsync(gif);
            Assert.Equal((HttpStatusCode.Conflict, "quota_exceeded"), (refused.Status, refused.Code));
            Assert.Equal(HttpStatusCode.Created, (await ada.UploadAsync(GifFiles.Animation())).Status);
        }

        await Eventually.True(() => StagedFiles(product).Count == 0, Token);
        await Eventually.True(async () => (await eve.UploadAsync(gif)).Status == HttpStatusCode.Created, Token);

        // Nor can it hold what is for all: another gets half of what is left, and a third some of the rest.
        const int sent = 24 << 20;
        using (var held = await Unfinished.Open(product, eve, (int)UploadRoom.OneFile, sent))
        {
            await Eventually.True(() => StagedFiles(product).Sum(file => file.Length) >= sent - (1 << 20), Token);
            var full = await mallory.UploadAsync(new byte[20 << 20]);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (full.Status, full.Code));
            Assert.NotNull(full.Headers.RetryAfter);
            Assert.Equal(HttpStatusCode.Created, (await ada.UploadAsync(GifFiles.Animation())).Status);
            Assert.Single(StagedFiles(product));
        }

        await Eventually.True(() => StagedFiles(product).Count == 0, Token);
        await Eventually.True(async () => (await mallory.UploadAsync(new byte[20 << 20])).Status == HttpStatusCode.UnsupportedMediaType, Token);
    }

    [Fact]
    public async Task A_file_that_is_there_and_an_answer_that_is_remembered_need_no_quota()
    {
        var gif = GifFiles.Animation();
        await using var product = await Start([("Storage:QuotaPerUser", $"{gif.Length}")]);
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var first = await ada.PostAsync("/v1/gifs", Steps.Form(gif, "cat.gif"), key);
        var again = await ada.PostAsync("/v1/gifs", Steps.Form(gif, "cat.gif"), key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.Status, again.Status));
        Assert.Equal(HttpStatusCode.OK, (await ada.UploadAsync(gif)).Status);
        Assert.Equal("quota_exceeded", (await ada.UploadAsync(GifFiles.Animation())).Code);
        Assert.Empty(StagedFiles(product));
    }

    [Fact]
    public async Task One_that_stands_still_is_ended_and_a_form_needs_room_among_the_temporary_files()
    {
        await using var product = await Start([("Uploads:SecondsPerMegabyte", "1"), ("Uploads:MinimumFreeTempBytes", $"{long.MaxValue}")]);
        using var eve = await ApiClient.RegisterAsync(product.BaseAddress);
        // So much at once that its average is above any limit for days.
        using (var still = await Unfinished.Open(product, eve, (int)UploadRoom.OneFile, 24 << 20))
        {
            Assert.StartsWith("HTTP/1.1 408", await still.AnswerUpTo("request_timeout"), StringComparison.Ordinal);
            Assert.Empty(StagedFiles(product));
        }

        Assert.Equal(HttpStatusCode.Created, (await eve.UploadAsync(GifFiles.Animation())).Status);

        var collection = (string)(await eve.PostAsync("/v1/collections", new JsonObject { ["name"] = "a" }))["id"]!;
        using var browser = new Browser(product.BaseAddress);
        await browser.SignIn(eve.Username, ApiClient.Password);
        var page = await browser.Get($"/c/{collection}/add");
        var reply = await browser.PostJson(
            $"/c/{collection}/add", new MultipartFormDataContent { { new ByteArrayContent(GifFiles.Animation()), "files", "a.gif" } }, Browser.FormToken(page));
        Assert.Equal(503, reply.StatusCode);
        Assert.Contains("disk is almost full", reply.Text, StringComparison.Ordinal);
        Assert.StartsWith("{", reply.Text, StringComparison.Ordinal);
        Assert.Equal(503, (await browser.Submit($"/c/{collection}/add", $"/c/{collection}/add", files: [("a.gif", GifFiles.Animation())])).StatusCode);
    }

    [Fact]
    public async Task A_full_store_says_so()
    {
        await using var product = await Start([("ObjectStore:MinimumFreeBytes", $"{long.MaxValue}")]);
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        var answer = await ada.UploadAsync(GifFiles.Animation());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (answer.Status, answer.Code));
        Assert.Contains("disk is almost full", (string?)answer["detail"], StringComparison.Ordinal);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    private static Task<TestProduct> Start((string Name, string Value)[] settings) => TestProduct.StartAsync(
        settings.Append(("RateLimits:RegistrationsPerHourPerAddress", "0")).ToDictionary(pair => pair.Item1, pair => (string?)pair.Item2));

    private static List<FileInfo> StagedFiles(TestProduct product) =>
        [.. new DirectoryInfo(Path.Combine(product.Services.GetRequiredService<FolderObjectStoreOptions>().Path, "staging")).EnumerateFiles()];

    /// <summary>An upload of which a part is sent; disposed, its sender is gone.</summary>
    private sealed class Unfinished(TcpClient client) : IDisposable
    {
        public static async Task<Unfinished> Open(TestProduct product, ApiClient person, int announced, int sent)
        {
            var client = new TcpClient();
            await client.ConnectAsync("localhost", product.BaseAddress.Port, Token);
            var head = $"POST /v1/gifs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {person.Token}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {announced}\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.gif\"\r\n\r\n";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), Token);
            await client.GetStream().WriteAsync(new byte[sent], Token);
            return new(client);
        }

        /// <summary>What comes back, up to and with this word; the connection may be reset afterwards, since not all was sent.</summary>
        public async Task<string> AnswerUpTo(string word)
        {
            var text = "";
            var buffer = new byte[4096];
            while (!text.Contains(word, StringComparison.Ordinal) && await client.GetStream().ReadAsync(buffer, Token) is var read and > 0)
                text += Encoding.UTF8.GetString(buffer, 0, read);
            return text;
        }

        public void Dispose() => client.Dispose();
    }
}
