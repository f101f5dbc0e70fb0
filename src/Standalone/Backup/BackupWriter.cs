using System.Security.Cryptography;
using GifShare.ObjectStore;

namespace GifShare.Standalone.Backup;

/// <summary>
/// Writes a backup beside its place, for its owner's eyes only, and gives it its name when all of it is on the disk. One that is not finished is deleted.
/// </summary>
internal sealed class BackupWriter : IAsyncDisposable
{
    /// <summary>Stays free: the database may be on the same disk, and must be able to write.</summary>
    private const long MinimumFree = 256L << 20;

    private readonly string _path;
    private readonly bool _force;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[128 << 10];
    private long _objects;
    private bool _isFinished;

    private BackupWriter(string path, bool force, FileStream file) => (_path, _force, _file) = (path, force, file);

    public long Length => _file.Position;

    private string Unfinished => _path + ".part";

    /// <exception cref="StartFailedException">There is such a file already, or it cannot be made.</exception>
    public static BackupWriter Create(string path, bool force)
    {
        path = Path.GetFullPath(path);
        if (Directory.Exists(path))
            throw new StartFailedException($"{path} is a folder; name the file that the backup shall be.", ExitCodes.Usage);
        RefuseToReplace(path, force);
        try
        {
            var file = new FileStream(path + ".part", new FileStreamOptions
            {
                // Not truncated before it is locked: another backup may be writing it.
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 1 << 20,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            file.SetLength(0);
            return new BackupWriter(path, force, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException($"The backup cannot be written there: {e.Message}", ExitCodes.Failure, e);
        }
    }

    public void NeedSpace(long bytes)
    {
        var free = new DriveInfo(Path.GetDirectoryName(_path)!).AvailableFreeSpace;
        if (free - bytes < MinimumFree)
        {
            throw new StartFailedException(
                $"The disk of {_path} has too little room: {BackupFormat.Megabytes(free)} are free, the rest of the backup needs {BackupFormat.Megabytes(bytes)} "
                + $"and {BackupFormat.Megabytes(MinimumFree)} stay free.");
        }
    }

    public Task AddAsync(string name, ReadOnlyMemory<byte> content, DateTimeOffset modified, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            NeedSpace(content.Length);
            await AppendAsync(TarBlock.Of(new TarEntry(name, content.Length, modified.ToUnixTimeSeconds())), cancellationToken);
            await AppendAsync(content, cancellationToken);
            await AppendAsync(new byte[TarBlock.Padding(content.Length)], cancellationToken);
        });

    /// <summary>Adds a stored file. False, and nothing is added: its bytes are not those of its name.</summary>
    public async Task<bool> AddAsync(OpenedObject stored, CancellationToken cancellationToken)
    {
        // Read twice, the second time from memory: one rotten file may not make a backup that restore refuses.
        if (Convert.ToHexStringLower(await SHA256.HashDataAsync(stored.Content, cancellationToken)) != stored.Key.Sha256)
            return false;
        stored.Content.Position = 0;
        await GuardAsync(async () =>
        {
            NeedSpace(stored.Length);
            await AppendAsync(TarBlock.Of(new TarEntry(BackupFormat.Objects + stored.Key, stored.Length, stored.LastModified.ToUnixTimeSeconds())), cancellationToken);
            for (var left = stored.Length; left > 0;)
            {
                var read = await stored.Content.ReadAsync(_buffer.AsMemory(0, (int)Math.Min(left, _buffer.Length)), cancellationToken);
                if (read == 0)
                    throw new IOException($"{stored.Key} became shorter while it was read.");
                await AppendAsync(_buffer.AsMemory(0, read), cancellationToken);
                left -= read;
            }

            await AppendAsync(new byte[TarBlock.Padding(stored.Length)], cancellationToken);
        });
        _objects++;
        return true;
    }

    /// <summary>Writes the end, waits for the disk and gives the file its name.</summary>
    public Task FinishAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await _file.WriteAsync(BackupFormat.Tail(_hash.GetHashAndReset(), _objects), cancellationToken);
        await _file.FlushAsync(cancellationToken);
        await Task.Run(() => _file.Flush(flushToDisk: true), CancellationToken.None);
        RefuseToReplace(_path, _force);
        File.Move(Unfinished, _path, overwrite: _force);
        _isFinished = true;
        Linux.SyncFolder(Path.GetDirectoryName(_path)!);
    });

    public async ValueTask DisposeAsync()
    {
        if (!_isFinished)
            File.Delete(Unfinished);
        _hash.Dispose();
        try
        {
            await _file.DisposeAsync();
        }
        catch (IOException) when (!_isFinished)
        {
            // What was still to be written of a file that is deleted.
        }
    }

    private async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _hash.AppendData(bytes.Span);
        await _file.WriteAsync(bytes, cancellationToken);
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
