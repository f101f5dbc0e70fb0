using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GifShare.Standalone.Host;

/// <summary>System calls that .NET lacks: signals, flock, real paths, process information.</summary>
internal static class Linux
{
    public const int SigInt = 2;
    public const int SigQuit = 3;
    public const int SigKill = 9;
    public const int SigTerm = 15;

    private const int LockExclusiveNonBlocking = 2 | 4;

    public static bool IsRoot => geteuid() == 0;

    public static void Signal(int pid, int signal) => _ = kill(pid, signal);

    /// <summary>Opens or creates a file for reading and writing without a lock; .NET's own methods take one.</summary>
    public static SafeFileHandle OpenWithoutLocking(string path)
    {
        const int readWriteCreateCloseOnExec = 0x2 | 0x40 | 0x80000;
        var file = open(path, readWriteCreateCloseOnExec, 0x1a4 /* rw-r--r-- */);
        return file >= 0
            ? new SafeFileHandle(file, ownsHandle: true)
            : throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Opens a folder with O_PATH, only to name it as <c>/proc/self/fd/N</c>.</summary>
    public static SafeFileHandle OpenFolder(string path)
    {
        const int pathOnlyFolderCloseOnExec = 0x200000 | 0x10000 | 0x80000;
        var folder = open(path, pathOnlyFolderCloseOnExec, 0);
        return folder >= 0
            ? new SafeFileHandle(folder, ownsHandle: true)
            : throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Flushes a folder's directory entries to disk.</summary>
    public static void SyncFolder(string path)
    {
        using var folder = OpenToRead(path);
        if (fsync((int)folder.DangerousGetHandle()) != 0)
            throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Flushes the whole file system of this folder to disk.</summary>
    public static void SyncDisk(string path)
    {
        using var folder = OpenToRead(path);
        if (syncfs((int)folder.DangerousGetHandle()) != 0)
            throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    public static bool TryLock(SafeFileHandle file)
    {
        var added = false;
        try
        {
            file.DangerousAddRef(ref added);
            return flock((int)file.DangerousGetHandle(), LockExclusiveNonBlocking) == 0;
        }
        finally
        {
            if (added)
                file.DangerousRelease();
        }
    }

    private static SafeFileHandle OpenToRead(string folder)
    {
        const int folderCloseOnExec = 0x10000 | 0x80000;
        var handle = open(folder, folderCloseOnExec, 0);
        return handle >= 0
            ? new SafeFileHandle(handle, ownsHandle: true)
            : throw new IOException($"{folder}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    public static string RealPath(string path)
    {
        var text = realpath(path, 0);
        if (text == 0)
            throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            return Marshal.PtrToStringUTF8(text)!;
        }
        finally
        {
            free(text);
        }
    }

    /// <summary>The working folder of a running process; null for a zombie, a dead process, or one that we may not inspect.</summary>
    public static string? WorkingFolder(int pid)
    {
        try
        {
            const string gone = " (deleted)";
            var link = new FileInfo($"/proc/{pid}/cwd").LinkTarget;
            return link is not null && link.EndsWith(gone, StringComparison.Ordinal) ? link[..^gone.Length] : link;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether an open failed for lack of file descriptors, so that it is unknown whether the file exists.</summary>
    public static bool IsOutOfFiles(Exception exception) => exception is IOException { HResult: 23 or 24 };

    /// <summary>The program name of a process (at most 15 characters); null when there is no such process.</summary>
    /// <exception cref="IOException">No file descriptor is available.</exception>
    public static string? ProgramName(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && !IsOutOfFiles(e))
        {
            return null;
        }
    }

    public static IEnumerable<int> Processes() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let name = Path.GetFileName(folder)
        where char.IsAsciiDigit(name[0])
        select int.Parse(name, CultureInfo.InvariantCulture);

    /// <summary>Returns memory to the system that native code, above all the JIT compiler, has freed: glibc keeps it in its arenas.</summary>
    public static void GiveBackMemory()
    {
        try
        {
            _ = malloc_trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: the function is missing.
        }
    }

#pragma warning disable SYSLIB1054 // blittable or one string: generated marshalling would only ask for unsafe code
    [DllImport("libc")]
    private static extern uint geteuid();

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);

    [DllImport("libc")]
    private static extern int flock(int fd, int operation);

    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(int fd);

    [DllImport("libc", SetLastError = true)]
    private static extern int syncfs(int fd);

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

    [DllImport("libc", SetLastError = true)]
    private static extern nint realpath([MarshalAs(UnmanagedType.LPUTF8Str)] string path, nint buffer);

    [DllImport("libc")]
    private static extern void free(nint memory);

    [DllImport("libc")]
    private static extern int malloc_trim(nuint keep);
#pragma warning restore SYSLIB1054
}
