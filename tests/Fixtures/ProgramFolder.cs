using System.Diagnostics;
using System.Globalization;
using GifShare.Standalone.Host;
using GifShare.Standalone.Postgres;

namespace GifShare.Fixtures;

/// <summary>Where programs run that a test may kill: at its end whatever they left behind is ended and the folder deleted.</summary>
public sealed class ProgramFolder(string name, string data = "data") : IDisposable
{
    private readonly FolderLock place = TestFolders.Create(name);
    private bool isMounted;

    public string Folder => place.Folder;

    public string Data => Path.Combine(place.Folder, data);

    /// <summary>Puts the data folder on a disk of its own, in memory, that a test may fill.</summary>
    /// <returns>Null, or why this machine does not allow it.</returns>
    public string? TryMount(int megabytes)
    {
        Directory.CreateDirectory(Data);
        var refused = Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m,mode=0755"), "gifshare-tests", Data);
        isMounted = refused is null;
        return refused;
    }

    public void Dispose()
    {
        if (Directory.Exists(Data))
        {
            using var left = FolderLock.Take(Data);
            ManagedPostgres.EndLeftovers(left);
        }

        if (isMounted && Run("umount", "--lazy", Data) is { } refused)
            Console.Error.WriteLine(refused);
        TestFolders.Delete(place);
    }

    private static string? Run(params string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
            var said = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{command[0]}: {said}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"{command[0]}: {e.Message}";
        }
    }
}
