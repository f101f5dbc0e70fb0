using System.Collections.Concurrent;
using GifShare.Fixtures;
using Microsoft.Playwright;

namespace GifShare.Browser.Tests.Uploads;

/// <summary>The parts that all tabs of a browser send: counted by their numbers, and held back from one number on until the test lets them go.</summary>
internal sealed class PartTraffic
{
    private readonly ConcurrentQueue<int> sent = [], arrived = [];
    private readonly ConcurrentQueue<IRoute> held = [];
    private int firstHeld;

    private PartTraffic(int holdFrom) => firstHeld = holdFrom;

    /// <summary>In the order in which they left, repeated ones too; held ones are not in it.</summary>
    public IReadOnlyCollection<int> Sent => sent;

    public int Held => held.Count;

    public static async Task<PartTraffic> Watch(IBrowserContext context, int holdFrom)
    {
        var traffic = new PartTraffic(holdFrom);
        await context.RouteAsync("**/media/parts/**", traffic.Pass);
        context.Response += (_, response) =>
        {
            if (response.Ok && NumberOf(response.Request) is { } number)
                traffic.arrived.Enqueue(number);
        };
        return traffic;
    }

    /// <summary>These have arrived, each once, and the next one is on its way.</summary>
    public Task ArrivedUpTo(int number) => Eventually.True(
        () => arrived.Order().SequenceEqual(Enumerable.Range(1, number)) && !held.IsEmpty, TestContext.Current.CancellationToken, TimeSpan.FromMinutes(1));

    /// <summary>From now on parts pass; those that were held are forgotten, for the page that sent them is gone or has given them up.</summary>
    public void Open()
    {
        firstHeld = int.MaxValue;
        held.Clear();
    }

    /// <summary>Lets go what was held.</summary>
    public async Task Release()
    {
        firstHeld = int.MaxValue;
        while (held.TryDequeue(out var route))
        {
            sent.Enqueue(NumberOf(route.Request)!.Value);
            await route.ContinueAsync();
        }
    }

    private async Task Pass(IRoute route)
    {
        var number = NumberOf(route.Request)!.Value;
        if (number >= firstHeld)
        {
            held.Enqueue(route);
            return;
        }

        sent.Enqueue(number);
        await route.ContinueAsync();
    }

    private static int? NumberOf(Microsoft.Playwright.IRequest request) =>
        new Uri(request.Url).AbsolutePath.Split('/') is ["", "media", "parts", _, var number] ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : null;
}
