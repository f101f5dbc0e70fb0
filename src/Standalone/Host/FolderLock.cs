using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace GifShare.Standalone.Host;

/// <summary>
/// Exclusive ownership of a data folder: a flock on its file <c>lock</c>. The kernel releases the lock when the process ends in any way, so a held lock
/// means that its owner is alive.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private readonly SafeFileHandle handle;

    private FolderLock(string folder, SafeFileHandle handle)
    {
        Folder = folder;
        this.handle = handle;
    }

    /// <summary>The absolute path of the folder without symbolic links, as <c>/proc</c> shows it for processes in it.</summary>
    public string Folder { get; }

    /// <summary>Creates the folder if it is missing and locks it. Throws with the owner's process id if another process holds the lock.</summary>
    public static FolderLock Take(string folder)
    {
        try
        {
            if (!Directory.Exists(folder))
            {
                // Execute permission for others lets PostgreSQL's user reach the database inside, but not list the folder.
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

    /// <summary>Locks an existing folder; null when another process holds the lock.</summary>
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

    public void Dispose() => handle.Dispose();

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
