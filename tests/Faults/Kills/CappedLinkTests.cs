using System.Net;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Kills;

/// <summary>A program that is killed in the middle of its work has kept what it acknowledged, and given no view too many.</summary>
public sealed class CappedLinkTests : IDisposable
{
    private const int Cap = 400, Readers = 8;

    private readonly ProgramFolder place = new("killed");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_capped_link_never_gives_more_views_than_its_cap_and_acknowledged_adds_stay()
    {
        int given = 0;
        List<string> added = [];
        string token, id, session;
        await using (var program = await RunningProgram.UpAsync(place.Data, Token))
        {
            using var ada = await ApiClient.RegisterAsync(program.Address, "ada");
            session = ada.Token!;
            id = await ada.NewCollectionAsync();
            token = (string)(await ada.NewLinkAsync(id, new { maxViews = Cap }))["token"]!;

            var halfway = new TaskCompletionSource();
            var readers = Enumerable.Range(0, Readers).Select(_ => Open(program.Address, () =>
            {
                if (Interlocked.Increment(ref given) == Cap / 3)
                    halfway.TrySetResult();
            })).ToArray();
            var adds = Add(ada, id, added);
            await halfway.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
            await program.KillAsync(Token);
            await Task.WhenAll([.. readers, adds]);
        }

        await using (var again = await RunningProgram.UpAsync(place.Data, Token))
        {
            await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => Open(again.Address, () => Interlocked.Increment(ref given))));
            using var ada = new ApiClient(again.Address, session);
            Assert.Subset((await ada.ItemsAsync(id)).ToHashSet(), added.ToHashSet());
            Assert.NotEmpty(added);
        }

        // A view may be committed and its answer lost with the process, never the other way round: at most one per reader.
        Assert.InRange(given, Cap - Readers, Cap);
        var check = await RunningProgram.RunAsync(["check", "--data", place.Data], Token);
        Assert.Equal((0, true), (check.ExitCode, check.Output.Contains("0 differences", StringComparison.Ordinal)));

        async Task Open(Uri server, Action onView)
        {
            using var guest = new ApiClient(server);
            try
            {
                while (true)
                {
                    var answer = await guest.GetAsync($"/v1/shared/{token}");
                    if (answer.Status != HttpStatusCode.OK)
                    {
                        answer.Is(HttpStatusCode.NotFound);
                        return;
                    }

                    onView();
                }
            }
            catch (HttpRequestException)
            {
                // Killed.
            }
        }
    }

    private static async Task Add(ApiClient owner, string collection, List<string> added)
    {
        try
        {
            for (var n = 0; n < 60; n++)
            {
                var item = await owner.PostAsync($"/v1/collections/{collection}/items", Steps.LinkedGif());
                added.Add((string)item.Is(HttpStatusCode.Created)["gif"]!["id"]!);
            }
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
    }
}
