namespace GifShare.EmbeddedSilo.Tests;

/// <summary>Remembers which interface methods passed for which grain. One per silo.</summary>
public sealed class RecordingFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context) => await context.Invoke();
}
