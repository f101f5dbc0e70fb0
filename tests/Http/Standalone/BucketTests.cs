using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Gifs;
using GifShare.ObjectStore;

namespace GifShare.Http.Tests.Standalone;

/// <summary>An instance moves into a bucket and back, and its backup lies there; as the operator types it, with a real S3 server.</summary>
public sealed class BucketTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ProgramFolder place = new("bucket"), elsewhere = new("from-bucket");
    private S3Options? options;
    private string problem = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Folder(ProgramFolder place) => Path.Combine(place.Data, "files");

    private string[] S3 =>
    [
        .. Set("ObjectStore:S3:Endpoint", options!.Endpoint!), .. Set("ObjectStore:S3:Bucket", options.Bucket), .. Set("ObjectStore:S3:AccessKey", options.AccessKey!),
        .. Set("ObjectStore:S3:SecretKey", options.SecretKey!),
    ];

    public async ValueTask InitializeAsync()
    {
        (var server, problem) = await S3Server.TryGetAsync();
        options = server?.In("operator-" + Guid.NewGuid().ToString("N"));
        if (options is null)
            return;
        using var client = S3Connection.ClientOf(options, options.Endpoint);
        await client.PutBucketAsync(options.Bucket, Cancel);
    }

    public ValueTask DisposeAsync()
    {
        place.Dispose();
        elsewhere.Dispose();
        return default;
    }

    [Fact]
    public async Task Files_move_into_a_bucket_while_people_go_on_and_a_damaged_one_is_named()
    {
        Assert.SkipWhen(options is null, problem);
        string[] moving = [.. S3, .. Set("ObjectStore:Kind", "S3"), .. Set("ObjectStore:Previous", "Folder")];
        List<(string Url, byte[] Bytes)> gifs = [];
        string name;
        await using (var program = await RunningProgram.UpAsync(place.Data, Cancel))
        {
            using var ada = await ApiClient.RegisterAsync(program.Address);
            name = ada.Username;
            for (var i = 0; i < 5; i++)
                gifs.Add(await UploadAsync(ada));
        }

        // One file's bytes are not what its name says.
        var damaged = Directory.EnumerateFiles(Path.Combine(Folder(place), "objects"), "*", SearchOption.AllDirectories).First();
        var whole = await File.ReadAllBytesAsync(damaged, Cancel);
        await File.WriteAllBytesAsync(damaged, [.. whole[..^1], (byte)(whole[^1] ^ 1)], Cancel);

        await using (var program = await RunningProgram.UpAsync(place.Data, Cancel, moving))
        {
            using var ada = await ApiClient.SignInAsync(program.Address, name);
            gifs.Add(await UploadAsync(ada));
            var first = await RunAsync(1, ["store", "copy", "--data", place.Data, .. moving]);
            Assert.Contains($"The file {Path.GetFileName(damaged)} is damaged; it is left out.", first, StringComparison.Ordinal);
            await File.WriteAllBytesAsync(damaged, whole, Cancel);
            var second = await RunAsync(0, ["store", "copy", "--data", place.Data, .. moving]);
            Assert.Contains("5 files are in the new store", second, StringComparison.Ordinal);
            foreach (var (url, bytes) in gifs)
                Assert.Equal(bytes, (await ada.GetAsync(url)).IsDone().Bytes);
        }

        Directory.Delete(Folder(place), recursive: true);
        string[] moved = [.. S3, .. Set("ObjectStore:Kind", "S3")];
        await using (var program = await RunningProgram.UpAsync(place.Data, Cancel, moved))
        {
            using var ada = await ApiClient.SignInAsync(program.Address, name);
            foreach (var (url, bytes) in gifs)
                Assert.Equal(bytes, (await ada.GetAsync(url)).IsDone().Bytes);
            Assert.Contains("0 differences", await RunAsync(0, ["check", "--data", place.Data, .. moved]), StringComparison.Ordinal);
        }

        var usage = await RunAsync(2, ["store", "copy", "--data", place.Data, .. moved]);
        Assert.Contains("ObjectStore:Previous", usage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_of_a_bucket_lies_in_it_and_is_restored_from_it()
    {
        Assert.SkipWhen(options is null, problem);
        string[] settings = [.. S3, .. Set("ObjectStore:Kind", "S3")];
        (string Url, byte[] Bytes) gif, lost;
        string name;
        await using (var program = await RunningProgram.UpAsync(place.Data, Cancel, settings))
        {
            using var ada = await ApiClient.RegisterAsync(program.Address);
            name = ada.Username;
            (gif, lost) = (await UploadAsync(ada), await UploadAsync(ada));
            var made = await RunAsync(0, ["backup", "bucket:first.tar", "--data", place.Data, .. settings]);
            Assert.Contains("bucket:first.tar: 1 users, 2 GIFs", made, StringComparison.Ordinal);
            Assert.Contains("--force", await RunAsync(2, ["backup", "bucket:first.tar", "--data", place.Data, .. settings]), StringComparison.Ordinal);
            await RunAsync(0, ["backup", "bucket:first.tar", "--force", "--data", place.Data, .. settings]);
            Assert.Contains("bucket:NAME", await RunAsync(2, ["backup", "bucket:../x", "--data", place.Data, .. settings]), StringComparison.Ordinal);

            using var store = new S3ObjectStore(options!, TimeProvider.System);
            Assert.True(ObjectKey.TryParse(lost.Url.Split('?')[0]["/media/".Length..], out var key));
            await store.DeleteAsync(key, Cancel);
            Assert.Contains($"The file {key} is missing from the store", await RunAsync(1, ["check", "--data", place.Data, .. settings]), StringComparison.Ordinal);
        }

        var file = Path.Combine(elsewhere.Folder, "fetched.tar");
        Assert.Contains("There is no bucket:none.tar", await RunAsync(2, ["store", "fetch", "bucket:none.tar", file, "--data", place.Data, .. settings]), StringComparison.Ordinal);
        await RunAsync(0, ["store", "fetch", "bucket:first.tar", file, "--data", place.Data, .. settings]);
        await RunAsync(0, ["restore", file, "--data", elsewhere.Data]);
        string[] moving = [.. settings, .. Set("ObjectStore:Previous", "Folder")];
        await RunAsync(0, ["store", "copy", "--data", elsewhere.Data, .. moving]);
        await using (var program = await RunningProgram.UpAsync(elsewhere.Data, Cancel, settings))
        {
            using var ada = await ApiClient.SignInAsync(program.Address, name);
            foreach (var (url, bytes) in ((string, byte[])[])[gif, lost])
                Assert.Equal(bytes, (await ada.GetAsync(url)).IsDone().Bytes);
            Assert.Contains("0 differences", await RunAsync(0, ["check", "--data", elsewhere.Data, .. settings]), StringComparison.Ordinal);
        }
    }

    private static string[] Set(string setting, string value) => ["--set", $"{setting}={value}"];

    private static async Task<(string Url, byte[] Bytes)> UploadAsync(ApiClient client)
    {
        var made = (await client.UploadAsync(GifFiles.Animation())).IsDone();
        var url = (string)made["url"]!;
        return (url, (await client.GetAsync(url)).IsDone().Bytes);
    }

    private static async Task<string> RunAsync(int expected, string[] arguments)
    {
        var run = await RunningProgram.RunAsync(arguments, Cancel).WaitAsync(Patience, Cancel);
        Assert.True(run.ExitCode == expected, $"{string.Join(' ', arguments)}: {run.ExitCode}\n{run.Output}");
        return run.Output;
    }
}
