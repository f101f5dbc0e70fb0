using GifShare.Standalone.Postgres;

namespace GifShare.Standalone;

/// <summary>
/// The database of a data folder for a verb that runs beside or instead of <c>up</c>: the configured one, the one of a running
/// GifShare, or its own server started for as long as this lives.
/// </summary>
internal sealed class OperatorDatabase : IAsyncDisposable
{
    private readonly FolderLock? _folder;
    private readonly ManagedPostgres? _server;

    private OperatorDatabase(IConfiguration configuration, string dataFolder, FolderLock? folder, ManagedPostgres? server)
    {
        Configuration = configuration;
        DataFolder = dataFolder;
        _folder = folder;
        _server = server;
    }

    /// <summary>With <c>ConnectionStrings:GifShare</c> and <c>Secrets:MasterKey</c>, as <c>up</c> sees them.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>Absolute.</summary>
    public string DataFolder { get; }

    public string ConnectionString => Configuration[StandaloneSettings.ConnectionString]!;

    public static async Task<OperatorDatabase> OpenAsync(StandaloneOptions options, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(options.DataFolder))
        {
            throw new StartFailedException(
                $"There is no data folder {Path.GetFullPath(options.DataFolder)}; name the one of your GifShare with --data.", ExitCodes.Usage);
        }

        var path = Linux.RealPath(options.DataFolder);
        var configuration = new ConfigurationManager();
        StandaloneSettings.Apply(configuration, options, path, options.Port);
        if (string.IsNullOrEmpty(configuration[StandaloneSettings.MasterKey]))
            configuration[StandaloneSettings.MasterKey] = MasterKey.LoadOrCreate(path, options.Say);
        if (!string.IsNullOrEmpty(configuration[StandaloneSettings.ConnectionString]))
            return new OperatorDatabase(configuration, path, null, null);

        var folder = FolderLock.TryTake(path);
        if (folder is null)
        {
            configuration[StandaloneSettings.ConnectionString] = ManagedPostgres.ConnectionStringOf(path)
                ?? throw new StartFailedException("Another GifShare is just making this data folder; try again in a moment.");
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
        if (_server is not null)
            await _server.DisposeAsync();
        _folder?.Dispose();
    }
}
