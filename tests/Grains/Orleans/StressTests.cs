namespace GifShare.Grains.Tests.Orleans;

/// <summary>engine.md, Semantics 1, 2, 4 and 6 under load: nothing is lost, nothing runs twice or side by side.</summary>
public sealed class StressTests(OrleansCluster cluster)
{
    [Fact]
    public async Task Every_call_is_answered_while_activations_come_and_go()
    {
        var keys = Enumerable.Range(0, 8).Select(_ => Guid.CreateVersion7()).ToArray();
        var runs = await Task.WhenAll(Enumerable.Range(0, 32).Select(caller => Task.Run(async () =>
        {
            var done = 0;
            for (var i = 0; i < 300; i++)
            {
                var grain = cluster.Client.GetGrain<IRestlessGrain>(keys[(caller + i) % keys.Length]);
                done += await Answered(() => grain.Run(endAfterwards: i % 5 == 0));
            }
            return done;
        })));
        Assert.Equal(32 * 300, runs.Sum());
        Assert.Equal(32 * 300, keys.Sum(key => Scene.Of(key).CountOf("run")));
        Assert.All(keys, key => Assert.DoesNotContain("side by side", Scene.Of(key).Events));
        Assert.Contains(keys, key => Scene.Of(key).CountOf("activated") > 1);
    }

    /// <summary>A call that has met three ending activations in a row is refused without having run; a caller asks again.</summary>
    static async Task<int> Answered(Func<Task<int>> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (OrleansMessageRejectionException) when (attempt < 100)
            {
            }
        }
    }

    [Fact]
    public async Task Cancelling_and_calling_at_once_leaves_a_working_grain()
    {
        var scene = Scene.New();
        var grain = cluster.Grain<IQueueGrain>(scene);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            using var cancel = new CancellationTokenSource();
            var call = grain.Cancellable($"c{i}", cancel.Token);
            if (i % 3 == 0)
                await grain.Peek("look");
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        })));
        await grain.Write("after");
        Assert.Contains("after out", scene.Events);
    }
}
