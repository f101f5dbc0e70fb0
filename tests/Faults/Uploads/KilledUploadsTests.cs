using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Uploads;

/// <summary>
/// kill -9 at random moments while files are uploaded in parts: every upload that was acknowledged becomes ready and comes back byte for byte, and
/// nothing else is left in the store.
/// </summary>
public sealed class KilledUploadsTests
{
    private const string Section = "kill -9 of the server under uploads";
    private const int PartBytes = 5 << 20;

    private static readonly int Files = FaultScale.Of(24, 200);
    private static readonly int Kills = FaultScale.Of(2, 12);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_acknowledged_upload_is_ready_and_right()
    {
        var random = new Random(FaultScale.Seed);
        await using var product = await Product.StartAsync("killed-uploads", Cancel, $"Media:PartBytes={PartBytes}", "Storage:QuotaPerUser=100000000000", "RateLimits:MarksPerMinute=0");
        string name;
        using (var person = await ApiClient.RegisterAsync(product.Address))
            name = person.Username;
        var scene = new Scene(product, name);
        var lengths = Enumerable.Range(0, Files).Select(n => n % 4 == 0 ? random.Next(PartBytes, 3 * PartBytes) : random.Next(1_000, 400_000)).ToList();
        var uploading = Parallel.ForEachAsync(lengths, new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = Cancel }, async (length, _) => await scene.Upload(length));
        for (var kill = 1; kill <= Kills; kill++)
        {
            // After so many files have arrived: spread over the whole run.
            var moment = (Files * kill / (Kills + 1)) + random.Next(-1, 2);
            await Eventually.True(() => uploading.IsCompleted || scene.Done >= moment, Cancel, Patience);
            await product.Program.KillAsync(Cancel);
            await product.StartAgainAsync(Cancel);
            await scene.SignIn();
        }

        await uploading.WaitAsync(Patience, Cancel);
        var wrong = 0;
        using (var person = await ApiClient.SignInAsync(product.Address, name))
        {
            foreach (var (id, hash) in scene.Acknowledged)
            {
                JsonNode media = null!;
                await Eventually.True(async () => (string?)(media = (await person.GetAsync($"/v1/media/{id}")).IsDone().Json)["status"] is "ready" or "failed", Cancel, Patience);
                var isRight = (string?)media["status"] == "ready"
                    && Convert.ToHexStringLower(SHA256.HashData((await person.GetAsync((string)media["renditions"]![0]!["url"]!)).IsDone().Bytes)) == hash;
                wrong += isRight ? 0 : 1;
            }
        }

        Assert.Equal(0, wrong);
        Assert.Equal(Files, scene.Acknowledged.Count);
        await product.CheckAsync(Cancel);
        var files = Path.Combine(product.Data, "files");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(files, "staging")));
        // An announcement that was cut off may leave an upload without a row, or just its folder, which nobody can send to; it is swept with age.
        Assert.All(Directory.EnumerateFiles(Path.Combine(files, "uploads"), "*", SearchOption.AllDirectories), file => Assert.Equal(0, new FileInfo(file).Length));
        FaultReport.Add(Section, "acknowledged uploads that are ready and right by hash", "all", string.Create(CultureInfo.InvariantCulture, $"{Files} of {Files}, {Kills} kills, {scene.Retries} requests cut off"));
    }

    /// <summary>People whose server is killed now and then: they go on where they were.</summary>
    private sealed class Scene(Product product, string name)
    {
        private readonly List<(string Id, string Hash)> acknowledged = [];
        private string? token;
        private int done, retries;

        public int Done => Volatile.Read(ref done);

        public int Retries => retries;

        public List<(string Id, string Hash)> Acknowledged => acknowledged;

        public async Task SignIn()
        {
            using var person = await ApiClient.SignInAsync(product.Address, name);
            token = person.Token;
        }

        public async Task Upload(int length)
        {
            var file = RandomNumberGenerator.GetBytes(length);
            byte[] start = [0, 0, 0, 16, .. "ftypisom"u8, 0, 0, 2, 0];
            start.CopyTo(file, 0);
            var announced = new JsonObject { ["fileName"] = "film.mp4", ["contentType"] = "video/mp4", ["size"] = length };
            var key = Guid.NewGuid().ToString();
            var id = (string)(await Insist(client => client.PostAsync("/v1/media", announced.DeepClone(), ("Idempotency-Key", key))))["media"]!["id"]!;
            var parts = new SortedDictionary<int, string>();
            do
            {
                var state = await Insist(client => client.GetAsync($"/v1/media/{id}/parts"));
                parts.Clear();
                foreach (var part in state["received"]!.AsArray())
                    parts[(int)part!["number"]!] = (string)part["etag"]!;
                foreach (var part in state["missing"]!.AsArray())
                {
                    var number = (int)part!["number"]!;
                    var bytes = file[((number - 1) * PartBytes)..Math.Min(length, number * PartBytes)];
                    if (await Try(client => client.As(null).SendAsync("PUT", (string)part["url"]!, new ByteArrayContent(bytes))) is { } sent)
                        parts[number] = sent.ETag!;
                }
            }
            while (parts.Count < (length + PartBytes - 1) / PartBytes);
            var manifest = new JsonObject { ["parts"] = new JsonArray([.. parts.Select(part => new JsonObject { ["number"] = part.Key, ["etag"] = part.Value })]) };
            await Insist(client => client.PostAsync($"/v1/media/{id}/complete", manifest.DeepClone()));
            lock (acknowledged)
                acknowledged.Add((id, Convert.ToHexStringLower(SHA256.HashData(file))));
            Interlocked.Increment(ref done);
        }

        private async Task<Answer> Insist(Func<ApiClient, Task<Answer>> request)
        {
            Answer? answer = null;
            await Eventually.True(async () => (answer = await Try(request)) is not null, Cancel, Patience);
            return answer!;
        }

        /// <summary>Null: cut off, or refused for the moment.</summary>
        private async Task<Answer?> Try(Func<ApiClient, Task<Answer>> request)
        {
            try
            {
                if (token is null)
                    await SignIn();
                using var client = new ApiClient(product.Address, token);
                var answer = await request(client);
                if (answer.Status == HttpStatusCode.ServiceUnavailable)
                    return null;
                return answer.IsDone();
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                Interlocked.Increment(ref retries);
                return null;
            }
        }
    }
}
