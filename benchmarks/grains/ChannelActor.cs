using System.Threading.Channels;

namespace GifShare.Bench.Grains;

/// <summary>The baseline: a hand-written actor with the same guarantee, one request at a time from its own queue.</summary>
sealed class ChannelActor
{
    readonly Channel<(int Number, TaskCompletionSource<int> Answer)> inbox =
        Channel.CreateUnbounded<(int, TaskCompletionSource<int>)>(new UnboundedChannelOptions { SingleReader = true });

    int sum;

    readonly Task run;

    public ChannelActor() => run = RunAsync();

    public Task<int> Add(int number)
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        inbox.Writer.TryWrite((number, answer));
        return answer.Task;
    }

    public Task StopAsync()
    {
        inbox.Writer.Complete();
        return run;
    }

    async Task RunAsync()
    {
        await foreach (var (number, answer) in inbox.Reader.ReadAllAsync())
            answer.SetResult(sum += number);
    }
}
