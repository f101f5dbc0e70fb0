using System.Formats.Tar;
using System.Security.Cryptography;
using GifShare.ObjectStore;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Backup;

/// <summary>
/// Writes a backup to a temporary file beside its path, readable by its owner only, and renames it once it is on disk. An unfinished file is deleted.
/// </summary>
internal sealed class BackupWriter : IAsyncDisposable
{
    /// <summary>Bytes kept free: the database may be on the same disk and must be able to write.</summary>
    private const long MinimumFree = 256L << 20;

    private readonly string path;
    private readonly bool force;
    private readonly FileStream file;
    private readonly SHA256 hash = SHA256.Create();
    private readonly CryptoStream hashed;
#pragma warning disable IDISP002, IDISP006 // Never disposed: disposal writes the end of the tar, which BackupFormat.Tail contains.
    private readonly TarWriter tar;
#pragma warning restore IDISP002, IDISP006
    private long objects;
    private bool isFinished;

    private BackupWriter(string path, bool force, FileStream file)
    {
        (this.path, this.force, this.file) = (path, force, file);
        hashed = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true);
        tar = new TarWriter(hashed, TarEntryFormat.Ustar, leaveOpen: true);
    }

    public long Length => file.Position;

    private string Unfinished => path + ".part";

    /// <exception cref="StartFailedException">The file exists already, or cannot be created.</exception>
    public static BackupWriter Create(string path, bool force)
    {
        path = Path.GetFullPath(path);
        if (Directory.Exists(path))
            throw new StartFailedException($"{path} is a folder; name the file that the backup shall be.", ExitCodes.Usage);
        RefuseToReplace(path, force);
        try
        {
            return new BackupWriter(path, force, Open(path + ".part"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException($"The backup cannot be written there: {e.Message}", ExitCodes.Failure, e);
        }
    }

    public void NeedSpace(long bytes)
    {
        var free = new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace;
        if (free - bytes < MinimumFree)
        {
            throw new StartFailedException(
                $"The disk of {path} has too little room: {BackupFormat.Megabytes(free)} are free, the rest of the backup needs {BackupFormat.Megabytes(bytes)} "
                + $"and {BackupFormat.Megabytes(MinimumFree)} stay free.");
        }
    }

    public Task AddAsync(string name, byte[] content, DateTimeOffset modified, CancellationToken cancellationToken) =>
        AddAsync(name, new MemoryStream(content, writable: false), modified, cancellationToken);

    public Task AddAsync(string name, Stream content, DateTimeOffset modified, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        NeedSpace(content.Length);
        var end = file.Position + BackupFormat.Block + content.Length + BackupFormat.Padding(content.Length);
        await tar.WriteEntryAsync(BackupFormat.Entry(name, modified, content), cancellationToken);
        if (file.Position != end)
            throw new IOException($"{name} changed while it was read.");
    });

    /// <summary>Adds a stored file. False, with nothing added, when its bytes do not match the hash in its name.</summary>
    public async Task<bool> AddAsync(OpenedObject stored, CancellationToken cancellationToken)
    {
        // Read twice, the second time from the page cache: one corrupt file must not yield a backup that restore refuses.
        if (Convert.ToHexStringLower(await SHA256.HashDataAsync(stored.Content, cancellationToken)) != stored.Key.Sha256)
            return false;
        stored.Content.Position = 0;
        await AddAsync(BackupFormat.Objects + stored.Key, stored.Content, stored.LastModified, cancellationToken);
        objects++;
        return true;
    }

    /// <summary>Writes the end entry, flushes to disk and renames the file.</summary>
    public Task FinishAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await hashed.FlushFinalBlockAsync(cancellationToken);
        await file.WriteAsync(BackupFormat.Tail(hash.Hash, objects), cancellationToken);
        await file.FlushAsync(cancellationToken);
        await Task.Run(() => file.Flush(flushToDisk: true), CancellationToken.None);
        RefuseToReplace(path, force);
        File.Move(Unfinished, path, overwrite: force);
        isFinished = true;
        Linux.SyncFolder(Path.GetDirectoryName(path)!);
    });

    public async ValueTask DisposeAsync()
    {
        if (!isFinished)
            File.Delete(Unfinished);
        try
        {
            await hashed.DisposeAsync();
            hash.Dispose();
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

    private static async Task GuardAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (IOException e)
        {
            throw new StartFailedException($"The backup could not be written: {e.Message}", ExitCodes.Failure, e);
        }
    }

    private static void RefuseToReplace(string path, bool force)
    {
        if (!force && File.Exists(path))
            throw new StartFailedException($"{path} is there already; --force replaces it when the new backup is complete.", ExitCodes.Usage);
    }
}
