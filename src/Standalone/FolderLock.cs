using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace GifShare.Standalone;

/// <summary>
/// Ownership of a data folder: an flock on its file <c>lock</c>. The kernel drops it when the process ends, however it ends,
/// so a held lock always means a living owner.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private readonly SafeFileHandle _handle;

    private FolderLock(string folder, SafeFileHandle handle)
    {
        Folder = folder;
        _handle = handle;
    }

    /// <summary>The folder, absolute and without symbolic links: what <c>/proc</c> shows for processes inside it.</summary>
    public string Folder { get; }

    /// <summary>Creates the folder if it is missing and takes it, or says who has it.</summary>
    public static FolderLock Take(string folder)
    {
        try
        {
            if (!Directory.Exists(folder))
            {
                // Others may pass through (the server's own user must reach its cluster inside) but not list it.
                Directory.CreateDirectory(folder, Others.MayPass);
            }

            var real = Linux.RealPath(folder);
            return TryTake(real) ?? throw new StartFailedException(
                $"The data folder {real} is in use by another GifShare{Owner(real)}; stop that one or choose another folder with --data.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new StartFailedException(
                $"The data folder {Path.GetFullPath(folder)} cannot be used ({e.Message.TrimEnd('.')}); choose another one with --data.",
                ExitCodes.Usage, e);
        }
    }

    /// <summary>Takes an existing folder, or returns null when another process has it.</summary>
    public static FolderLock? TryTake(string folder, string fileName = "lock")
    {
        var handle = Linux.OpenWithoutLocking(Path.Combine(folder, fileName));
        if (!Linux.TryLock(handle))
        {
            handle.Dispose();
            return null;
        }

        RandomAccess.SetLength(handle, 0);
        RandomAccess.Write(handle, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), 0);
        return new FolderLock(folder, handle);
    }

    public void Dispose() => _handle.Dispose();

    private static string Owner(string folder)
    {
        try
        {
            using var handle = Linux.OpenWithoutLocking(Path.Combine(folder, "lock"));
            var bytes = new byte[16];
            var pid = Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(handle, bytes, 0));
            return pid.Length > 0 ? $" (process {pid})" : "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static class Others
    {
        public const UnixFileMode MayPass =
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    }
}
