using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Uploads;

/// <summary>The disk of the data folder fills up while files arrive. It is a small file system in memory, mounted for the test.</summary>
public sealed class FullStoreTests
{
    private const long Megabyte = 1 << 20, Reserve = 64 * Megabyte;

    private static readonly (string, string) Tus = ("Tus-Resumable", "1.0.0");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_does_not_fit_is_refused_and_goes_on_when_there_is_room()
    {
        var place = new ProgramFolder("full-store");
        if (place.TryMount(megabytes: 512) is { } refused)
        {
            place.Dispose();
            Assert.Skip($"a small disk cannot be mounted here: {refused}");
        }

        await using var product = await Product.StartAsync(place, Cancel, [.. UploadScene.Settings, $"ObjectStore:MinimumFreeBytes={Reserve}"]);
        using var person = await ApiClient.RegisterAsync(product.Address);
        using var guest = person.As(null);
        var (film, chunked, formed) = (UploadScene.Film(3 * UploadScene.PartBytes), UploadScene.Film(2 * UploadScene.PartBytes), UploadScene.Film(2 * UploadScene.PartBytes));
        var begun = (await AnnounceAsync(film.Length)).Is(HttpStatusCode.Created);
        var (media, parts) = ((string)begun["media"]!["id"]!, begun["parts"]!.AsArray());
        var etags = new List<string?> { (await PutAsync(1)).Is(HttpStatusCode.OK).ETag };
        var tus = (await person.SendAsync("POST", "/files/", null, Tus, ("Upload-Length", $"{chunked.Length}"))).Is(HttpStatusCode.Created).Headers.Location!.ToString();
        (await AppendAsync(0, UploadScene.PartBytes)).Is(HttpStatusCode.NoContent);
        var form = (await person.GetAsync($"/uppy/s3/params?filename=a.mp4&type=video/mp4&metadata[size]={formed.Length}")).Is(HttpStatusCode.OK);

        // Two megabytes above the reserve: what arrives now is begun, and does not fit.
        var disk = new DriveInfo(product.Data);
        var ballast = Path.Combine(product.Data, "ballast");
        await FillAsync(ballast, disk.AvailableFreeSpace - Reserve - (2 * Megabyte));
        var refusals = await Task.WhenAll(PutAsync(2), PutAsync(3), AppendAsync(UploadScene.PartBytes, UploadScene.PartBytes), PostFormAsync());
        Assert.All(refusals, answer => answer.IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable"));
        Assert.All(refusals, answer => Assert.NotNull(answer.Headers.RetryAfter));
        // Each of them looks after each megabyte.
        Assert.InRange(disk.AvailableFreeSpace, Reserve - (refusals.Length * Megabyte), Reserve + (2 * Megabyte));
        await FillAsync(ballast, Math.Max(0, disk.AvailableFreeSpace - Reserve + Megabyte));
        (await AnnounceAsync(1_000)).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        (await person.SendAsync("POST", "/files/", null, Tus, ("Upload-Length", "1000"))).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");

        // The database has its reserve, and nothing is half there.
        (await person.PostAsync("/v1/collections", new JsonObject { ["name"] = "Made meanwhile" })).Is(HttpStatusCode.Created);
        Assert.Equal([1], (await person.GetAsync($"/v1/media/{media}/parts")).Is(HttpStatusCode.OK)["received"]!.AsArray().Select(part => (int)part!["number"]!));
        Assert.Equal($"{UploadScene.PartBytes}", (await person.SendAsync("HEAD", tus, null, Tus)).Is(HttpStatusCode.OK).Header("Upload-Offset"));
        Assert.Equal(film.Length + chunked.Length + formed.Length, (long)(await person.GetAsync("/v1/users/me"))["storageUsed"]!);

        File.Delete(ballast);
        foreach (var number in (int[])[2, 3])
            etags.Add((await PutAsync(number)).Is(HttpStatusCode.OK).ETag);
        var manifest = new JsonArray([.. etags.Select((etag, i) => new JsonObject { ["number"] = i + 1, ["etag"] = etag })]);
        (await person.PostAsync($"/v1/media/{media}/complete", new JsonObject { ["parts"] = manifest })).Is(HttpStatusCode.Accepted);
        (await AppendAsync(UploadScene.PartBytes, UploadScene.PartBytes)).Is(HttpStatusCode.NoContent);
        (await PostFormAsync()).Is(HttpStatusCode.NoContent);
        await AssertReadyAsync(media, film);
        await AssertReadyAsync(tus["/files/".Length..], chunked);
        await AssertReadyAsync((string)form["fields"]!["key"]!, formed);
        await product.CheckAsync(Cancel);

        Task<Answer> AnnounceAsync(int size) => person.PostAsync("/v1/media", new JsonObject { ["fileName"] = "film.mp4", ["contentType"] = "video/mp4", ["size"] = size });

        Task<Answer> PutAsync(int number) => guest.SendAsync("PUT", (string)parts[number - 1]!["url"]!, new ReadOnlyMemoryContent(UploadWays.PartOf(film, number)));

        Task<Answer> AppendAsync(int offset, int length) => person.SendAsync(
            "PATCH", tus, UploadWays.Chunk(chunked.AsMemory(offset, length)), Tus, ("Upload-Offset", offset.ToString(CultureInfo.InvariantCulture)));

        Task<Answer> PostFormAsync() => guest.SendAsync("POST", UploadWays.LocalOf((string)form["url"]!), UploadWays.Form((string)form["fields"]!["key"]!, formed));

        async Task AssertReadyAsync(string id, byte[] file)
        {
            JsonNode now = null!;
            await Eventually.True(async () => (string?)(now = (await person.GetAsync($"/v1/media/{id}")).IsDone().Json)["status"] is "ready" or "failed", Cancel);
            Assert.Equal("ready", (string)now["status"]!);
            var bytes = (await person.GetAsync((string)now["renditions"]![0]!["url"]!)).IsDone().Bytes;
            Assert.Equal(SHA256.HashData(file), SHA256.HashData(bytes));
        }
    }

    private static async Task FillAsync(string path, long bytes)
    {
        var zeros = new byte[Megabyte];
        await using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (; bytes > 0; bytes -= zeros.Length)
            await file.WriteAsync(zeros.AsMemory(0, (int)Math.Min(bytes, zeros.Length)), Cancel);
    }
}
