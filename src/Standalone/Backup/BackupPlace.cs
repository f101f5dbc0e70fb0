namespace GifShare.Standalone.Backup;

/// <summary>Where a backup is written. Until it is completed there is none; without completion nothing is left.</summary>
internal abstract class BackupPlace : IAsyncDisposable
{
    /// <summary>As the operator names it.</summary>
    public abstract string Name { get; }

    /// <summary>Write-only; its position is the number of bytes written.</summary>
    public abstract Stream Stream { get; }

    /// <exception cref="Host.StartFailedException">There is no room for so many more bytes.</exception>
    public abstract void NeedSpace(long bytes);

    /// <summary>Makes what was written durable and gives it its name.</summary>
    public abstract Task CompleteAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <param name="file">A path, or <c>bucket:NAME</c> for the bucket of <c>ObjectStore:S3</c>.</param>
    /// <exception cref="Host.StartFailedException">It is there already, or cannot be written.</exception>
    public static async Task<BackupPlace> CreateAsync(string file, bool force, IConfiguration configuration, CancellationToken cancellationToken) =>
        BucketBackup.IsNamed(file) ? await BucketBackup.BeginAsync(file, force, configuration, cancellationToken) : FileBackup.Create(file, force);
}
