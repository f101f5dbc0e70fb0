using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using GifShare.Fixtures;
using GifShare.Kubernetes.Tests.Manifests;

namespace GifShare.Kubernetes.Tests;

/// <summary>
/// Every object against the types of the Kubernetes API, strictly: a field that is misspelt, in the wrong place or of the wrong type does not compile. The API
/// server would drop an unknown field without a word.
/// </summary>
public sealed class SchemaTests
{
    /// <summary>Of the Prometheus operator; a rule of our own looks at it.</summary>
    private const string NotOfKubernetes = "ServiceMonitor";

    /// <summary>What must not compile: a field misspelt, a value of another type, one that is not among the allowed, a field that is not there.</summary>
    private static readonly (string Right, string Wrong)[] Mistakes =
    [
        ("readOnlyRootFilesystem", "readOnlyRootFileSystem"),
        ("failureThreshold: 6", "failureThreshold: six"),
        ("whenUnsatisfiable: ScheduleAnyway", "whenUnsatisfiable: Perhaps"),
        ("periodSeconds: 2\n", "periodSeconds: 2\n          retries: 3\n"),
    ];

    /// <summary>All at once: most of the compiler's time goes into reading the types.</summary>
    private static readonly Lazy<Task<(string? Output, string Reason)>> Compiled = new(CompileAsync);

    public static TheoryData<int> MistakeNumbers { get; } = new(Enumerable.Range(0, Mistakes.Length));

    [Fact]
    public async Task Every_object_is_of_its_type() => Assert.Equal("", string.Join('\n', await ErrorsAsync("right.ts")));

    [Theory, MemberData(nameof(MistakeNumbers))]
    public async Task What_is_not_of_its_type_does_not_compile(int mistake) => Assert.NotEmpty(await ErrorsAsync($"wrong{mistake}.ts"));

    private static async Task<string[]> ErrorsAsync(string file)
    {
        var (output, reason) = await Compiled.Value;
        if (output is null)
            Assert.Skip(reason);
        return [.. output.Split('\n').Where(line => line.StartsWith(file, StringComparison.Ordinal) || line.StartsWith("error", StringComparison.Ordinal))];
    }

    private static async Task<(string? Output, string Reason)> CompileAsync()
    {
        var right = new StringBuilder();
        foreach (var overlay in (string[])[.. OverlayTests.Folders, "base", "restore", "restore-from-bucket"])
            right.Append(SourceOf(await Kubectl.RenderAsync(overlay)));
        var broken = await Kubectl.RenderAsync("overlays/multi-zone");
        var (folder, reason) = await InstallAsync();
        if (folder is null)
            return (null, reason);
        var work = Directory.CreateTempSubdirectory("gifshare-schema-").FullName;
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(work, "node_modules"), Path.Combine(folder, "node_modules"));
            await File.WriteAllTextAsync(Path.Combine(work, "package.json"), """{"type":"module"}""");
            await File.WriteAllTextAsync(Path.Combine(work, "right.ts"), $"{right}\nexport {{}};");
            for (var i = 0; i < Mistakes.Length; i++)
            {
                Assert.Contains(Mistakes[i].Right, broken, StringComparison.Ordinal);
                await File.WriteAllTextAsync(Path.Combine(work, $"wrong{i}.ts"), $"{SourceOf(broken.Replace(Mistakes[i].Right, Mistakes[i].Wrong, StringComparison.Ordinal))}\nexport {{}};");
            }

            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            var (_, output, errors) = await Tool.RunAsync(
                "node",
                [Path.Combine(folder, "node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022", .. Directory.EnumerateFiles(work, "*.ts").Select(Path.GetFileName)!],
                work, limit.Token);
            return (output + errors, "");
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static string SourceOf(string yaml)
    {
        var lines = Cluster.Parse(yaml).Objects.Where(static o => o.Kind != NotOfKubernetes).Select(static o =>
            $"({o.Root.ToJsonString()}) satisfies import(\"kubernetes-models/{o.Root.Text("apiVersion")}/{o.Kind}\").I{o.Kind};");
        return string.Join('\n', lines) + '\n';
    }

    /// <summary>Kept outside of the checkout, under a name that changes with what is wanted.</summary>
    private static async Task<(string? Folder, string Reason)> InstallAsync()
    {
        var wanted = Path.Combine(RunningProgram.Checkout, "tests/Kubernetes/Schema");
        var name = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(wanted, "package-lock.json"))))[..12];
        var folder = Path.Combine(CacheFolder(), $"kubernetes-schema-{name}");
        if (Directory.Exists(folder))
            return (folder, "");
        var fresh = $"{folder}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(fresh);
            foreach (var file in Directory.EnumerateFiles(wanted))
                File.Copy(file, Path.Combine(fresh, Path.GetFileName(file)), overwrite: true);
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            var (exitCode, output, errors) = await Tool.RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], fresh, limit.Token);
            if (exitCode != 0)
                return (null, $"npm could not install the types of Kubernetes: {(errors + output).Trim().Split('\n')[^1]}");
            if (!Directory.Exists(folder))
                Directory.Move(fresh, folder);
            return (folder, "");
        }
        catch (Win32Exception)
        {
            return (null, "npm is not installed; it brings the types of Kubernetes that the manifests are held against.");
        }
        catch (OperationCanceledException)
        {
            return (null, "npm did not bring the types of Kubernetes within two minutes.");
        }
        finally
        {
            if (Directory.Exists(fresh))
                Directory.Delete(fresh, recursive: true);
        }
    }

    private static string CacheFolder()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : home.Length > 0 ? Path.Combine(home, ".cache") : Path.GetTempPath();
        return Path.Combine(cache, "gifshare-tests");
    }
}
