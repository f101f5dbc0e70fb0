using GifShare.ApiFrontend;
using GifShare.Grains.Database;
using GifShare.ObjectStore;
using GifShare.Silo;
using GifShare.Standalone.Cli;
using GifShare.Standalone.Postgres;

namespace GifShare.Standalone.Host;

/// <summary>
/// The whole product in this process: frontend, silo, object store in a folder and, unless a connection string is given,
/// a managed PostgreSQL server. Several hosts may run in one process (tests), each with its own data folder and database.
/// </summary>
public sealed class StandaloneHost : IAsyncDisposable
{
    private readonly StartedParts started;
    private readonly WebApplication app;

    private StandaloneHost(WebApplication app, StartedParts started, int port, string host)
    {
        this.app = app;
        this.started = started;
        var loopback = host is "localhost" or "*" or "+" ? "localhost" : host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        BaseAddress = new Uri($"http://{loopback}:{port}");
        PublicUrl = app.Configuration[StandaloneSettings.PublicUrl]!;
        ConnectionString = app.Configuration[StandaloneSettings.ConnectionString]!;
    }

    /// <summary>The loopback URL of this host.</summary>
    public Uri BaseAddress { get; }

    /// <summary>The public URL, as shown to users.</summary>
    public string PublicUrl { get; }

    public string ConnectionString { get; }

    public IServiceProvider Services => app.Services;

    /// <summary>Cancelled when the host itself requests shutdown.</summary>
    public CancellationToken Stopping => app.Lifetime.ApplicationStopping;

    /// <summary>Starts everything and returns when requests are served. On failure everything that was started is stopped again.</summary>
    /// <exception cref="StartFailedException">The start failed; the message says what to do.</exception>
    public static async Task<StandaloneHost> StartAsync(StandaloneOptions options, CancellationToken cancellationToken)
    {
        var started = new StartedParts();
        try
        {
            var sockets = started.Own(ListeningSockets.Open(options.Host, options.Port));
            var folder = started.Own(FolderLock.Take(options.DataFolder));

            var door = started.Own(ControlDoor.Make(folder.Folder));

            var builder = CreateBuilder(options, sockets, door);
            StandaloneSettings.Apply(builder.Configuration, options, folder.Folder, sockets.Port);
            StandaloneSettings.Check(builder.Configuration);
            await CompleteSettingsAsync(builder.Configuration, options, folder, started, cancellationToken);
            await Migrations.Apply(builder.Configuration[StandaloneSettings.ConnectionString]!, cancellationToken);

            var app = started.Own(Build(builder, options));
            await app.StartAsync(cancellationToken);
            return new StandaloneHost(app, started, sockets.Port, options.Host);
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // StopAsync lets running requests complete, up to the host's shutdown timeout.
        if (!started.IsEmpty)
            await app.StopAsync(CancellationToken.None);
        await started.DisposeAsync();
    }

    private static WebApplicationBuilder CreateBuilder(StandaloneOptions options, ListeningSockets sockets, ControlDoor door)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // Otherwise the builder watches its default settings files before they can be removed.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
            ApplicationName = typeof(StandaloneHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var handle in sockets.Handles)
                kestrel.ListenHandle(handle);
            door.Listen(kestrel);
        });
        // The program handles signals, because it stops more than this host.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        return builder;
    }

    /// <summary>Completes the settings: creates the object store's folder, the master key and the database where none is configured.</summary>
    internal static async Task CompleteSettingsAsync(
        ConfigurationManager configuration, StandaloneOptions options, FolderLock folder, StartedParts started,
        CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, string?>();
        // The folder holds private photos: only its owner may read it.
        Directory.CreateDirectory(
            Path.Combine(folder.Folder, "files"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (string.IsNullOrEmpty(configuration[StandaloneSettings.MasterKey]))
            found[StandaloneSettings.MasterKey] = MasterKeyFile.LoadOrCreate(folder.Folder, options.Say);
        if (string.IsNullOrEmpty(configuration[StandaloneSettings.ConnectionString]))
        {
            options.Say("Starting the database.");
            var postgres = started.Own(await ManagedPostgres.StartAsync(folder, options.Postgres with { Say = options.Say }, cancellationToken));
            found[StandaloneSettings.ConnectionString] = postgres.ConnectionString;
        }

        configuration.AddInMemoryCollection(found);
    }

    private static WebApplication Build(WebApplicationBuilder builder, StandaloneOptions options)
    {
        builder.Services.AddConfiguredObjectStore(builder.Configuration);
        builder.AddGifShareSilo();
        builder.AddGifShareFrontend();
        builder.Services.AddHostedService<IdleMemory>();
        options.Configure?.Invoke(builder);
        var app = builder.Build();
        app.MapGifShareFrontend();
        ControlDoor.Map(app);
        return app;
    }
}

/// <summary>Ignores signals: the program handles them, because it stops more than one host.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
