using System.Diagnostics;
using GifShare.ObjectStore;
using GifShare.Standalone.Host;

namespace GifShare.Fixtures;

/// <summary>
/// A real S3 server (Ceph's radosgw, tests/s3-server): the one that <c>GIFSHARE_TEST_S3</c> names (<c>endpoint|access key|secret key</c>), else one per
/// test process, started by whoever needs it first. It ends when its standard input does, so with this process at the latest.
/// </summary>
public sealed class S3Server : IAsyncDisposable
{
    private const string Variable = "GIFSHARE_TEST_S3";
    private const int MissingPackages = 3;

    private static readonly Lazy<Task<(S3Server? Server, string Problem)>> Shared = new(StartAsync);

    private readonly Process? process;
    private readonly FolderLock? place;

    private S3Server(string line, Process? process, FolderLock? place)
    {
        if (line.Split('|') is not [var endpoint, var access, var secret])
            throw new InvalidOperationException($"{Variable} is endpoint|access key|secret key.");
        (Endpoint, AccessKey, SecretKey) = (endpoint, access, secret);
        (this.process, this.place) = (process, place);
    }

    public string Endpoint { get; }

    public string AccessKey { get; }

    public string SecretKey { get; }

    /// <summary>The running server; or null, and why there is none on this machine.</summary>
    public static Task<(S3Server? Server, string Problem)> TryGetAsync() => Shared.Value;

    /// <summary>A server of the caller's own, whose gateway may be killed; or null, and why there is none on this machine.</summary>
    public static Task<(S3Server? Server, string Problem)> TryStartAsync() => RunAsync();

    /// <summary>kill -9 of the gateway. What it stored is in another process and stays.</summary>
    public Task KillGatewayAsync() => OrderAsync("kill");

    /// <summary>Starts the gateway again at its address.</summary>
    public Task StartGatewayAsync() => OrderAsync("start");

    /// <summary>Settings for a bucket, which need not be there yet.</summary>
    public S3Options In(string bucket, string prefix = "") =>
        new() { Endpoint = Endpoint, AccessKey = AccessKey, SecretKey = SecretKey, Bucket = bucket, Prefix = prefix, MinimumFreeBytes = 0 };

    internal static async Task TestsAreOverAsync()
    {
        if (Shared.IsValueCreated && (await Shared.Value).Server is { } server)
            await server.DisposeAsync();
    }

    /// <summary>Ends a server that this process started, and deletes what it left.</summary>
    public async ValueTask DisposeAsync()
    {
        if (process is null)
            return;
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
        TestFolders.Delete(place!);
    }

    private static async Task<(S3Server?, string)> StartAsync() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? (new(given, null, null), "") : await RunAsync();

    private static async Task<(S3Server?, string)> RunAsync()
    {
        var place = TestFolders.Create("s3");
        var process = Process.Start(new ProcessStartInfo(Path.Combine(RunningProgram.Checkout, "tests", "s3-server"), [Path.Combine(place.Folder, "ceph")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        if (await process.StandardOutput.ReadLineAsync() is { } line)
            return (new(line, process, place), "");
        await process.WaitForExitAsync();
        var (said, code) = (await errors, process.ExitCode);
        process.Dispose();
        TestFolders.Delete(place);
        return code == MissingPackages ? (null, said.Trim()) : throw new InvalidOperationException(said);
    }

    private async Task OrderAsync(string order)
    {
        await process!.StandardInput.WriteLineAsync(order);
        if (await process.StandardOutput.ReadLineAsync() != order)
            throw new InvalidOperationException($"The S3 server did not {order}.");
    }
}
