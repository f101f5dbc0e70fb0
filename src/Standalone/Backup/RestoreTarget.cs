using System.Formats.Tar;
using GifShare.ObjectStore;
using GifShare.Standalone.Postgres;

namespace GifShare.Standalone.Backup;

/// <summary>Writes the entries of a backup into a data folder under construction: files to their paths, the database through pg_restore.</summary>
internal sealed class RestoreTarget : IBackupTarget, IAsyncDisposable
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string folder, files;
    private readonly ManagedPostgres server;
    private PostgresTool? database;
    private FileStream? file;
    private DateTime? modified;

    public RestoreTarget(string folder, ManagedPostgres server)
    {
        (this.folder, files, this.server) = (folder, Path.Combine(folder, "files"), server);
        Directory.CreateDirectory(files, OnlyOwner | UnixFileMode.UserExecute);
    }

    public async Task BeginAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Name is BackupFormat.MasterKey or BackupFormat.Settings)
        {
            file = Make(Path.Combine(folder, entry.Name), OnlyOwner);
        }
        else if (entry.Name.StartsWith(BackupFormat.Objects, StringComparison.Ordinal))
        {
            await FinishAsync(cancellationToken);
            _ = ObjectKey.TryParse(entry.Name[BackupFormat.Objects.Length..], out var key);
            var path = FolderObjectStore.PathIn(files, key);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            file = Make(path, OnlyOwner | UnixFileMode.GroupRead);
            modified = entry.ModificationTime.UtcDateTime;
        }
        else
        {
            database ??= PostgresTool.Start(
                server.Binaries, "pg_restore", server.ConnectionString, "--dbname=gifshare", "--format=custom", "--no-owner", "--no-privileges",
                "--exit-on-error", "--single-transaction");
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            await file.WriteAsync(bytes, cancellationToken);
            return;
        }

        try
        {
            await database!.Input.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException)
        {
            await FinishAsync(cancellationToken);
            throw;
        }
    }

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (file is null)
            return;
        await file.FlushAsync(cancellationToken);
        if (this.modified is { } modified)
            File.SetLastWriteTimeUtc(file.SafeFileHandle, modified);
        await file.DisposeAsync();
        (file, this.modified) = (null, null);
    }

    /// <summary>Closes the dump and waits until pg_restore succeeds.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (database is null)
            return;
        await database.FinishAsync(RestoreVerb.NotRestored, cancellationToken);
        await database.DisposeAsync();
        database = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (file is not null)
            await file.DisposeAsync();
        if (database is not null)
            await database.DisposeAsync();
    }

    private static FileStream Make(string path, UnixFileMode mode) =>
        new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode });
}
