using System.Collections.Concurrent;
using System.Net;
using GifShare.Fixtures;
using GifShare.Grains.Media.Fetch;
using GifShare.ObjectStore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace GifShare.Rules.Tests.Media.Fetch;

/// <summary>A remote site, a store, and fetchers with the settings that a test wants. The clock stands still unless a test turns it.</summary>
public abstract class FetchScene(RemoteSite site) : IAsyncLifetime, IClassFixture<RemoteSite>
{
    readonly string root = Directory.CreateTempSubdirectory("gs-fetch-").FullName;
    readonly List<ServiceProvider> providers = [];

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected RemoteSite Site => site;

    protected FakeTimeProvider Clock { get; } = new();

    protected Names Resolver { get; } = new();

    protected byte[] Gif { get; } = Sample.Bytes("animated.gif");

    protected string Folder => root;

    protected string[] Staged => Directory.GetFiles(Path.Combine(root, "staging"));

    public virtual ValueTask InitializeAsync()
    {
        site.Forget();
        return default;
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var provider in providers)
            await provider.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    /// <param name="settings">Beside the allowed address of the site and no pause before a repetition.</param>
    protected AddressFetcher Fetcher(params (string Name, string? Value)[] settings) => Services(settings).GetRequiredService<AddressFetcher>();

    protected ServiceProvider Services((string Name, string? Value)[] settings, Action<IServiceCollection>? more = null)
    {
        var all = new Dictionary<string, string?>
        {
            ["PublicUrl"] = "https://gifs.example.org/",
            ["Fetch:AllowNetworks"] = $"{RemoteSite.Address}/32, fd77::/16",
            ["Fetch:RetryMilliseconds"] = "0",
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(all).Build();
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton<TimeProvider>(Clock)
            .AddSingleton<IHostResolver>(Resolver)
            .AddFolderObjectStore(new() { Path = root, MinimumFreeBytes = 0 })
            .AddFetching();
        more?.Invoke(services);
        var provider = services.BuildServiceProvider();
        providers.Add(provider);
        return provider;
    }

    protected Task<FetchOutcome> Fetch(string path, params (string Name, string? Value)[] settings) => Fetcher(settings).Fetch(Site.Origin + path, 10 << 20, Cancel);

    /// <summary>Fails with this code, and leaves nothing behind.</summary>
    protected async Task<FetchFailure> Refused(string code, Task<FetchOutcome> fetching)
    {
        var outcome = await fetching;
        Assert.True(outcome.Failure?.Code == code, $"{code} expected, but: {outcome}");
        Assert.Null(outcome.Media);
        Assert.Empty(Staged);
        return outcome.Failure!;
    }

    /// <summary>Succeeded with these bytes, which are then discarded.</summary>
    protected async Task<FetchedMedia> Got(byte[] bytes, Task<FetchOutcome> fetching)
    {
        var outcome = await fetching;
        Assert.Null(outcome.Failure);
        var file = Assert.Single(Staged);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(file, Cancel));
        Assert.Equal(bytes.Length, outcome.Media!.Staged.Length);
        File.Delete(file);
        return outcome.Media;
    }

    /// <summary>Turns the clock until the fetch has ended.</summary>
    protected async Task<FetchOutcome> EndOf(Task<FetchOutcome> fetching)
    {
        await Eventually.True(
            () =>
            {
                Clock.Advance(TimeSpan.FromSeconds(5));
                return fetching.IsCompleted;
            },
            Cancel);
        return await fetching;
    }

    /// <summary>Names that exist in tests, with an answer for each time they are asked for; the last one stays.</summary>
    protected sealed class Names : IHostResolver
    {
        readonly ConcurrentDictionary<string, ConcurrentQueue<string>> answers = new();

        public ConcurrentQueue<string> Asked { get; } = new();

        public string this[string host]
        {
            set => answers[host] = new(value.Split(" then "));
        }

        public Task<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancel)
        {
            Asked.Enqueue(host);
            if (!answers.TryGetValue(host, out var queue) || !queue.TryPeek(out var answer))
                return Task.FromResult<IReadOnlyList<IPAddress>>([]);
            if (queue.Count > 1)
                queue.TryDequeue(out _);
            return Task.FromResult<IReadOnlyList<IPAddress>>([.. answer.Split(' ').Select(IPAddress.Parse)]);
        }
    }
}
