using GifShare.ObjectStore;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Backup;

/// <summary>A backup in the bucket of <c>ObjectStore:S3</c>, as <c>backups/NAME</c>; it needs no room on this machine.</summary>
internal sealed class BucketBackup : BackupPlace
{
    private const string Prefix = "bucket:";

    private readonly S3Backups backups;
    private readonly S3BackupStream stream;

    private BucketBackup(string name, S3Backups backups, S3BackupStream stream) => (Name, this.backups, this.stream) = (name, backups, stream);

    public override string Name { get; }

    public override Stream Stream => stream;

    public static bool IsNamed(string file) => file.StartsWith(Prefix, StringComparison.Ordinal);

    public static async Task<BackupPlace> BeginAsync(string file, bool force, IConfiguration configuration, CancellationToken cancellationToken)
    {
        var name = NameIn(file);
        var backups = Open(configuration);
        try
        {
            if (!force && await backups.ExistsAsync(name, cancellationToken))
                throw new StartFailedException($"{file} is there already; --force replaces it when the new backup is complete.", ExitCodes.Usage);
            return new BucketBackup(file, backups, await backups.CreateAsync(name, cancellationToken));
        }
        catch
        {
            backups.Dispose();
            throw;
        }
    }

    /// <summary>Copies a backup out of the bucket into a file, which has its name once it is complete and on disk.</summary>
    public static async Task<int> FetchAsync(string name, string target, bool force, StandaloneOptions options, CancellationToken cancellationToken)
    {
        using var configuration = new ConfigurationManager();
        StandaloneSettings.Apply(configuration, options, Path.GetFullPath(options.DataFolder), options.Port);
        try
        {
            using var backups = Open(configuration);
            await using var content = await backups.OpenAsync(NameIn(name), cancellationToken)
                ?? throw new StartFailedException($"There is no {name}.", ExitCodes.Usage);
            await using var file = FileBackup.Create(target, force);
            file.NeedSpace(content.Length);
            await content.CopyToAsync(file.Stream, cancellationToken);
            await file.CompleteAsync(cancellationToken);
            Console.WriteLine($"{file.Name}: {BackupFormat.Megabytes(content.Length)}.");
            return ExitCodes.Success;
        }
        catch (Exception e) when (e is ObjectStoreUnavailableException or IOException)
        {
            throw new StartFailedException($"{name} could not be fetched: {e.Message}", ExitCodes.Failure, e);
        }
    }

    public override void NeedSpace(long bytes)
    {
        // A bucket does not say what it has left.
    }

    public override Task CompleteAsync(CancellationToken cancellationToken) => stream.CompleteAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        backups.Dispose();
    }

    private static S3Backups Open(IConfiguration configuration) => new(ConfiguredObjectStore.ReadS3(configuration), TimeProvider.System);

    private static string NameIn(string file) => IsNamed(file) && S3Backups.IsName(file[Prefix.Length..])
        ? file[Prefix.Length..]
        : throw new StartFailedException($"{file} is no backup in a bucket: bucket:NAME, of letters, digits, dots, dashes and underscores.", ExitCodes.Usage);
}
