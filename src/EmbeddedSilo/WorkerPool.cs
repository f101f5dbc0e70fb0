namespace GifShare.EmbeddedSilo;

/// <summary>The activations of a stateless worker: an idle one is used first, then a new one made, then the shortest queue taken.</summary>
sealed class WorkerPool(GrainClass grainClass, GrainKey key, int limit)
{
    readonly Lock gate = new();
    Activation[] workers = [];

    public IReadOnlyList<Activation> Workers => workers;

    /// <summary>Choosing and queueing are one step, so that two calls never choose the same idle worker.</summary>
    public void Enqueue(Request request)
    {
        lock (gate)
        {
            Activation? best = null;
            foreach (var worker in workers)
                if (worker.AcceptsRequests && (best is null || worker.Load < best.Load))
                    best = worker;
            if (best is null || (best.Load > 0 && workers.Length < limit))
                workers = [.. workers, best = new Activation(grainClass, key)];
            if (!best.TryEnqueue(request))
                throw new InvalidOperationException("A worker leaves its pool before it ends.");
        }
    }

    public void Remove(Activation worker)
    {
        lock (gate)
            workers = [.. workers.Where(w => w != worker)];
    }
}
