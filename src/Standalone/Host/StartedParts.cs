namespace GifShare.Standalone.Host;

/// <summary>Everything that a host has started, disposed in reverse order (the database last).</summary>
internal sealed class StartedParts : IAsyncDisposable
{
    private readonly Stack<object> parts = new();

    public bool IsEmpty => parts.Count == 0;

    /// <summary>Takes ownership of <paramref name="part"/>.</summary>
    public T Own<T>(T part)
        where T : notnull
    {
        parts.Push(part);
        return part;
    }

    public async ValueTask DisposeAsync()
    {
        while (parts.TryPop(out var part))
        {
            if (part is IAsyncDisposable slow)
                await slow.DisposeAsync();
            else
                ((IDisposable)part).Dispose();
        }
    }
}
