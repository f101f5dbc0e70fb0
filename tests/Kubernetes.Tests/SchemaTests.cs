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

    private static readonly Lazy<Task<(string? Folder, string Reason)>> Types = new(InstallAsync);

    [Fact]
    public async Task Every_object_is_of_its_type()
    {
        List<(string Where, string Yaml)> rendered = [];
        foreach (var folder in (string[])[.. OverlayTests.Folders, "base", "restore"])
            rendered.Add((folder, await Kubectl.RenderAsync(folder)));
        Assert.Equal("", await CompileAsync(rendered));
    }

    [Theory]
    [InlineData("readOnlyRootFilesystem", "readOnlyRootFileSystem")]
    [InlineData("failureThreshold: 6", "failureThreshold: six")]
    [InlineData("whenUnsatisfiable: ScheduleAnyway", "whenUnsatisfiable: Perhaps")]
    [InlineData("periodSeconds: 2\n", "periodSeconds: 2\n          retries: 3\n")]
    public async Task What_is_not_of_its_type_does_not_compile(string right, string wrong)
    {
        var yaml = await Kubectl.RenderAsync("overlays/multi-zone");
        Assert.Contains(right, yaml, StringComparison.Ordinal);
        Assert.Contains("error TS", await CompileAsync([("broken", yaml.Replace(right, wrong, StringComparison.Ordinal))]), StringComparison.Ordinal);
    }

    /// <summary>What the compiler complains about; empty when nothing.</summary>
    private static async Task<string> CompileAsync(IEnumerable<(string Where, string Yaml)> rendered)
    {
        var (folder, reason) = await Types.Value;
        if (folder is null)
            Assert.Skip(reason);
        var work = Directory.CreateTempSubdirectory("gifshare-schema-").FullName;
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(work, "node_modules"), Path.Combine(folder, "node_modules"));
            var source = new StringBuilder();
            var number = 0;
            foreach (var (where, yaml) in rendered)
                foreach (var found in Cluster.Parse(yaml).Objects.Where(static o => o.Kind != NotOfKubernetes))
                    source.AppendLine($"// {where}: {found}").AppendLine(
                        $"const d{number++}: import(\"kubernetes-models/{found.Root.Text("apiVersion")}\").I{found.Kind} = {found.Root.ToJsonString()};");
            Assert.NotEqual(0, number);
            await File.WriteAllTextAsync(Path.Combine(work, "package.json"), """{"type":"module"}""", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(work, "manifests.ts"), source.Append("export {};").ToString(), TestContext.Current.CancellationToken);
            var (_, output, errors) = await Tool.RunAsync(
                "node", [Path.Combine(folder, "node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022", "manifests.ts"],
                work, TestContext.Current.CancellationToken);
            return output + errors;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Kept outside of the checkout, under a name that changes with what is wanted.</summary>
    private static async Task<(string? Folder, string Reason)> InstallAsync()
    {
        var wanted = Path.Combine(RunningProgram.Checkout, "tests/Kubernetes.Tests/Schema");
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
