using System.Net;
using Microsoft.AspNetCore.Connections;

namespace GifShare.Silo;

/// <summary>Changes how Orleans listens for silos and frontends, by replacing the keyed listener factories.</summary>
internal static class Listeners
{
    /// <summary>For a single process: replaces each listener that Orleans requires by one that opens no port.</summary>
    public static void OpenNone(IServiceCollection services) => Replace(services, static _ => new ClosedListenerFactory());

    /// <summary>
    /// For a cluster: opens each port only when connections are accepted. Orleans opens the gateway port early in the start and accepts at the
    /// end; a frontend that connects in between would hang until its timeout of 10 s.
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

        /// <summary>Completes with null (no further connection) when the silo stops.</summary>
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
        /// <summary>Opens and closes the port, so that a port in use fails the start.</summary>
        public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            await using (var probe = await inner.BindAsync(endpoint, cancellationToken))
                await probe.UnbindAsync(cancellationToken);
            return new LateListener(inner, endpoint);
        }
    }

    /// <summary>Used by one accept loop. Unbind may be called concurrently, also before the first accept.</summary>
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
