using GifShare.ApiFrontend;
using GifShare.Grains;
using GifShare.ObjectStore;
using GifShare.Silo;
using GifShare.Standalone.Operator;
using GifShare.Standalone.Postgres;

namespace GifShare.Standalone;

/// <summary>
/// The whole product in this process: frontend, silo, object store in a folder and, unless a connection string is given,
/// a PostgreSQL server of its own. Many may live in one process (tests), each with its own data folder and database.
/// </summary>
public sealed class StandaloneHost : IAsyncDisposable
{
    // What was started, in order; it ends in reverse, the database last.
    private readonly Stack<IAsyncDisposable> _started;
    private readonly WebApplication _app;

    private StandaloneHost(WebApplication app, Stack<IAsyncDisposable> started, int port, string host)
    {
        _app = app;
        _started = started;
        var loopback = host is "localhost" or "*" or "+" ? "localhost" : host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        BaseAddress = new Uri($"http://{loopback}:{port}");
        PublicUrl = app.Configuration[StandaloneSettings.PublicUrl]!;
        ConnectionString = app.Configuration[StandaloneSettings.ConnectionString]!;
    }

    /// <summary>Where this process answers, as seen from this machine.</summary>
    public Uri BaseAddress { get; }

    /// <summary>Where people are told to go.</summary>
    public string PublicUrl { get; }

    public string ConnectionString { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Completes when something inside asks the program to end.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>Starts everything and returns when it serves; what was started is ended again if it cannot.</summary>
    /// <exception cref="StartFailedException">It cannot; the message says what to do.</exception>
    public static async Task<StandaloneHost> StartAsync(StandaloneOptions options, CancellationToken cancellationToken)
    {
        var started = new Stack<IAsyncDisposable>();
        try
        {
            var sockets = ListeningSockets.Open(options.Host, options.Port);
            started.Push(new Owned(sockets));
            var folder = FolderLock.Take(options.DataFolder);
            started.Push(new Owned(folder));

            var door = ControlDoor.Make(folder.Folder);
            started.Push(new Owned(door));

            var builder = CreateBuilder(options, sockets, door);
            StandaloneSettings.Apply(builder.Configuration, options, folder.Folder, sockets.Port);
            await CompleteSettingsAsync(builder.Configuration, options, folder, started, cancellationToken);
            await Migrations.Apply(builder.Configuration[StandaloneSettings.ConnectionString]!, cancellationToken);

            var app = Build(builder, options);
            started.Push(app);
            await app.StartAsync(cancellationToken);
            return new StandaloneHost(app, started, sockets.Port, options.Host);
        }
        catch
        {
            await EndAsync(started);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // StopAsync lets running requests finish; the host's own limit ends the wait.
        if (_started.Count > 0)
            await _app.StopAsync(CancellationToken.None);
        await EndAsync(_started);
    }

    private static WebApplicationBuilder CreateBuilder(StandaloneOptions options, ListeningSockets sockets, ControlDoor door)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // The builder would watch its settings files before we can take them out.
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
        // Signals belong to the program, which ends more than this host.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        return builder;
    }

    /// <summary>Makes what was not given: the folder of files, the master key, the database.</summary>
    internal static async Task CompleteSettingsAsync(
        ConfigurationManager configuration, StandaloneOptions options, FolderLock folder, Stack<IAsyncDisposable> started,
        CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, string?>();
        // Private photos lie in it.
        Directory.CreateDirectory(
            Path.Combine(folder.Folder, "files"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (string.IsNullOrEmpty(configuration[StandaloneSettings.MasterKey]))
            found[StandaloneSettings.MasterKey] = MasterKey.LoadOrCreate(folder.Folder, options.Say);
        if (string.IsNullOrEmpty(configuration[StandaloneSettings.ConnectionString]))
        {
            options.Say("Starting the database.");
            var postgres = await ManagedPostgres.StartAsync(folder, options.Postgres with { Say = options.Say }, cancellationToken);
            started.Push(postgres);
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

    internal static async Task EndAsync(Stack<IAsyncDisposable> started)
    {
        while (started.TryPop(out var part))
            await part.DisposeAsync();
    }

}

/// <summary>Lets what is disposed at once stand among what takes its time.</summary>
internal sealed class Owned(IDisposable inner) : IAsyncDisposable
{
    public ValueTask DisposeAsync()
    {
        inner.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Signals belong to the program, which ends more than one host.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
