using System.Net;
using Microsoft.AspNetCore.Connections;

namespace GifShare.Silo;

/// <summary>Changes how Orleans listens for silos and frontends. It looks its listeners up by keys of its own, one for each kind.</summary>
internal static class Listeners
{
    /// <summary>
    /// Nobody listens: one process, whose silo nobody else can reach. Orleans wants listeners all the same, so each is replaced by one that
    /// opens nothing.
    /// </summary>
    public static void OpenNone(IServiceCollection services) => Replace(services, static _ => new ClosedListenerFactory());

    /// <summary>
    /// A port opens only when connections are accepted. Orleans opens a gateway's port early in a start and accepts at its end; in between, a
    /// frontend connects to a queue that nobody reads and gives up after its response timeout of 10 s.
    /// </summary>
    public static void OpenLate(IServiceCollection services) => Replace(services, static inner => new LateListenerFactory(inner));

    private static void Replace(IServiceCollection services, Func<IConnectionListenerFactory, IConnectionListenerFactory> change)
    {
        foreach (var listener in services.Where(static s => s.ServiceType == typeof(IConnectionListenerFactory) && s.IsKeyedService).ToArray())
        {
            services.Remove(listener);
            services.AddKeyedSingleton(listener.ServiceKey, (provider, key) =>
                change((IConnectionListenerFactory)listener.KeyedImplementationFactory!(provider, key)));
        }
    }

    private sealed class ClosedListenerFactory : IConnectionListenerFactory
    {
        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
            new(new ClosedListener(endpoint));
    }

    private sealed class ClosedListener(EndPoint endpoint) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endpoint;

        /// <summary>Completes when the silo stops, with null: no further connection comes.</summary>
        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(end.Task);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            end.TrySetResult(null);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }

    private sealed class LateListenerFactory(IConnectionListenerFactory inner) : IConnectionListenerFactory
    {
        /// <summary>Opens the port and closes it again: a port that is taken has to be told while the silo starts.</summary>
        public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            await using (var probe = await inner.BindAsync(endpoint, cancellationToken))
                await probe.UnbindAsync(cancellationToken);
            return new LateListener(inner, endpoint);
        }
    }

    /// <summary>One accept loop uses it; unbinding may come from elsewhere, also before the first accept.</summary>
    private sealed class LateListener(IConnectionListenerFactory inner, EndPoint endpoint) : IConnectionListener
    {
        private readonly SemaphoreSlim opening = new(1, 1);
        private IConnectionListener? bound;
        private bool isClosed;

        public EndPoint EndPoint => endpoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            (bound ?? await Open(cancellationToken)) is { } listener ? await listener.AcceptAsync(cancellationToken) : null;

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await opening.WaitAsync(CancellationToken.None);
            isClosed = true;
            opening.Release();
            if (bound is not null)
                await bound.UnbindAsync(cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            await UnbindAsync();
            if (bound is not null)
                await bound.DisposeAsync();
        }

        private async Task<IConnectionListener?> Open(CancellationToken cancellationToken)
        {
            await opening.WaitAsync(cancellationToken);
            try
            {
                return isClosed ? null : bound ??= await inner.BindAsync(endpoint, cancellationToken);
            }
            finally
            {
                opening.Release();
            }
        }
    }
}
