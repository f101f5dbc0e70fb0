using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Browser.Tests.Clients;

/// <summary><c>tus-js-client</c> in node against the program, which is killed meanwhile.</summary>
public sealed class TusJsTests
{
    private const int Chunk = 1_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_arrives_although_the_server_is_killed_in_the_middle()
    {
        var packages = await NpmPackages.FolderAsync();
        var place = TestFolders.Create("tus");
        try
        {
            var data = Path.Combine(place.Folder, "data");
            var file = RandomNumberGenerator.GetBytes(20_000_000);
            ((byte[])[0, 0, 0, 16, .. "ftypisom"u8, 0, 0, 2, 0]).CopyTo(file, 0);
            var path = Path.Combine(place.Folder, "film.mp4");
            await File.WriteAllBytesAsync(path, file, Cancel);

            var first = await RunningProgram.UpAsync(data, Cancel);
            await using var firstEnd = first;
            using var relay = new Relay(first.Address);
            using var ada = await ApiClient.RegisterAsync(relay.Address);
            using var node = Start(new()
            {
                ["packages"] = packages,
                ["server"] = relay.Address.ToString().TrimEnd('/'),
                ["token"] = ada.Token,
                ["file"] = path,
                ["chunk"] = Chunk,
            });
            await Until(node, line => line.StartsWith("at ", StringComparison.Ordinal) && long.Parse(line.AsSpan(3), System.Globalization.CultureInfo.InvariantCulture) > 5 * Chunk);
            await first.KillAsync(Cancel);
            await using var second = await RunningProgram.UpAsync(data, Cancel);
            relay.Goal = second.Address;

            var done = await Until(node, line => line.StartsWith("done ", StringComparison.Ordinal));
            var id = done[(done.LastIndexOf('/') + 1)..];
            JsonNode media = null!;
            await Eventually.True(async () => (string?)(media = (await ada.GetAsync($"/v1/media/{id}")).IsDone().Json)["status"] is "ready" or "failed", Cancel);
            Assert.Equal(("ready", "söme film.mp4"), ((string)media["status"]!, (string)media["fileName"]!));
            Assert.Equal(file, (await ada.GetAsync((string)media["renditions"]![0]!["url"]!)).IsDone().Bytes);
        }
        finally
        {
            TestFolders.Delete(place);
        }
    }

    private static Process Start(JsonObject input)
    {
        var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "Clients", "tus.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        node.StandardInput.Write(input.ToJsonString());
        node.StandardInput.Close();
        return node;
    }

    private static async Task<string> Until(Process node, Func<string, bool> isIt)
    {
        while (await node.StandardOutput.ReadLineAsync(Cancel) is { } line)
            if (isIt(line))
                return line;
        throw new InvalidOperationException("tus-js-client gave up.");
    }
}
