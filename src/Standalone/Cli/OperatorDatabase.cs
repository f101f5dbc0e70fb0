using GifShare.Standalone.Host;
using GifShare.Standalone.Postgres;

namespace GifShare.Standalone.Cli;

/// <summary>
/// The database of a data folder, for commands that run beside or instead of <c>up</c>: the configured one, that of a running GifShare, or the
/// folder's own server, which is started and stopped with this object.
/// </summary>
internal sealed class OperatorDatabase : IAsyncDisposable
{
    private readonly FolderLock? folder;
    private readonly ManagedPostgres? server;

    private OperatorDatabase(ConfigurationManager configuration, string dataFolder, FolderLock? folder, ManagedPostgres? server)
    {
        Configuration = configuration;
        DataFolder = dataFolder;
        this.folder = folder;
        this.server = server;
    }

    /// <summary>The settings as <c>up</c> sees them, with <c>ConnectionStrings:GifShare</c> and <c>Secrets:MasterKey</c>.</summary>
    public ConfigurationManager Configuration { get; }

    /// <summary>The absolute path of the data folder.</summary>
    public string DataFolder { get; }

    public string ConnectionString => Configuration[StandaloneSettings.ConnectionString]!;

    public static async Task<OperatorDatabase> OpenAsync(StandaloneOptions options, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(options.DataFolder))
        {
            throw new StartFailedException(
                $"There is no data folder {Path.GetFullPath(options.DataFolder)}; name the data folder of your GifShare with --data.", ExitCodes.Usage);
        }

        var path = Linux.RealPath(options.DataFolder);
        var configuration = new ConfigurationManager();
        StandaloneSettings.Apply(configuration, options, path, options.Port);
        if (string.IsNullOrEmpty(configuration[StandaloneSettings.MasterKey]))
            configuration[StandaloneSettings.MasterKey] = MasterKeyFile.LoadOrCreate(path, options.Say);
        if (!string.IsNullOrEmpty(configuration[StandaloneSettings.ConnectionString]))
            return new OperatorDatabase(configuration, path, null, null);

        var folder = FolderLock.TryTake(path);
        if (folder is null)
        {
            configuration[StandaloneSettings.ConnectionString] = ManagedPostgres.ConnectionStringOf(path)
                ?? throw new StartFailedException("Another GifShare is creating this data folder at this moment; try again in a moment.");
            return new OperatorDatabase(configuration, path, null, null);
        }

        try
        {
            var server = await ManagedPostgres.StartAsync(folder, options.Postgres with { Say = options.Say }, cancellationToken);
            configuration[StandaloneSettings.ConnectionString] = server.ConnectionString;
            return new OperatorDatabase(configuration, path, folder, server);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
        folder?.Dispose();
        Configuration.Dispose();
    }
}
