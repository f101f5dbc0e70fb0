using System.Net;

namespace GifShare.Fixtures.Clients;

/// <summary>
/// One client of a person: writes one after another, remembers what was acknowledged and what it does not know, and compares with what
/// the product has.
/// </summary>
/// <param name="number">Of the client among those of a round: names are made of it.</param>
/// <param name="round">Of the test.</param>
/// <param name="username">The person's.</param>
/// <param name="token">The person's access token.</param>
/// <param name="common">The id of the collection that all clients of the person share.</param>
/// <param name="likes">Public collections of everybody that may be liked, and who has: shared by all writers of a round.</param>
/// <param name="random">Chooses what is written.</param>
public sealed class Writer(int number, int round, string username, string token, string common, Likes likes, Random random)
{
    private readonly WriterModel model = new(number, round, username, common, likes, random);
    private readonly List<(Write Write, Answer Answer)> answered = [];

    /// <summary>Sent, and no answer came: done or not.</summary>
    public Write? Unknown { get; private set; }

    public int Acknowledged { get; private set; }

    /// <summary>Writes until it has done its share, is told to stop or the product goes away. What is refused for now is sent again.</summary>
    public async Task RunAsync(ApiClient client, int writes, Action acknowledged, CancellationToken cancel, CancellationToken stop = default)
    {
        var wasRefused = false;
        try
        {
            for (var n = 0; n < writes && !stop.IsCancellationRequested; n++)
            {
                Unknown ??= model.Next();
                var answer = await SendAsync(client, Unknown);
                if (IsForNow(answer))
                {
                    wasRefused = !Lose();
                    await Task.Delay(50, cancel);
                    continue;
                }

                Assert.True(answer.IsSuccess || (wasRefused && answer.Status == Unknown.WhenDone), $"{Unknown.What}: {(int)answer.Status} {answer.Text}");
                wasRefused = false;
                Acknowledge(answer);
                acknowledged();
            }
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
    }

    /// <summary>Asks again for what was not answered, with the same key.</summary>
    /// <returns>True: it had been done before the kill; null: nothing was open, or nobody can tell.</returns>
    public async Task<bool?> SettleAsync(ApiClient client, CancellationToken cancel)
    {
        if (Unknown is not { } write || Lose())
            return null;
        while (true)
        {
            var answer = await SendAsync(client, write);
            if (IsForNow(answer))
            {
                await Task.Delay(50, cancel);
                continue;
            }

            var wasDone = answer.Status == write.WhenDone;
            Assert.True(answer.IsSuccess || wasDone, $"{write.What} again: {(int)answer.Status} {answer.Text}");
            Acknowledge(answer);
            return write.Key is not null || wasDone ? wasDone || answer.IsReplay : null;
        }
    }

    /// <summary>Sends acknowledged writes again with their keys: each has the same answer as the first time.</summary>
    public async Task<int> ReplayAsync(ApiClient client, int atMost)
    {
        var replayed = 0;
        foreach (var (write, first) in answered.Where(a => a.Write is { Key: not null, WhenDone: null }).OrderBy(_ => random.Next()).Take(atMost))
        {
            var again = await SendAsync(client, write);
            Assert.True(again.Status == first.Status && again.Text == first.Text && again.IsReplay, $"{write.What}: first {first.Status} {first.Text}\nagain {again.Status} {again.Text}");
            replayed++;
        }

        return replayed;
    }

    /// <summary>Names of everything it has made: each must be in its person's list exactly once.</summary>
    public IEnumerable<string> CollectionNames => model.CollectionNames;

    /// <summary>What the product has is what was acknowledged, once each.</summary>
    public Task VerifyAsync(ApiClient client) => model.VerifyAsync(client.As(token));

    /// <summary>Unavailable, or the same write is still at work: the client is asked to come again. A balancer says it in its own way.</summary>
    private static bool IsForNow(Answer answer) =>
        answer.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout || (answer.Status == HttpStatusCode.Conflict && answer.Headers.RetryAfter is not null);

    private Task<Answer> SendAsync(ApiClient client, Write write) =>
        client.As(write.IsAnonymous ? null : token).SendAsync(write.Method, write.Path, write.Body, write.Key is null ? [] : [("Idempotency-Key", write.Key)]);

    private bool Lose()
    {
        if (Unknown?.IsLost is not { } lost)
            return false;
        lost();
        Unknown = null;
        return true;
    }

    private void Acknowledge(Answer answer)
    {
        var write = Unknown!;
        write.Applies(answer);
        answered.Add((write, answer));
        Unknown = null;
        Acknowledged++;
    }
}
