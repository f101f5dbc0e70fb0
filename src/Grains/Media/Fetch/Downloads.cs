using System.Net;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Media.Fetch;

/// <summary>Follows an address through its redirects to an answer. Each hop is resolved, checked and waited for like the first.</summary>
public sealed class Downloads(Routes routes, FetchSlots slots, OutgoingHttp http, IOptions<FetchOptions> options, TimeProvider time)
{
    /// <summary>Picture sites need two; each one costs the other side's site a request.</summary>
    internal const int MostRedirects = 5;

    /// <param name="read">Reads the answer 200 while it holds its turn.</param>
    /// <exception cref="FetchFailedException">For everything that the remote does.</exception>
    internal async Task<T> Get<T>(Target target, string accept, Func<Answer, Task<T>> read, CancellationToken cancel)
    {
        for (var redirects = 0; redirects <= MostRedirects; redirects++)
        {
            var (next, result) = await Hop(target, accept, read, cancel);
            if (next is null)
                return result!;
            target = next;
        }

        throw FetchFailedException.Redirects();
    }

    async Task<(Target? Next, T? Result)> Hop<T>(Target target, string accept, Func<Answer, Task<T>> read, CancellationToken cancel)
    {
        var all = await routes.To(target, cancel);
        for (var i = 0; ; i++)
        {
            using var turn = await slots.Take(all[i].Address, cancel);
            using var response = await Send(target, all[i], accept, isLast: i == all.Count - 1, cancel);
            if (response is null)
                continue;
            if (response.StatusCode != HttpStatusCode.OK)
                return (Redirect(target, response), default);
            await using var answer = await Answer.Open(target, response, options.Value.MinimumBytesPerSecond, time, cancel);
            return (null, await read(answer));
        }
    }

    /// <returns>Null when there is no connection to this address of the host and another one can be tried.</returns>
    async Task<HttpResponseMessage?> Send(Target target, Route route, string accept, bool isLast, CancellationToken cancel)
    {
        try
        {
            return await http.Send(target, route, accept, cancel);
        }
        catch (FetchFailedException e) when (!isLast && !e.Repeat && e.Failure.Code == FetchFailure.Unreachable)
        {
            return null;
        }
    }

    static Target Redirect(Target target, HttpResponseMessage response) =>
        (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location
            ? target.Follow(location.OriginalString)
            : throw FetchFailedException.Status(target.Host, (int)response.StatusCode);
}
