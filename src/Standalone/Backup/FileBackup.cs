using GifShare.Standalone.Host;

namespace GifShare.Standalone.Backup;

/// <summary>A temporary file beside its path, readable by its owner only, which is renamed once it is on disk.</summary>
internal sealed class FileBackup : BackupPlace
{
    /// <summary>Bytes kept free: the database may be on the same disk and must be able to write.</summary>
    private const long MinimumFree = 256L << 20;

    private readonly string path;
    private readonly bool force;
    private readonly FileStream file;
    private bool isFinished;

    private FileBackup(string path, bool force, FileStream file) => (this.path, this.force, this.file) = (path, force, file);

    public override string Name => path;

    public override Stream Stream => file;

    private string Unfinished => path + ".part";

    /// <exception cref="StartFailedException">The file exists already, or cannot be created.</exception>
    public static FileBackup Create(string path, bool force)
    {
        path = Path.GetFullPath(path);
        if (Directory.Exists(path))
            throw new StartFailedException($"{path} is a folder; name the file that the backup shall be.", ExitCodes.Usage);
        RefuseToReplace(path, force);
        try
        {
            return new FileBackup(path, force, Open(path + ".part"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException($"The backup cannot be written there: {e.Message}", ExitCodes.Failure, e);
        }
    }

    public override void NeedSpace(long bytes)
    {
        var free = new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace;
        if (free - bytes < MinimumFree)
        {
            throw new StartFailedException(
                $"The disk of {path} has too little room: {BackupFormat.Megabytes(free)} are free, the rest of the backup needs {BackupFormat.Megabytes(bytes)} "
                + $"and {BackupFormat.Megabytes(MinimumFree)} stay free.");
        }
    }

    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await file.FlushAsync(cancellationToken);
        await Task.Run(() => file.Flush(flushToDisk: true), CancellationToken.None);
        RefuseToReplace(path, force);
        File.Move(Unfinished, path, overwrite: force);
        isFinished = true;
        Linux.SyncFolder(Path.GetDirectoryName(path)!);
    }

    public override async ValueTask DisposeAsync()
    {
        if (!isFinished)
            File.Delete(Unfinished);
        try
        {
            await file.DisposeAsync();
        }
        catch (IOException) when (!isFinished)
        {
            // The unflushed rest of a file that is deleted anyway.
        }
    }

    private static FileStream Open(string path)
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            // Not truncated before it is locked: another backup may be writing it.
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 1 << 20,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        try
        {
            File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            file.SetLength(0);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void RefuseToReplace(string path, bool force)
    {
        if (!force && File.Exists(path))
            throw new StartFailedException($"{path} is there already; --force replaces it when the new backup is complete.", ExitCodes.Usage);
    }
}
