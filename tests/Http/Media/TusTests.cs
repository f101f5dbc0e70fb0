using System.Net;
using System.Security.Cryptography;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Gifs;

namespace GifShare.Http.Tests.Media;

/// <summary>tus at <c>/files/</c> (api.md, tus) over the folder, which takes parts of any size.</summary>
public sealed class TusTests(MediaProduct product) : TusContract(product), IClassFixture<MediaProduct>;

/// <summary>The same over a store that takes small parts only at the end.</summary>
public sealed class TusBucketTests(BucketProduct product) : TusContract(product), IClassFixture<BucketProduct>;

/// <summary>The same over a real S3 server.</summary>
public sealed class TusS3Tests : TusContract, IClassFixture<S3MediaProduct>
{
    public TusS3Tests(S3MediaProduct product)
        : base(product) => product.SkipWithoutServer();
}

public abstract class TusContract(MediaProduct product)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_in_chunks_of_any_size_comes_back_as_it_was()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = MediaSteps.Video((2 * MediaProduct.PartBytes) + 54_321);
        var begun = (await ada.CreateAsync(file.Length)).Is(HttpStatusCode.Created);
        var upload = begun.Headers.Location!.ToString();
        Assert.Equal((TusClient.MediaOf(upload), "1.0.0"), (begun.Header("Media-Id"), begun.Header("Tus-Resumable")));
        Assert.True(DateTimeOffset.Parse(begun.Header("Upload-Expires")!, System.Globalization.CultureInfo.InvariantCulture) > DateTimeOffset.UtcNow.AddHours(1));
        Assert.Equal(file.Length, await ada.StorageUsedAsync());

        var offset = 0;
        foreach (var length in (int[])[1, 100_000, 5_999_999, 3, 2_000_000, int.MaxValue])
        {
            var chunk = file.AsSpan(offset, Math.Min(length, file.Length - offset)).ToArray();
            var answer = (await ada.AppendAsync(upload, offset, chunk)).Is(HttpStatusCode.NoContent);
            offset += chunk.Length;
            Assert.Equal(offset, answer.OffsetOf());
            if (offset < file.Length)
                Assert.Equal(offset, await ada.OffsetAsync(upload));
        }

        var media = await ada.SettledAsync(TusClient.MediaOf(upload));
        Assert.Equal(("ready", "video/mp4", "söme.mp4"), ((string)media["status"]!, (string)media["contentType"]!, (string)media["fileName"]!));
        Assert.Equal(file, (await ada.GetAsync((string)media["renditions"]![0]!["url"]!)).Is(HttpStatusCode.OK).Bytes);
        Assert.Equal(file.Length, await ada.StorageUsedAsync());
        Assert.Equal(file.Length, await ada.OffsetAsync(upload));
        (await ada.AppendAsync(upload, 0, file[..10])).IsProblem(HttpStatusCode.Conflict, "conflict");
    }

    [Fact]
    public async Task A_whole_file_goes_with_its_announcement()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = GifFiles.Animation();
        var content = new ByteArrayContent(file);
        content.Headers.ContentType = new("application/offset+octet-stream");
        var answer = (await ada.SendAsync(
            "POST", "/files", content, TusClient.Version, ("Upload-Length", $"{file.Length}"),
            ("Upload-Metadata", TusClient.Metadata("a.gif", "image/gif", MediaSteps.Sha256(file))))).Is(HttpStatusCode.Created);
        Assert.Equal(file.Length, answer.OffsetOf());
        Assert.Equal("ready", (string)(await ada.SettledAsync(answer.Header("Media-Id")!))["status"]!);
    }

    [Fact]
    public async Task What_came_before_a_connection_broke_is_kept()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = MediaSteps.Video(MediaProduct.PartBytes + 700_000);
        var upload = await ada.NewUploadAsync(file.Length);
        foreach (var (length, turn) in ((int, int)[])[(300_000, 1), (1_700_000, 2)])
        {
            var offset = (int)await ada.OffsetAsync(upload);
            using var connection = await ada.BeginChunkAsync(product.Address, upload, offset, file[offset..(offset + length)], file.Length - offset);
            // The server drops what it has not read when it sees the end.
            await Eventually.True(async () => await product.TurnAsync(TusClient.MediaOf(upload)) == turn && product.Arriving == length, Cancel);
            await connection.CutAsync();
            Assert.Equal(offset + length, await ada.OffsetAsync(upload));
        }

        var rest = (int)await ada.OffsetAsync(upload);
        (await ada.AppendAsync(upload, rest, file[rest..])).Is(HttpStatusCode.NoContent);
        await IsReady(ada, upload, file);
    }

    [Fact]
    public async Task A_dead_connection_holds_nothing()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = MediaSteps.Video(2_000_000);
        var upload = await ada.NewUploadAsync(file.Length);

        // Whoever asks for the offset ends the silent connection and gets what it brought.
        using var silent = await ada.BeginChunkAsync(product.Address, upload, 0, file[..400_000], file.Length);
        await Eventually.True(async () => await product.TurnAsync(TusClient.MediaOf(upload)) == 1, Cancel);
        var offset = (int)await ada.OffsetAsync(upload);
        Assert.InRange(offset, 0, 400_000);
        Assert.StartsWith("HTTP/1.1 409", await silent.HearAsync(), StringComparison.Ordinal);
        Assert.Equal(offset, await ada.OffsetAsync(upload));

        // Whoever knows it goes on from there at once.
        using var other = await ada.BeginChunkAsync(product.Address, upload, offset, file[offset..(offset + 10)], file.Length - offset);
        await Eventually.True(async () => await product.TurnAsync(TusClient.MediaOf(upload)) == 2, Cancel);
        (await ada.AppendAsync(upload, offset, file[offset..])).Is(HttpStatusCode.NoContent);
        Assert.StartsWith("HTTP/1.1 409", await other.HearAsync(), StringComparison.Ordinal);
        await IsReady(ada, upload, file);
    }

    [Fact]
    public async Task Of_requests_at_once_the_file_becomes_whole()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = MediaSteps.Video(MediaProduct.PartBytes + 3_000_000);
        var upload = await ada.NewUploadAsync(file.Length);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ada.AppendAsync(upload, 0, file)));
        Assert.All(answers, answer => Assert.True(answer.Status is HttpStatusCode.NoContent or HttpStatusCode.Conflict, answer.Text));
        var offset = (int)await ada.OffsetAsync(upload);
        if (offset < file.Length)
            (await ada.AppendAsync(upload, offset, file[offset..])).Is(HttpStatusCode.NoContent);
        await IsReady(ada, upload, file);
    }

    [Theory]
    [InlineData("sha1")]
    [InlineData("sha256")]
    [InlineData("md5")]
    public async Task A_chunk_with_another_checksum_does_not_count(string algorithm)
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var file = MediaSteps.Video(50_000);
        var upload = await ada.NewUploadAsync(file.Length);
        (await ada.AppendAsync(upload, 0, file[..20_000], ("Upload-Checksum", Checksum(file[1..20_001])))).IsProblem((HttpStatusCode)460, "checksum_mismatch");
        Assert.Equal(0, await ada.OffsetAsync(upload));
        (await ada.AppendAsync(upload, 0, file[..20_000], ("Upload-Checksum", Checksum(file[..20_000])))).Is(HttpStatusCode.NoContent);
        using (var half = await ada.BeginChunkAsync(product.Address, upload, 20_000, file[20_000..25_000], 30_000, $"Upload-Checksum: {Checksum(file[20_000..])}\r\n"))
            await half.CutAsync();
        Assert.Equal(20_000, await ada.OffsetAsync(upload));
        (await ada.AppendAsync(upload, 20_000, file[20_000..], ("Upload-Checksum", Checksum(file[20_000..])))).Is(HttpStatusCode.NoContent);
        await IsReady(ada, upload, file);

        string Checksum(byte[] bytes)
        {
            using var hash = IncrementalHash.CreateHash(new(algorithm.ToUpperInvariant()));
            hash.AppendData(bytes);
            return $"{algorithm} {Convert.ToBase64String(hash.GetHashAndReset())}";
        }
    }

    [Fact]
    public async Task Termination_frees_what_was_reserved()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var upload = await ada.NewUploadAsync(3_000_000);
        (await ada.AppendAsync(upload, 0, new byte[1_000_000])).Is(HttpStatusCode.NoContent);
        (await ada.DeleteAsync(upload, TusClient.Version)).Is(HttpStatusCode.NoContent);
        Assert.Equal(0, await ada.StorageUsedAsync());
        (await ada.SendAsync("HEAD", upload, null, TusClient.Version)).Is(HttpStatusCode.NotFound);
        (await ada.AppendAsync(upload, 1_000_000, new byte[10])).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await ada.DeleteAsync(upload, TusClient.Version)).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task An_upload_that_expired_is_gone_and_costs_nothing()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var upload = await ada.NewUploadAsync(2_000_000);
        (await ada.AppendAsync(upload, 0, new byte[1_000])).Is(HttpStatusCode.NoContent);
        await product.ExpireAsync(TusClient.MediaOf(upload));
        (await ada.SendAsync("HEAD", upload, null, TusClient.Version)).Is(HttpStatusCode.NotFound);
        Assert.Equal(0, await ada.StorageUsedAsync());
        Assert.Equal("expired", (string)(await ada.GetAsync($"/v1/media/{TusClient.MediaOf(upload)}"))["error"]!["code"]!);
    }

    [Fact]
    public async Task The_quota_is_asked_before_a_byte_is_sent()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ada.CreateAsync(MediaProduct.Quota / 4)));
        Assert.Equal(4, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => answer.IsProblem(HttpStatusCode.Conflict, "quota_exceeded"));
    }

    [Fact]
    public async Task Uploads_of_others_do_not_exist()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var bob = await ApiClient.RegisterAsync(product.Address);
        using var guest = ada.As(null);
        var upload = await ada.NewUploadAsync(1_000);
        (await bob.SendAsync("HEAD", upload, null, TusClient.Version)).Is(HttpStatusCode.NotFound);
        (await bob.AppendAsync(upload, 0, new byte[10])).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await bob.DeleteAsync(upload, TusClient.Version)).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await guest.AppendAsync(upload, 0, new byte[10])).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await guest.CreateAsync(10)).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(0, await ada.OffsetAsync(upload));

        // Uploads in parts are none of tus.
        var parts = (await ada.PostAsync("/v1/media", MediaSteps.Announcement(new byte[10]))).IsDone()["media"]!["id"];
        (await ada.SendAsync("HEAD", $"/files/{parts}", null, TusClient.Version)).Is(HttpStatusCode.NotFound);
        (await ada.AppendAsync($"/files/{parts}", 0, new byte[10])).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Requests_are_checked_as_the_protocol_says()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var guest = ada.As(null);
        var told = (await guest.SendAsync("OPTIONS", "/files/")).Is(HttpStatusCode.NoContent);
        Assert.Equal(("1.0.0", "creation,creation-with-upload,termination,expiration,checksum", "2147483648", "sha1,sha256,md5"),
            (told.Header("Tus-Version"), told.Header("Tus-Extension"), told.Header("Tus-Max-Size"), told.Header("Tus-Checksum-Algorithm")));

        var upload = await ada.NewUploadAsync(1_000);
        var other = (await ada.SendAsync("HEAD", upload, null, ("Tus-Resumable", "0.2.2"))).Is(HttpStatusCode.PreconditionFailed);
        Assert.Equal("1.0.0", other.Header("Tus-Version"));
        (await ada.SendAsync("PATCH", upload, new ByteArrayContent(new byte[10]), TusClient.Version, ("Upload-Offset", "0"))).IsProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media");
        (await ada.AppendAsync(upload, 5, new byte[10])).IsProblem(HttpStatusCode.Conflict, "conflict");
        (await ada.AppendAsync(upload, -5, new byte[10])).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await ada.AppendAsync(upload, 0, new byte[1_001])).IsProblem(HttpStatusCode.RequestEntityTooLarge, "too_large");
        (await ada.AppendAsync(upload, 0, new byte[10], ("Upload-Checksum", "crc32 AAAA"))).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await ada.GetAsync(upload, TusClient.Version)).Is(HttpStatusCode.MethodNotAllowed);
        Assert.Equal(0, await ada.OffsetAsync(upload));

        (await ada.SendAsync("POST", "/files", null, TusClient.Version, ("Upload-Defer-Length", "1"))).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await ada.CreateAsync(0)).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await ada.CreateAsync((2L << 30) + 1)).IsProblem(HttpStatusCode.RequestEntityTooLarge, "too_large");
        foreach (var metadata in (string[])["filename !", "filename,filename", ",", "a b c", $"filename {TusClient.Base64("a")}, ,", $"sha256 {TusClient.Base64("abc")}", "filename /w=="])
            (await ada.SendAsync("POST", "/files", null, TusClient.Version, ("Upload-Length", "10"), ("Upload-Metadata", metadata))).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await ada.SendAsync("POST", upload, null, TusClient.Version, ("X-HTTP-Method-Override", "DELETE"))).Is(HttpStatusCode.NoContent);
    }

    private static async Task IsReady(ApiClient client, string upload, byte[] file)
    {
        var media = await client.SettledAsync(TusClient.MediaOf(upload));
        Assert.Equal("ready", (string)media["status"]!);
        Assert.Equal(file, (await client.GetAsync((string)media["renditions"]![0]!["url"]!)).Is(HttpStatusCode.OK).Bytes);
    }
}
