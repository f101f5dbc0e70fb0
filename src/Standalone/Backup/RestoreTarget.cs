using GifShare.ObjectStore;
using GifShare.Standalone.Postgres;

namespace GifShare.Standalone.Backup;

/// <summary>Puts what a backup holds into a data folder that is being built: files to their places, the database through pg_restore.</summary>
internal sealed class RestoreTarget : IBackupTarget, IAsyncDisposable
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder, _files;
    private readonly ManagedPostgres _server;
    private PostgresTool? _database;
    private FileStream? _file;
    private DateTime? _modified;

    public RestoreTarget(string folder, ManagedPostgres server)
    {
        (_folder, _files, _server) = (folder, Path.Combine(folder, "files"), server);
        Directory.CreateDirectory(_files, OnlyOwner | UnixFileMode.UserExecute);
    }

    public async Task BeginAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Name is BackupFormat.MasterKey or BackupFormat.Settings)
        {
            _file = Make(Path.Combine(_folder, entry.Name), OnlyOwner);
        }
        else if (entry.Name.StartsWith(BackupFormat.Objects, StringComparison.Ordinal))
        {
            await FinishAsync(cancellationToken);
            _ = ObjectKey.TryParse(entry.Name[BackupFormat.Objects.Length..], out var key);
            var path = FolderObjectStore.PathIn(_files, key);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            _file = Make(path, OnlyOwner | UnixFileMode.GroupRead);
            _modified = DateTimeOffset.FromUnixTimeSeconds(entry.Modified).UtcDateTime;
        }
        else
        {
            _database ??= PostgresTool.Start(
                _server.Binaries, "pg_restore", _server.ConnectionString, "--dbname=gifshare", "--format=custom", "--no-owner", "--no-privileges",
                "--exit-on-error", "--single-transaction");
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_file is not null)
        {
            await _file.WriteAsync(bytes, cancellationToken);
            return;
        }

        try
        {
            await _database!.Input.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException)
        {
            await FinishAsync(cancellationToken);
            throw;
        }
    }

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_file is null)
            return;
        await _file.FlushAsync(cancellationToken);
        if (_modified is { } modified)
            File.SetLastWriteTimeUtc(_file.SafeFileHandle, modified);
        await _file.DisposeAsync();
        (_file, _modified) = (null, null);
    }

    /// <summary>The database is complete; waits until pg_restore says so.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_database is null)
            return;
        await _database.FinishAsync(RestoreVerb.NotRestored, cancellationToken);
        await _database.DisposeAsync();
        _database = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
            await _file.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
    }

    private static FileStream Make(string path, UnixFileMode mode) =>
        new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode });
}
