using System.ComponentModel;
using System.Diagnostics;
using GifShare.Fixtures;
using GifShare.Kubernetes.Tests.Manifests;
using GifShare.Kubernetes.Tests.Programs;
using GifShare.Standalone.Host;

namespace GifShare.Kubernetes.Tests.Images;

/// <summary>
/// Images of k8s/Containerfile, built by buildah and run by podman in a storage of their own. Registries are out of reach for a test, so the bases are made
/// here: Debian 12 by mmdebstrap, with this machine's .NET copied into it and Debian's PostgreSQL. What is built on them is the Containerfile as it is.
/// </summary>
internal sealed class ImageStore : IAsyncDisposable
{
    private const string Runtime = "localhost/gifshare-test-runtime", Sdk = "localhost/gifshare-test-sdk";
    private const string DebianPackages = "ca-certificates,libssl3,zlib1g,libstdc++6,tzdata,postgresql-15";

    private readonly FolderLock place = TestFolders.Create("images");
    private readonly List<string> containers = [];

    /// <summary>Where containers may be given folders from.</summary>
    public string Folder => place.Folder;

    private string[] Storage => ["--root", Path.Combine(Folder, "store"), "--runroot", Path.Combine(Folder, "run"), "--storage-driver", "overlay"];

    /// <summary>Why this machine cannot; null when it can.</summary>
    public static string? WhyNot()
    {
        if (Environment.GetEnvironmentVariable("GIFSHARE_IMAGES") != "long")
            return "Building and running images takes minutes: ./gifshare test kubernetes --long";
        if (!Environment.IsPrivilegedProcess)
            return "Making a base image (mmdebstrap, buildah) needs root here.";
        var missing = new[] { "mmdebstrap", "buildah", "podman", "runc" }.Where(static tool => !Exists(tool)).ToArray();
        return missing.Length == 0 ? null : $"{string.Join(", ", missing)} is not installed: apt-get install mmdebstrap buildah podman runc";
    }

    public async Task MakeBasesAsync(CancellationToken cancellationToken)
    {
        var context = Directory.CreateDirectory(Path.Combine(Folder, "bases")).FullName;
        var dotnet = Path.GetDirectoryName(new FileInfo(Environment.ProcessPath!).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Environment.ProcessPath)!;
        await DoAsync("mmdebstrap", ["--quiet", "--variant=minbase", $"--include={DebianPackages}", "bookworm", Path.Combine(context, "debian.tar")], cancellationToken);
        await DoAsync("tar", ["-C", dotnet, "-cf", Path.Combine(context, "runtime.tar"), "dotnet", "host", "shared"], cancellationToken);
        await DoAsync("tar", ["-C", dotnet, "-cf", Path.Combine(context, "sdk.tar"), "sdk", "sdk-manifests", "packs", "templates"], cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(context, "Containerfile"), """
            FROM scratch AS runtime
            ADD debian.tar /
            ADD runtime.tar /usr/share/dotnet/
            RUN ln -s ../share/dotnet/dotnet /usr/bin/dotnet
            FROM runtime AS sdk
            ADD sdk.tar /usr/share/dotnet/
            """, cancellationToken);
        foreach (var (target, name) in new[] { ("runtime", Runtime), ("sdk", Sdk) })
            await BuildahAsync(["bud", "--isolation", "chroot", "--format", "docker", "--layers", "--target", target, "-t", name, context], cancellationToken);
        Directory.Delete(context, recursive: true);
    }

    /// <summary>Packages that this machine has restored already are shared with the build.</summary>
    public async Task BuildAsync(string target, CancellationToken cancellationToken)
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");
        string[] arguments =
        [
            "bud", "--isolation", "chroot", "--format", "docker", "--layers", "--target", target, "-t", Name(target),
            .. Containerfile.Bases.Keys.SelectMany(static argument => new[] { "--build-arg", $"{argument}={(argument == "SDK_IMAGE" ? Sdk : Runtime)}" }),
            "-v", "/etc/ssl/certs:/etc/ssl/certs:ro", "-v", $"{packages}:/root/.nuget/packages", "-f", Containerfile.FilePath, RunningProgram.Checkout,
        ];
        await BuildahAsync(arguments, cancellationToken);
    }

    public static string Name(string target) => $"localhost/gifshare-{target}:test";

    /// <summary>What the image says of itself, as JSON.</summary>
    public Task<string> InspectAsync(string target, CancellationToken cancellationToken) =>
        BuildahAsync(["inspect", "--type", "image", Name(target)], cancellationToken);

    /// <summary>Runs it as Kubernetes would: the pod's user, a read-only root, no capabilities. Its ports are this machine's.</summary>
    public async Task<string> StartAsync(ContainerRun run, CancellationToken cancellationToken)
    {
        var id = (await PodmanAsync(["run", "--detach", .. Arguments(run)], cancellationToken)).Trim();
        containers.Add(id);
        return id;
    }

    /// <summary>Runs it to its end; what it said.</summary>
    public Task<string> RunAsync(ContainerRun run, CancellationToken cancellationToken) => PodmanAsync(["run", "--rm", .. Arguments(run)], cancellationToken);

    public Task<string> PodmanAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        DoAsync("podman", [.. Storage, "--cgroup-manager", "cgroupfs", "--runtime", "runc", .. arguments], cancellationToken);

    /// <summary>Its exit code and all it said, whatever it was.</summary>
    public Task<(int ExitCode, string Output, string Errors)> TryPodmanAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        Tool.RunAsync("podman", [.. Storage, "--cgroup-manager", "cgroupfs", "--runtime", "runc", .. arguments], null, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var container in containers)
            await TryPodmanAsync(["rm", "--force", "--time", "5", container], CancellationToken.None);
        // Storage mounts itself onto itself.
        foreach (var mounted in File.ReadLines("/proc/self/mountinfo").Select(static l => l.Split(' ')[4]).Where(p => p.StartsWith(Folder + "/", StringComparison.Ordinal)).Reverse().ToArray())
            await Tool.RunAsync("umount", ["--lazy", mounted], null, CancellationToken.None);
        TestFolders.Delete(place);
    }

    private static string[] Arguments(ContainerRun run) =>
    [
        "--network", "host", "--no-healthcheck", "--ulimit", "nofile=10000:10000", "--ulimit", "nproc=5000:5000",
        "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", run.User,
        .. run.Environment.SelectMany(static e => new[] { "--env", $"{e.Key}={e.Value}" }),
        .. run.Mounts.SelectMany(static m => new[] { "--volume", $"{m.Folder}:{m.Place}" }),
        .. run.Command is [var first, ..] ? new[] { "--entrypoint", first } : [],
        Name(run.Target),
        .. run.Command.Skip(1),
    ];

    private Task<string> BuildahAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) => DoAsync("buildah", [.. Storage, .. arguments], cancellationToken);

    private static async Task<string> DoAsync(string command, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var (exitCode, output, errors) = await Tool.RunAsync(command, arguments, null, cancellationToken);
        Assert.True(exitCode == 0, $"{command} {string.Join(' ', arguments)}: exit code {exitCode}\n{output}\n{errors}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds,6:0.0} s  {command} {string.Join(' ', arguments.Where(static a => !a.StartsWith('/')).Skip(3).Take(9))}");
        return output;
    }

    private static bool Exists(string tool)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(tool, "--version") { RedirectStandardOutput = true, RedirectStandardError = true });
            process!.WaitForExit();
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>One container: which image, as whom, with what.</summary>
internal sealed record ContainerRun(
    string Target, string User, IReadOnlyDictionary<string, string> Environment, IReadOnlyList<(string Folder, string Place)> Mounts, IReadOnlyList<string> Command);
