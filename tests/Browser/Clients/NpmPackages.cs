using GifShare.Fixtures;

namespace GifShare.Browser.Tests.Clients;

/// <summary>The clients of others that tests run: packages of npm, installed once into the checkout's <c>artifacts</c>.</summary>
internal static class NpmPackages
{
    private static readonly string[] Packages = ["tus-js-client@4.3.1", "@uppy/core@6.3.1", "@uppy/tus@6.0.0", "@uppy/aws-s3@6.3.1", "esbuild@0.28.2"];

    private static readonly Lazy<Task<string>> Installed = new(Install);

    /// <summary>The folder that has them in <c>node_modules</c>.</summary>
    public static Task<string> FolderAsync() => Installed.Value;

    /// <summary>A script of ours with everything that it imports, for a page.</summary>
    public static async Task<string> BundleAsync(string script, CancellationToken cancel)
    {
        var folder = await FolderAsync();
        // Where it finds what it imports.
        var (source, bundle) = (Path.Combine(folder, $"{script}-{Environment.ProcessId}.mjs"), Path.Combine(folder, $"{script}-{Environment.ProcessId}.js"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Clients", script + ".mjs"), source, overwrite: true);
        await Run(Path.Combine(folder, "node_modules", ".bin", "esbuild"), [source, "--bundle", "--format=iife", "--log-level=error", $"--outfile={bundle}"], cancel);
        return await File.ReadAllTextAsync(bundle, cancel);
    }

    private static async Task<string> Install()
    {
        var folder = Path.Combine(RunningProgram.Checkout, "artifacts", "npm-clients");
        var (list, mark) = (string.Join('\n', Packages), Path.Combine(folder, "installed"));
        if (File.Exists(mark) && await File.ReadAllTextAsync(mark) == list)
            return folder;
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "package.json"), """{"private":true}""");
        await Run("npm", ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", .. Packages], CancellationToken.None);
        await File.WriteAllTextAsync(mark, list);
        return folder;
    }

    private static async Task Run(string command, string[] arguments, CancellationToken cancel)
    {
        var (exitCode, output) = await RunningProgram.RunAsync(command, arguments, cancel);
        Assert.True(exitCode == 0, $"{command} {string.Join(' ', arguments)}: {output}");
    }
}
