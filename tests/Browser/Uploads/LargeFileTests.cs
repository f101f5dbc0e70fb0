using System.Globalization;
using System.Security.Cryptography;
using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Browser.Tests.Uploads;

/// <summary>
/// A film goes from Chromium, by the sender of our pages, to the folder and to a bucket, over a connection that is cut and a server that is killed, and
/// comes back identical. In the long form (<c>GIFSHARE_FAULTS=long</c>) it has 1 GB, and that happens ten times and twice.
/// </summary>
public sealed class LargeFileTests(RunningSite site) : Journey(site)
{
    private static readonly long Size = FaultScale.Of(40L << 20, 1L << 30);
    private static readonly int Cuts = FaultScale.Of(3, 10), Kills = FaultScale.Of(1, 2);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task It_arrives_in_a_folder() => Arrive([]);

    [Fact]
    public async Task It_arrives_in_a_bucket()
    {
        Assert.SkipUnless(FaultScale.IsLong, "Long form only; parts that go to a bucket are in BucketTests, kills of it in KilledUploadsTests.");
        var (server, problem) = await S3Server.TryGetAsync();
        Assert.SkipWhen(server is null, problem);
        await Arrive(
        [
            "--set", "ObjectStore:Kind=S3", "--set", $"ObjectStore:S3:Endpoint={server.Endpoint}", "--set", $"ObjectStore:S3:Bucket=film-{Guid.NewGuid():N}",
            "--set", $"ObjectStore:S3:AccessKey={server.AccessKey}", "--set", $"ObjectStore:S3:SecretKey={server.SecretKey}",
        ]);
    }

    private async Task Arrive(string[] settings)
    {
        settings = [.. settings, "--set", "Media:PartBytes=5242880", "--set", "RateLimits:AnonymousPostsPerMinutePerAddress=0"];
        var place = TestFolders.Create("film");
        var (data, film) = (Path.Combine(place.Folder, "data"), Path.Combine(place.Folder, "film.mp4"));
        var hash = await Film(film);
        var program = await RunningProgram.UpAsync(data, Cancel, settings);
        try
        {
            using var relay = new Relay(program.Address);
            using var ada = await ApiClient.RegisterAsync(relay.Address);
            var visitor = await Visit(through: relay.Address);
            await visitor.SignIn(ada.Username, Visitor.Password);
            var page = visitor.Page;
            await page.EvaluateAsync("() => { const field = document.createElement('input'); field.type = 'file'; field.id = 'film'; document.body.append(field); }");
            await page.SetInputFilesAsync("#film", film);
            var sending = page.EvaluateAsync<string>(
                """
                async module => {
                  const { anew, send } = await import(module);
                  const file = document.getElementById('film').files[0];
                  const upload = { name: file.name, size: file.size, type: 'video/mp4', ...anew() };
                  window.sent = 0;
                  const media = await send(file, upload, {
                    signal: new AbortController().signal,
                    keep: async changes => { Object.assign(upload, changes); },
                    moved: bytes => { window.sent = bytes; },
                    says: () => {},
                  });
                  return media.id;
                }
                """, await visitor.Module("sender.js"));
            var troubles = Cuts + Kills;
            for (var trouble = 1; trouble <= troubles; trouble++)
            {
                var moment = Size * trouble / (troubles + 1);
                await Eventually.True(async () => sending.IsCompleted || await page.EvaluateAsync<double>("window.sent") >= moment, Cancel, Patience);
                Assert.False(sending.IsCompleted, $"Too early for trouble {trouble}.");
                if (trouble % (troubles / Kills) == 0)
                {
                    await program.KillAsync(Cancel);
                    await program.DisposeAsync();
                    program = await RunningProgram.UpAsync(data, Cancel, settings);
                    relay.Goal = program.Address;
                }
                else
                {
                    relay.Cut();
                    relay.Mend();
                }
            }

            var id = await sending.WaitAsync(Patience, Cancel);
            var media = (await ada.GetAsync($"/v1/media/{id}")).IsDone();
            Assert.Equal(("ready", Size), ((string)media["status"]!, (long)media["size"]!));
            using var http = new HttpClient { BaseAddress = relay.Address, Timeout = Patience };
            await using var back = await http.GetStreamAsync((string)media["renditions"]![0]!["url"]!, Cancel);
            Assert.Equal(hash, Convert.ToHexStringLower(await SHA256.HashDataAsync(back, Cancel)));
            visitor.Forgive();
            TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"{Size >> 20} MB, {Cuts} cuts, {Kills} kills: identical."));
        }
        finally
        {
            await program.DisposeAsync();
            TestFolders.Delete(place);
        }
    }

    /// <summary>Writes random bytes that begin as an MP4 does; returns their hash.</summary>
    private static async Task<string> Film(string path)
    {
        await using var file = File.Create(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = new byte[1 << 20];
        for (long written = 0; written < Size; written += piece.Length)
        {
            RandomNumberGenerator.Fill(piece);
            if (written == 0)
                ((byte[])[0, 0, 0, 16, .. "ftypisom"u8, 0, 0, 2, 0]).CopyTo(piece, 0);
            hash.AppendData(piece);
            await file.WriteAsync(piece, Cancel);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
