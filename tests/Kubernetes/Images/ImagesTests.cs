using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Kubernetes.Tests.Manifests;
using GifShare.Kubernetes.Tests.Programs;
using Npgsql;

namespace GifShare.Kubernetes.Tests.Images;

/// <summary>Long form: the images are built and the small overlay's parts are run from them, a backup and a restore included.</summary>
public sealed class ImagesTests
{
    private static readonly TimeSpan Start = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task The_small_overlay_runs_from_its_images()
    {
        if (ImageStore.WhyNot() is { } reason)
            Assert.Skip(reason);
        var end = TestContext.Current.CancellationToken;
        var small = await Kubectl.ClusterAsync("overlays/small");
        var restore = await Kubectl.ClusterAsync("restore");
        await using var images = new ImageStore();
        await images.MakeBasesAsync(end);
        foreach (var program in Containerfile.Programs)
        {
            var target = program.Image["gifshare-".Length..];
            await images.BuildAsync(target, end);
            Describes(JsonNode.Parse(await images.InspectAsync(target, end))!, target);
        }

        var overlay = new SmallOverlay(small, images.Folder);
        var database = await images.StartAsync(overlay.Database(), end);
        await Eventually.True(() => AnswersAsync(overlay.ConnectionString("gifshare"), end), end, Start);
        var silo = await images.StartAsync(overlay.Silo(), end);
        var frontend = await images.StartAsync(overlay.FrontendRun(), end);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        var site = new Uri($"http://localhost:{overlay.Frontend}");
        await ServesAsync(images, http, silo, new Uri($"http://127.0.0.1:{overlay.SiloHealth}/health/live"), end);
        await ServesAsync(images, http, silo, new Uri($"http://127.0.0.1:{overlay.SiloHealth}{Probe(small, "silo")}"), end);
        await ServesAsync(images, http, frontend, new Uri(site, Probe(small, "frontend")), end);

        // Who it runs as, what it may write, and the image's own health check.
        foreach (var container in new[] { silo, frontend })
        {
            Assert.Equal("1654", (await images.PodmanAsync(["exec", container, "id", "-u"], end)).Trim());
            Assert.NotEqual(0, (await images.TryPodmanAsync(["exec", container, "touch", "/app/written"], end)).ExitCode);
            await images.PodmanAsync(["exec", container, "dotnet", "/health/health.dll"], end);
        }

        Assert.Contains("GifShare", await http.GetStringAsync(new Uri(site, "/"), end), StringComparison.Ordinal);
        await UploadAsync(http, site, end);

        await images.RunAsync(overlay.Backup(), end);
        var backups = overlay.Volume("backups");
        File.Move(Directory.EnumerateFiles(backups, "gifshare-*.tar").Single(), Path.Combine(backups, "restore.tar"));
        await ScalarAsync(overlay.ConnectionString("gifshare"), "CREATE DATABASE restored", end);
        Assert.Contains("Restored", await images.RunAsync(SmallOverlay.Restore(restore, overlay, "restored", "restored-files"), end), StringComparison.Ordinal);
        Assert.Equal(1L, await ScalarAsync(overlay.ConnectionString("restored"), "SELECT count(*) FROM gifshare.gifs", end));
        Assert.Equal(FilesIn(overlay.Volume("files")), FilesIn(overlay.Volume("restored-files")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(backups));

        // Told to end, each does so by itself and within its grace.
        foreach (var (container, component) in new[] { (frontend, "frontend"), (silo, "silo") })
        {
            var grace = small.Pods.Single(p => p.Component == component).Spec.Text("terminationGracePeriodSeconds")!;
            await images.PodmanAsync(["stop", "--time", grace, container], end);
            Assert.Equal("0", (await images.PodmanAsync(["inspect", "--format", "{{.State.ExitCode}}", container], end)).Trim());
        }

        await images.PodmanAsync(["stop", "--time", "60", database], end);
    }

    private static void Describes(JsonNode image, string target)
    {
        var config = image.At("Docker", "config");
        Assert.Equal("1654:1654", config.Text("User"));
        Assert.Contains("GifShare", config.Text("Labels", "org.opencontainers.image.title"), StringComparison.Ordinal);
        if (target != "operator")
            Assert.Contains("/health/health.dll", config.At("Healthcheck")?.ToJsonString(), StringComparison.Ordinal);
    }

    private static string Probe(Cluster cluster, string component) =>
        cluster.Pods.Single(p => p.Component == component).Containers.Single().Spec.Text("readinessProbe", "httpGet", "path")!;

    private static async Task ServesAsync(ImageStore images, HttpClient http, string container, Uri address, CancellationToken cancellationToken)
    {
        try
        {
            await Eventually.True(async () => await StatusAsync(http, address, cancellationToken) == HttpStatusCode.OK, cancellationToken, Start);
        }
        catch (TimeoutException e)
        {
            var (_, output, errors) = await images.TryPodmanAsync(["logs", "--tail", "60", container], cancellationToken);
            throw new TimeoutException($"{address}\n{output}\n{errors}", e);
        }
    }

    private static async Task<HttpStatusCode?> StatusAsync(HttpClient http, Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(address, cancellationToken);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static async Task UploadAsync(HttpClient http, Uri site, CancellationToken cancellationToken)
    {
        using var registered = await http.PostAsJsonAsync(
            new Uri(site, "/v1/users"), new { firstName = "Ada", lastName = "Lovelace", username = "ada", email = "ada@example.org", password = "correct horse battery" }, cancellationToken);
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        var token = (await registered.Content.ReadFromJsonAsync<JsonNode>(cancellationToken)).Text("accessToken");
        await using var file = File.OpenRead(Path.Combine(RunningProgram.Checkout, "docs/samples/hearts.gif"));
        using var content = new StreamContent(file);
        using var form = new MultipartFormDataContent { { content, "file", "hearts.gif" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(site, "/v1/gifs")) { Content = form };
        request.Headers.Authorization = new("Bearer", token);
        using var uploaded = await http.SendAsync(request, cancellationToken);
        Assert.Equal(HttpStatusCode.Created, uploaded.StatusCode);
    }

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(Path.Combine(folder, "objects"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order();

    private static async Task<bool> AnswersAsync(string connectionString, CancellationToken cancellationToken)
    {
        try
        {
            return await ScalarAsync(connectionString, "SELECT 1", cancellationToken) is 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
