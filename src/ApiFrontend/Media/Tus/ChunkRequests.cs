using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace GifShare.ApiFrontend.Media.Tus;

/// <summary>
/// The requests of this process that append to uploads: one per upload, the newest. A dead connection does not hold an upload, because the next request
/// ends it. Requests of other frontends are refused when they commit (<see cref="GifShare.Media.ChunkTurn"/>).
/// </summary>
internal sealed class ChunkRequests(IHostApplicationLifetime lifetime)
{
    /// <summary>How long an older request has to keep what it received.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<MediaId, ChunkRequest> running = new();
    private readonly Lock gate = new();

    /// <summary>Registers a request, and ends the one before without keeping more of it: the newer one knows the offset.</summary>
    public async Task Enter(MediaId id, ChunkRequest mine)
    {
        if (!TryReplace(id, mine, out var other))
            return;
        if (other.Turn > mine.Turn)
        {
            mine.Supersede();
            return;
        }

        other.Supersede();
        await other.WaitForEnd(Patience);
    }

    /// <summary>A request that is to <see cref="Enter"/>. Whoever made it disposes of it at its end.</summary>
    public ChunkRequest Make(MediaId id, long turn) =>
        new(turn, request => running.TryRemove(new(id, request)), lifetime.ApplicationStopping);

    /// <summary>Ends the request that appends to the upload, and waits until what it received is kept. False when there is none.</summary>
    public async Task<bool> Interrupt(MediaId id)
    {
        if (!running.TryGetValue(id, out var request))
            return false;
        request.Interrupt();
        await request.WaitForEnd(Patience);
        return true;
    }

    private bool TryReplace(MediaId id, ChunkRequest mine, [NotNullWhen(true)] out ChunkRequest? other)
    {
        lock (gate)
        {
            var isTaken = running.TryGetValue(id, out other);
            if (!isTaken || other!.Turn < mine.Turn)
                running[id] = mine;
            return isTaken;
        }
    }
}

/// <summary>A request that appends to an upload.</summary>
internal sealed class ChunkRequest : IDisposable
{
    /// <summary>For bytes that have arrived at this machine and were not read yet.</summary>
    private static readonly TimeSpan LastLook = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource superseded = new();
    private readonly CancellationTokenSource interrupted;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<ChunkRequest> leave;

    public ChunkRequest(long turn, Action<ChunkRequest> leave, CancellationToken stopping)
    {
        (Turn, this.leave) = (turn, leave);
        interrupted = CancellationTokenSource.CreateLinkedTokenSource(superseded.Token, stopping);
        (Reading, Keeping) = (interrupted.Token, superseded.Token);
    }

    public long Turn { get; }

    /// <summary>Cancelled when no more is to be read; what was read is kept. Not when the client disconnects: what it sent before is still to be read.</summary>
    public CancellationToken Reading { get; }

    /// <summary>Cancelled when a newer request goes on from the same place.</summary>
    public CancellationToken Keeping { get; }

    public bool IsInterrupted { get; private set; }

    public void Interrupt()
    {
        IsInterrupted = true;
        Cancel(interrupted, LastLook);
    }

    public void Supersede()
    {
        IsInterrupted = true;
        Cancel(superseded, TimeSpan.Zero);
    }

    public Task WaitForEnd(TimeSpan patience) => Task.WhenAny(ended.Task, Task.Delay(patience));

    public void Dispose()
    {
        leave(this);
        interrupted.Dispose();
        superseded.Dispose();
        ended.TrySetResult();
    }

    private static void Cancel(CancellationTokenSource source, TimeSpan after)
    {
        try
        {
            source.CancelAfter(after);
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }
}
